"""One decision on all samples that are picked, found or filtered, with one reason."""

from __future__ import annotations

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from dashboard import labels
from dashboard.runs import opening
from dashboard.state import bulk_place, session
from dashboard.widgets import moving
from dashboard.widgets.decisions import attempt
from dashboard.widgets.frame import View, tell_here
from dashboard.widgets.parts import button
from paser_core.review import DECISIONS, Kind, told
from paser_core.selection import resolve_budget
from paser_core.selection.of_run import unusable

_PLACE = "bulk"
# Without their number, which stands above: an expander that is called otherwise closes.
_TITLE = "Decide on all of these samples"
_NAMED = {
    Kind.FORCE_IN: ("Force all in", "add"),
    Kind.FORCE_OUT: ("Force all out", "remove"),
    Kind.RELEASE: ("Set the decisions aside", "undo"),
}


def box(view: View, rows: NDArray[np.int64], *, narrowed: bool) -> None:
    """Decide on all of ``rows``; ``narrowed``: whether somebody has picked or filtered them."""
    if view.selection is None:
        return
    icon = ":material/checklist:"
    tell_here(_PLACE)
    _last(view)
    if not len(rows):
        return
    with st.expander(_TITLE, icon=icon, key="bulk", on_change="rerun") as shown:
        if not shown.open:
            return
        if not narrowed:
            st.info(
                "These are all samples. Pick some on the map, search, or filter first.",
                icon=":material/filter_alt:",
            )
            return
        _form(view, rows)


def _form(view: View, rows: NDArray[np.int64]) -> None:
    seen, ids = view.decided.revision, opening.ids_of(view.run, rows)
    bad = _unusable(view, rows)
    plans = {kind: view.review.plan(kind, ids, seen=seen, unusable=bad) for kind in DECISIONS}
    for kind, planned in plans.items():
        st.text(f"{_NAMED[kind][0]}. {told(planned)}")
    _too_many(view, plans[Kind.FORCE_IN].ids)
    key = f"bulk-reason-{view.run.fingerprint[:8]}"
    st.text_input(
        "One reason for all of them",
        key=key,
        placeholder="Why? It is kept with your name.",
        on_change="ignore",
        persist_state="session",
    )
    with st.container(horizontal=True):
        for kind, (label, icon) in _NAMED.items():
            given = view, kind, rows, key
            off = not plans[kind].ids
            button(label, f"bulk-{kind}", icon, _decide, *given, disabled=off)
    moving.form(view, rows, key)
    st.caption("One edit in the history: one undo takes all of it back.")


def _too_many(view: View, ids: tuple[str, ...]) -> None:
    """Before: a selection with more forced in than its budget cannot be made."""
    budget = resolve_budget(view.setting.budget, view.run.n)
    forced = len(set(view.setting.forced_in).union(ids))
    if ids and forced > budget:
        st.warning(
            f"Forcing them in makes {labels.count(forced)} forced samples, and the budget is "
            f"{labels.count(budget)}: pages then ask for a larger budget before they show a selection.",
            icon=":material/warning:",
        )


def _unusable(view: View, rows: NDArray[np.int64]) -> dict[str, str]:
    ids = view.run.ids
    found = unusable(view.run, view.setting, rows.tolist())
    return {ids[row]: f"invalid ({why})" for row, why in found.items()}


def _last(view: View) -> None:
    """After: what was done, in numbers, with the way back, until it is undone."""
    done = bulk_place.done()
    if done is None or done.run != view.run.fingerprint or done.edit in view.decided.undone:
        return
    with st.container(horizontal=True, vertical_alignment="center", key="bulk-done"):
        st.text(done.text, width="content")
        button("Undo", "bulk-undo", "undo", _undo, view, done.edit, help="All of it, at once.")


def _decide(view: View, kind: Kind, rows: NDArray[np.int64], key: str) -> None:
    reason = session.get(key) or ""
    made = attempt(
        lambda author: view.review.decide(
            kind,
            opening.ids_of(view.run, rows),
            author=author,
            reason=reason,
            seen=view.decided.revision,
            unusable=_unusable(view, rows),
        ),
        lambda made: told(made.plan, done=True),
        key,
        where=_PLACE,
    )
    if made is not None:
        said = told(made.plan, done=True)
        bulk_place.note(bulk_place.Done(view.run.fingerprint, said, made.edit.id))


def _undo(view: View, edit: int) -> None:
    seen = view.decided.revision
    attempt(
        lambda author: view.review.undo(edit, author=author, seen=seen),
        "Taken back.",
        where=_PLACE,
    )
