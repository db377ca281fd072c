"""Names as tasks that are suggested for clusters: with what speaks for them, taken by one click."""

from __future__ import annotations

import streamlit as st

from dashboard import labels
from dashboard.runs import tasks
from dashboard.state import names_taken
from dashboard.widgets.decisions import attempt
from dashboard.widgets.frame import View, tell_here
from dashboard.widgets.parts import button
from paser_core.explain.tasks import NameKind, SuggestedNames, Suggestion
from paser_core.review.review import Renamed

_PLACE = "names-suggested"


def suggestion(view: View, cluster: int) -> None:
    """The name that is suggested for a cluster, once somebody has asked for names."""
    tell_here(_PLACE)
    run = view.run.fingerprint
    if not names_taken.asked(run):
        told = (
            "By the verbs and objects that the instructions begin with. Loads the sentence encoder, which "
            "takes a few seconds the first time."
        )
        button(
            "Suggest names as tasks",
            "suggest-names",
            "auto_awesome",
            names_taken.ask,
            run,
            help=told,
        )
        return
    found = tasks.suggested(view.run)
    _one(view, found.names[cluster])
    st.caption(labels.plain(found.ranking))
    _all(view, found)


def _one(view: View, one: Suggestion) -> None:
    if one.kind is NameKind.KEYWORDS:
        st.text("No task is suggested.")
    else:
        st.text(f"Suggested: “{one.name}”")
    st.caption(labels.plain(one.evidence))
    if one.kind is not NameKind.KEYWORDS:
        button(
            "Take this name",
            f"take-name-{one.cluster}",
            "check",
            _take,
            view,
            {one.cluster: one.name},
            disabled=view.names[one.cluster] == one.name,
        )


def _all(view: View, found: SuggestedNames) -> None:
    """The names of all clusters that nobody has named, and the way back."""
    wanted = unnamed(view, found)
    if wanted:
        many = f"all {labels.count(len(wanted))} clusters" if len(wanted) > 1 else "the one cluster"
        label = f"Take the suggestions for {many} that nobody has named"
        told = labels.plain(labels.listing([f"“{name}”" for name in wanted.values()], 6))
        button(label, "take-names", "done_all", _take, view, wanted, help=told)
    last = names_taken.taken()
    if last is None or last.run != view.run.fingerprint:
        return
    left = tuple(edit for edit in last.edits if edit not in view.decided.undone)
    if left:
        with st.container(horizontal=True, vertical_alignment="center", key="names-taken"):
            st.text(last.text, width="content")
            button("Undo", "names-undo", "undo", _undo, view, left, help="All of it, at once.")


def unnamed(view: View, found: SuggestedNames) -> dict[int, str]:
    """The suggestions for clusters that nobody has named, neither later nor when they were made."""
    named = {*view.decided.renames, *(made.into for made in view.decided.corrections if made.name)}
    return {
        one.cluster: one.name
        for one in found.names
        if one.kind is not NameKind.KEYWORDS and one.cluster not in named
    }


def _take(view: View, wanted: dict[int, str]) -> None:
    made = attempt(
        lambda author: view.review.rename_all(
            wanted,
            author=author,
            reason="suggested as a task",
            seen=view.decided.revision,
            automatic=view.run.names,
        ),
        _told,
        where=_PLACE,
    )
    if made is not None:
        edits = tuple(edit.id for edit in made.edits)
        names_taken.note(names_taken.Taken(view.run.fingerprint, _told(made), edits))


def _told(made: Renamed) -> str:
    said = f"{labels.plural(len(made.edits), 'cluster')} named as suggested."
    if made.refused:
        said += f" {labels.count(len(made.refused))} refused: {next(iter(made.refused.values()))}"
    return said


def _undo(view: View, edits: tuple[int, ...]) -> None:
    def back(author: str) -> None:
        for edit in edits:
            view.review.undo(edit, author=author, seen=view.decided.revision)

    attempt(back, "Taken back.", where=_PLACE)
