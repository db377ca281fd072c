"""Picked samples into another cluster, or into a new one; and two clusters into one."""

from __future__ import annotations

from functools import partial

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from dashboard import labels
from dashboard.runs import opening
from dashboard.state import bulk_place, choices, focus, session
from dashboard.widgets.decisions import attempt
from dashboard.widgets.frame import View, tell_here
from dashboard.widgets.parts import button
from paser_core.review import NAME_LIMIT, Kind, Wanted

_NEW = -1
_TARGET = "move-target"
_NAME = "move-name"
_PLACE = "bulk"
_MERGE = "merge"


def targets(view: View) -> list[int]:
    """Clusters that samples can go to: all that have some."""
    return [int(k) for k in np.unique(view.run.labels) if k >= 0]


def called(view: View, cluster: int) -> str:
    """What a target is called in a list."""
    return "A new cluster" if cluster == _NEW else labels.excerpt(view.names[cluster], 60)


def form(view: View, rows: NDArray[np.int64], reason: str) -> None:
    """Move the samples; ``reason``: the key of the field with the reason."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        into = choices.choose_one(
            st.selectbox,
            "Or move all into",
            [_NEW, *targets(view)],
            key=_TARGET,
            label_of=partial(called, view),
            width=320,
        )
        if into == _NEW:
            st.text_input(
                "Its name",
                key=_NAME,
                max_chars=NAME_LIMIT,
                on_change="ignore",
                persist_state="session",
                width=260,
            )
        inside = view.run.labels[rows]
        going = rows[(inside >= 0) & (inside != into)]
        given = view, into, going, reason
        button("Move all", "bulk-move", "drive_file_move", _move, *given, disabled=not len(going))
    st.text(_told(len(rows), len(going), int((inside == into).sum()), int((inside < 0).sum())))


def _told(asked: int, going: int, already: int, nowhere: int, *, done: bool = False) -> str:
    said = f"{labels.plural(asked, 'sample')}: {labels.count(going)} "
    said += (labels.either(going, "is", "are") if done else "would be") + " moved"
    if already:
        said += f", {labels.count(already)} {labels.either(already, 'is', 'are')} there already"
    if nowhere:
        said += f", {labels.count(nowhere)} refused: invalid, and in no cluster"
    return f"{said}."


def _move(view: View, into: int, rows: NDArray[np.int64], reason: str) -> None:
    ids = opening.ids_of(view.run, rows)
    new = into == _NEW
    kind = Kind.SPLIT if new else Kind.MOVE
    name = session.get(_NAME) or "" if new else ""
    said = f"{labels.plural(len(ids), 'sample')} moved; damage and budget follow."
    why = session.get(reason) or ""
    made = attempt(
        lambda author: view.review.correct(
            Wanted(kind, into, samples=ids, name=name),
            author=author,
            reason=why,
            seen=view.decided.revision,
            names=view.run.names,
        ),
        said,
        reason,
        *([_NAME] if new else []),
        where=_PLACE,
    )
    if made is not None:
        bulk_place.note(bulk_place.Done(view.run.fingerprint, said, made.id))


def merge(view: View, cluster: int) -> None:
    """A cluster into another one, folded, with what comes out."""
    others = [k for k in targets(view) if k != cluster]
    if cluster not in targets(view) or not others:
        return
    with st.expander("Merge into another cluster", icon=":material/merge:", key="cluster-merge"):
        tell_here(_MERGE)
        into = choices.choose_one(
            st.selectbox, "Into", others, key="merge-target", label_of=partial(called, view)
        )
        st.text(_outcome(view, cluster, into))
        key = f"merge-reason-{cluster}"
        st.text_input(
            "Reason", key=key, placeholder="Why? It is kept with your name.", on_change="ignore"
        )
        button("Merge", "merge-clusters", "merge", _merge, view, cluster, into, key)


def _outcome(view: View, cluster: int, into: int) -> str:
    size = int(np.isin(view.run.labels, (cluster, into)).sum())
    said = f"Together they have {labels.plural(size, 'sample')}"
    selection = view.selection
    if selection is None or not view.run.has_models:
        return f"{said}."
    cds, sizes = selection.ranking.cds, selection.ranking.sizes
    ends = [k for k in (cluster, into) if sizes[k]]
    if not ends:
        return f"{said}."
    together = float(np.average(cds[ends], weights=sizes[ends]))
    parts = " and ".join(labels.damage(float(cds[k])) for k in (cluster, into))
    return f"{said}, and a CDS of {labels.damage(together)} instead of {parts}."


def _merge(view: View, cluster: int, into: int, key: str) -> None:
    why = session.get(key) or ""
    made = attempt(
        lambda author: view.review.correct(
            Wanted(Kind.MERGE, into, cluster),
            author=author,
            reason=why,
            seen=view.decided.revision,
            names=view.run.names,
        ),
        "Merged; damage and budget follow.",
        key,
        where=_MERGE,
    )
    if made is not None:
        focus.choose_cluster(into)
