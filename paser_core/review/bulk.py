"""One decision on many samples: what it would do to each, in numbers. Pure.

The rules are those of a decision on one sample. What they refuse for a sample is counted here with its
reason instead of stopping the others.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType

from paser_core.errors import ReviewConflict, ReviewError
from paser_core.review.fold import samples_of
from paser_core.review.model import Edit, Kind, ReviewState
from paser_core.review.rules import is_newer, replaced
from paser_core.text import plural

DECISIONS = (Kind.FORCE_IN, Kind.FORCE_OUT, Kind.RELEASE)


@dataclass(frozen=True)
class Plan:
    """What a decision on many samples does, or would do."""

    kind: Kind
    ids: tuple[str, ...]  # those it is about, in the order they were passed
    changed: int = 0  # of these: decided otherwise before
    already: int = 0  # left alone, because it is so already
    refused: Mapping[str, int] = field(
        default_factory=lambda: MappingProxyType({})
    )  # why -> how many

    @property
    def asked(self) -> int:
        """Different samples that were passed."""
        return len(self.ids) + self.already + sum(self.refused.values())


@dataclass(frozen=True)
class Decided:
    """A decision on many samples: the one edit that it is, and what it did."""

    edit: Edit
    plan: Plan


def plan(
    edits: Sequence[Edit],
    state: ReviewState,
    kind: Kind,
    ids: Iterable[str],
    seen: int,
    unusable: Mapping[str, str],
) -> Plan:
    """What a decision on these samples would do.

    Args:
        edits: all that were made, oldest first.
        state: what they come to.
        kind: force in, force out, or release.
        ids: of samples; one that is passed twice counts once.
        seen: number of the last edit that the author had seen.
        unusable: ids that cannot be forced in, and why.

    Raises:
        ReviewConflict: the log is older than what was seen.
    """
    if seen > (edits[-1].id if edits else 0):
        raise replaced()
    newer: dict[str, str] = {}
    for edit in reversed(edits):
        if edit.id <= seen:
            break
        if is_newer(edits, edit):
            for sample in samples_of(edit.subject):
                newer.setdefault(sample, edit.author)
    into = kind is Kind.FORCE_IN
    taken, changed, already, refused = [], 0, 0, Counter[str]()
    for sample in dict.fromkeys(ids):
        before = state.decisions.get(sample)
        if sample in newer:
            refused[f"edited by {newer[sample]} after you had looked"] += 1
        elif into and sample in unusable:
            refused[unusable[sample]] += 1
        elif (before.kind if before else Kind.RELEASE) is kind:
            already += 1
        else:
            taken.append(sample)
            changed += before is not None
    return Plan(kind, tuple(taken), changed, already, MappingProxyType(dict(refused)))


def check(planned: Plan) -> None:
    """Refuse a decision that no sample is left for.

    Raises:
        ReviewConflict: all that could be decided were edited meanwhile.
        ReviewError: there is nothing to decide.
    """
    if planned.ids:
        return
    if not planned.asked:
        raise ReviewError("No sample was passed, so there is nothing to decide. Pick some first.")
    if any("after you had looked" in why for why in planned.refused):
        raise ReviewConflict(f"{told(planned)} Look again, and try again.")
    raise ReviewError(f"{told(planned)} Nothing is left to decide. Choose other samples.")


def told(planned: Plan, *, done: bool = False) -> str:
    """The plan in a sentence or two; ``done``: it was carried out."""
    what = {
        Kind.FORCE_IN: "forced in",
        Kind.FORCE_OUT: "forced out",
        Kind.RELEASE: "set back to automatic",
    }[planned.kind]
    number = len(planned.ids)
    verb = ("is" if number == 1 else "are") if done else "would be"
    parts = [f"{number:,} {verb} {what}"]
    if planned.changed and planned.kind is not Kind.RELEASE:
        parts[0] += f" ({planned.changed:,} of them decided otherwise before)"
    if planned.already:
        automatic = planned.kind is Kind.RELEASE
        so = "automatic" if automatic else what
        parts.append(f"{planned.already:,} {'is' if planned.already == 1 else 'are'} {so} already")
    total = sum(planned.refused.values())
    if total:
        whys = [
            f"{n:,} {why}" if len(planned.refused) > 1 else why
            for why, n in sorted(planned.refused.items(), key=lambda item: (-item[1], item[0]))
        ]
        parts.append(f"{total:,} refused: {'; '.join(whys)}")
    return f"{plural(planned.asked, 'sample')}: {', '.join(parts)}."
