"""From the log to the state: one pass over the edits that count."""

from __future__ import annotations

from collections.abc import Sequence
from types import MappingProxyType

from paser_core.review.model import Edit, Kind, ReviewState, Subject


def fold(edits: Sequence[Edit]) -> ReviewState:
    """The state after ``edits``, oldest first. Of several edits of one thing the last counts.

    An edit counts unless an undo that counts undoes it; so undoing an undo is a redo, and what is
    redone takes the place in the order that it had.
    """
    undone = undone_by(edits)
    renames: dict[int, Edit] = {}
    decisions: dict[str, Edit] = {}
    notes: dict[Subject, tuple[Edit, ...]] = {}
    for edit in edits:
        if edit.id in undone:
            continue
        subject = edit.subject
        if edit.kind is Kind.NOTE:
            notes[subject] = (*notes.get(subject, ()), edit)
        elif edit.kind is Kind.RELEASE:
            # One of the two has it; a number is never a sample, a text is never a cluster.
            renames.pop(subject, None) if isinstance(subject, int) else decisions.pop(subject, None)
        elif edit.kind is Kind.RENAME and isinstance(subject, int):
            renames[subject] = edit
        elif edit.kind in (Kind.FORCE_IN, Kind.FORCE_OUT) and isinstance(subject, str):
            decisions.pop(subject, None)  # so that a new decision goes to the end of the order
            decisions[subject] = edit
    return ReviewState(
        revision=edits[-1].id if edits else 0,
        renames=MappingProxyType(renames),
        decisions=MappingProxyType(decisions),
        notes=MappingProxyType(notes),
        undone=undone,
    )


def undone_by(edits: Sequence[Edit]) -> frozenset[int]:
    """Ids of the edits that do not count.

    An undo is younger than what it undoes, so from the newest back every undo is settled before
    the edit that depends on it.
    """
    undone: set[int] = set()
    for edit in reversed(edits):
        if edit.undoes is not None and edit.id not in undone:
            undone.add(edit.undoes)
    return frozenset(undone)
