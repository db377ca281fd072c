"""What people decide: force a sample in or out, write a note, take something back.

Every edit is made in a callback, whose arguments are those of the page as the person saw it: the
revision they looked at goes along, so that nobody overwrites what they have not seen.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

import streamlit as st

from dashboard import labels
from dashboard.state import messages, reviewer, session
from dashboard.widgets import people
from dashboard.widgets.frame import View, tell_here
from dashboard.widgets.parts import button
from paser_core.errors import PaserError
from paser_core.review import Edit, Kind, Review, Subject
from paser_core.review.sentences import describe, when
from paser_core.runs import Sample

T = TypeVar("T")

_DECISION = "decision"
_EDITS = 30  # on a page of the history


def attempt(
    edit: Callable[[str], T], done: str | Callable[[T], str], *empty: str, where: str
) -> T | None:
    """Make an edit in the reviewer's name; a rejected one is a sentence, and nothing typed is lost.

    For use in callbacks.

    Args:
        edit: called with the author's name.
        done: said when it worked, or made of what was done; empty: nothing is said.
        empty: keys of widgets that are emptied then.
        where: the place at which a rejection is said.

    Returns:
        What was done; None where it was rejected.
    """
    try:
        made = edit(people.author())
    except PaserError as error:
        messages.leave(messages.Message(str(error), is_error=True, where=where))
        return None
    for key in empty:
        session.put(key, "")
    text = done if isinstance(done, str) else done(made)
    if text:
        messages.leave(messages.Message(text))
    return made


def of_sample(view: View, entry: Sample) -> None:
    """Force a sample in or out, where there is a selection to change, and write notes."""
    if view.selection is not None:
        _force_box(view, entry)
    notes(view, entry.id)


def mark_seen(view: View, sample_id: str) -> None:
    """Note that the person has looked at a sample; where that cannot be kept, it is said."""
    name = reviewer.name()
    if name is None or sample_id in view.decided.seen.get(name, ()):
        return
    try:
        view.review.mark_seen(sample_id, author=name)
    except PaserError as error:
        st.caption(labels.plain(f"That you have seen this sample is not kept. {error}"))


def _force_box(view: View, entry: Sample) -> None:
    made = view.decided.decisions.get(entry.id)
    key = f"reason-{_kept(view, entry.id)}"
    with st.container(border=True, key="decision"):
        st.caption("Decide yourself")
        tell_here(_DECISION)
        if made is not None:
            st.text(f"{describe(made)}, {when(made)}.")
        st.text_input(
            "Reason",
            key=key,
            placeholder="Why? It is kept with your name.",
            # Sent with the button: a rerun between the two would move what counts as seen.
            on_change="ignore",
            persist_state="session",
        )
        seen = view.decided.revision
        with st.container(horizontal=True):
            off = entry.problem is not None
            given = view.review, entry.id, key, seen
            button("Force in", "force-in", "add", _force, True, *given, disabled=off)
            button("Force out", "force-out", "remove", _force, False, *given)
            if made is not None:
                button("Let PASER decide", "release", "undo", _release, *given)


def notes(view: View, subject: Subject) -> None:
    """Notes on a sample or a cluster, and a place to write one."""
    key = f"note-{_kept(view, subject)}"
    written = view.decided.notes.get(subject, ())
    with st.expander(f"Notes ({len(written)})" if written else "Notes", icon=":material/notes:"):
        for note in written:
            st.caption(labels.plain(f"{note.author}, {when(note)}"))
            st.text(note.value)
        tell_here(key)
        st.text_area("A note", key=key, height=80, persist_state="session")
        button("Add note", f"add-{key}", None, _note, view.review, subject, key)


def history(view: View, edits: Sequence[Edit], *, key: str) -> None:
    """Edits, newest first, a page at a time, each with a button that takes it back."""
    if not edits:
        st.caption("Nobody has changed anything yet.")
        return
    tell_here(key)
    by_id = {edit.id: edit for edit in edits}
    n_pages = -(-len(edits) // _EDITS)
    page = 1
    if n_pages > 1:
        session.clamp(f"{key}-page", 1, n_pages)
        page = st.pagination(n_pages, key=f"{key}-page", max_visible_pages=5)
    for edit in edits[(page - 1) * _EDITS : page * _EDITS]:
        undoes = by_id.get(edit.undoes) if edit.undoes is not None else None
        undone = edit.id in view.decided.undone
        # A forced sample says its reason in the sentence.
        forced = edit.kind in (Kind.FORCE_IN, Kind.FORCE_OUT)
        reason = (
            f" Reason: {labels.excerpt(edit.reason, 120)}" if edit.reason and not forced else ""
        )
        with st.container(
            horizontal=True, vertical_alignment="center", key=f"{key}-line-{edit.id}"
        ):
            st.text(
                f"{subject_name(view, edit.subject)}: {describe(edit, undoes)}, {when(edit)}.{reason}",
                width="stretch",
            )
            label, told = (
                "Undone" if undone else "Undo",
                "Takes the edit back. The history keeps both.",
            )
            given = view.review, edit.id, view.decided.revision, key
            button(label, f"{key}-{edit.id}", None, _undo, *given, disabled=undone, help=told)


def _kept(view: View, subject: Subject) -> str:
    """What the key of a text is named after that stays while other samples, pages, runs are shown."""
    return f"{view.run.fingerprint[:8]}-{subject}"


def subject_name(view: View, subject: Subject) -> str:
    """A cluster by its name, a sample by its id, several by the first."""
    if isinstance(subject, int):
        known = 0 <= subject < len(view.names)
        return view.names[subject] if known else f"Cluster {subject}"
    if isinstance(subject, tuple):
        rest = f" and {len(subject) - 1:,} more" if len(subject) > 1 else ""
        return labels.excerpt(subject[0], 40) + rest
    return labels.excerpt(subject, 40)


def _force(into: bool, review: Review, sample_id: str, key: str, seen: int) -> None:
    act, done = (review.force_in, "in") if into else (review.force_out, "out")
    reason = session.get(key) or ""
    attempt(
        lambda author: act(sample_id, author=author, reason=reason, seen=seen),
        f"{sample_id} is forced {done}.",
        key,
        where=_DECISION,
    )


def _release(review: Review, sample_id: str, key: str, seen: int) -> None:
    reason = session.get(key) or ""
    attempt(
        lambda author: review.release(sample_id, author=author, reason=reason, seen=seen),
        f"PASER decides about {sample_id} again.",
        key,
        where=_DECISION,
    )


def _note(review: Review, subject: Subject, key: str) -> None:
    text = session.get(key) or ""
    attempt(
        lambda author: review.note(subject, text, author=author),
        "The note is kept.",
        key,
        where=key,
    )


def _undo(review: Review, edit_id: int, seen: int, where: str) -> None:
    attempt(
        lambda author: review.undo(edit_id, author=author, seen=seen), "Taken back.", where=where
    )
