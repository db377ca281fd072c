"""From the log to the state: one pass over the edits that count."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from types import MappingProxyType

from paser_core.review import verdicts as kept
from paser_core.review import views
from paser_core.review.corrections import unpack as corrected
from paser_core.review.model import (
    CORRECTIONS,
    Clash,
    Correction,
    Edit,
    Kind,
    ReviewState,
    SavedView,
    Subject,
)


def fold(edits: Sequence[Edit]) -> ReviewState:
    """The state after ``edits``, oldest first. Of several edits of one thing the last counts.

    An edit counts unless an undo that counts undoes it; so undoing an undo is a redo, and what is
    redone takes the place in the order that it had. An edit of many samples is as many edits.
    """
    undone = undone_by(edits)
    renames: dict[int, Edit] = {}
    decisions: dict[str, Edit] = {}
    notes: dict[Subject, tuple[Edit, ...]] = {}
    verdicts: dict[Clash, dict[str, Edit]] = {}
    corrections: list[Correction] = []
    correcting: list[Edit] = []
    seen: defaultdict[str, set[str]] = defaultdict(set)
    saved: dict[SavedView, Edit] = {}
    for edit in edits:
        if edit.id in undone:
            continue
        subject = edit.subject
        if edit.kind is Kind.NOTE:
            notes[subject] = (*notes.get(subject, ()), edit)
        elif edit.kind is Kind.VIEW:
            view = views.unpack(edit)
            # Of one name the last counts.
            saved = {other: by for other, by in saved.items() if other.name != view.name}
            saved[view] = edit
        elif edit.kind in CORRECTIONS:
            corrections.append(corrected(edit))
            correcting.append(edit)
        elif isinstance(subject, int):
            if edit.kind is Kind.RENAME:
                renames[subject] = edit
            elif edit.kind is Kind.RELEASE:
                renames.pop(subject, None)
        elif edit.kind in (Kind.FORCE_IN, Kind.FORCE_OUT, Kind.RELEASE):
            for sample in samples_of(subject):
                decisions.pop(sample, None)  # so that a new decision goes to the end of the order
                if edit.kind is not Kind.RELEASE:
                    decisions[sample] = edit
        elif edit.kind in (Kind.SEEN, Kind.VERDICT):
            seen[edit.author].update(samples_of(subject))
            if edit.kind is Kind.VERDICT:
                clash, _ = kept.unpack(edit)
                verdicts.setdefault(clash, {})[edit.author] = edit
    return ReviewState(
        revision=edits[-1].id if edits else 0,
        renames=MappingProxyType(renames),
        decisions=MappingProxyType(decisions),
        notes=MappingProxyType(notes),
        verdicts=MappingProxyType({c: MappingProxyType(by) for c, by in verdicts.items()}),
        seen=MappingProxyType({author: frozenset(ids) for author, ids in seen.items()}),
        corrections=tuple(corrections),
        correcting=tuple(correcting),
        views=MappingProxyType(saved),
        undone=undone,
    )


def samples_of(subject: Subject) -> tuple[str, ...]:
    """The samples that an edit is about; a number is never a sample."""
    if isinstance(subject, int):
        return ()
    return (subject,) if isinstance(subject, str) else subject


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
