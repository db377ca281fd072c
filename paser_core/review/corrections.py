"""Clusters put right: merged, samples moved into another one, or into a new one. Pure.

These edits are kept under the clustering, as names of clusters are: a number means another cluster in
another clustering. Numbers last: a cluster that was merged away is empty, a new one gets a number that
no cluster had before.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

from paser_core.errors import ReviewConflict, ReviewError
from paser_core.review.model import CORRECTIONS, Correction, Draft, Edit, Kind, ReviewState
from paser_core.text import plural


@dataclass(frozen=True)
class Wanted:
    """A correction that somebody wants, before it has a number."""

    kind: Kind
    into: int = -1  # the cluster that samples go to; a new one has none yet
    cluster: int | None = None  # that is merged
    samples: tuple[str, ...] = ()
    name: str = ""  # of a new cluster


def pack(wanted: Wanted) -> str:
    """The value of an edit; its subject is the cluster that is merged, or the one that is filled."""
    told: dict[str, object] = {"samples": wanted.samples}
    if wanted.kind is Kind.MERGE:
        told = {"into": wanted.into}
    elif wanted.kind is Kind.SPLIT:
        told["name"] = wanted.name
    return json.dumps(told, ensure_ascii=False)


def unpack(edit: Draft) -> Correction:
    """What an edit does to the clusters.

    Raises:
        ValueError: this is no correction.
    """
    told = json.loads(edit.value)
    try:
        if not isinstance(edit.subject, int):
            raise TypeError("no cluster")
        if edit.kind is Kind.MERGE:
            return Correction(int(told["into"]), cluster=edit.subject)
        samples = tuple(map(str, told["samples"]))
        name = str(told["name"]) if edit.kind is Kind.SPLIT else ""
        return Correction(edit.subject, samples=samples, name=name)
    except (KeyError, TypeError) as error:
        raise ValueError(f"{edit.value!r} is no correction of clusters") from error


def next_number(edits: Sequence[Edit], n_clusters: int) -> int:
    """The number of a new cluster: one that none had, undone ones included."""
    made = [e.subject + 1 for e in edits if e.kind is Kind.SPLIT and isinstance(e.subject, int)]
    return max([n_clusters, *made])


def check(edits: Sequence[Edit], state: ReviewState, wanted: Wanted, names: Sequence[str]) -> None:
    """Refuse a correction that cannot be.

    Args:
        edits: all that were made, oldest first.
        state: what they come to.
        wanted: the correction.
        names: ``(K,)`` of the clusters as they are now.

    Raises:
        ReviewError: there is no such cluster, it was merged away, or nothing would change.
    """
    ends = [] if wanted.kind is Kind.SPLIT else [wanted.into]
    if wanted.cluster is not None:
        ends.append(wanted.cluster)
    gone = {c.cluster: c.into for c in state.corrections if c.cluster is not None}
    for end in ends:
        if not 0 <= end < len(names):
            raise ReviewError(
                f"There is no cluster {end}; clusters go from 0 to {len(names) - 1}. Name one of them."
            )
        if end in gone:
            raise ReviewError(
                f"The cluster {end} was merged into cluster {gone[end]}. Choose that one, or undo it."
            )
        if end in unmade(edits, state):
            raise ReviewError(f"The cluster {end} was undone. Choose another one, or redo it.")
    if wanted.cluster == wanted.into:
        raise ReviewError(
            f"The cluster {wanted.into} cannot be merged into itself. Choose another."
        )
    if wanted.kind is not Kind.MERGE and not wanted.samples:
        raise ReviewError(
            "No sample was passed that could be moved. Choose samples of other clusters."
        )


def check_seen(edits: Sequence[Edit], wanted: Wanted, seen: int) -> None:
    """Refuse a correction of what somebody else has corrected meanwhile.

    Raises:
        ReviewConflict: a newer one is about the same clusters or samples.
    """
    for edit in reversed(edits):
        if edit.id <= seen:
            return
        target = edit
        while target.undoes is not None:
            target = next(e for e in edits if e.id == target.undoes)
        if target.kind not in CORRECTIONS:
            continue
        made = unpack(target)
        ends = {made.into, made.cluster} - {None}
        if ends & {wanted.into, wanted.cluster} or set(made.samples) & set(wanted.samples):
            raise ReviewConflict(
                f"{edit.author} has corrected the same clusters or samples after you had looked. "
                "Look at them and try again."
            )


def unmade(edits: Sequence[Edit], state: ReviewState) -> set[int]:
    """Numbers of new clusters that an undo has taken back."""
    made = {e.subject for e in edits if e.kind is Kind.SPLIT and isinstance(e.subject, int)}
    return made - {c.into for c in state.corrections if c.name}


def check_undo(edits: Sequence[Edit], after: ReviewState) -> None:
    """Refuse an undo that leaves samples in a cluster that is not made, or merged away.

    The second is a redo: what is redone takes its old place, before what others have done since.

    Raises:
        ReviewError: later edits need what would be undone.
    """
    gone = unmade(edits, after)
    needed = sum(c.into in gone or c.cluster in gone for c in after.corrections)
    needed += sum(cluster in gone for cluster in after.renames)
    if needed:
        number = plural(needed, "other edit")
        raise ReviewError(
            f"{number} of this cluster would be without it. Undo what came later first."
        )
    merged: set[int] = set()
    for made in after.corrections:
        used = {made.into, made.cluster} & merged
        if used:
            raise ReviewError(
                f"The cluster {min(k for k in used if k is not None)} has been corrected since, and this "
                "would merge it away before. Undo what came later first."
            )
        if made.cluster is not None:
            merged.add(made.cluster)
