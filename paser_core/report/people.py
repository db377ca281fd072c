"""What people decided: forced samples, cluster names, notes."""

from __future__ import annotations

from dataclasses import dataclass

from paser_core.report.subject import Subject
from paser_core.review import Edit, Kind
from paser_core.runs import Sample


@dataclass(frozen=True)
class Forced:
    """A sample forced in or out, with the edit behind it where one is known."""

    sample: Sample
    included: bool
    edit: Edit | None


@dataclass(frozen=True)
class People:
    """Who decided what, when and why."""

    forced: tuple[Forced, ...]
    renamed: tuple[tuple[str, Edit], ...]  # automatic name, and the edit that is in force
    notes: tuple[tuple[str, str, Edit], ...]  # kind and name of what it is about


def people(subject: Subject) -> People:
    """The decisions behind the selection, and what was said about it."""
    review = subject.people
    return People(
        _forced(subject),
        tuple(
            (subject.run.names[cluster], edit)
            for cluster, edit in sorted(review.renames.items())
            if subject.names[cluster] == edit.value
        ),
        tuple(
            (*_about(subject, edit), edit)
            for edits in review.notes.values()
            for edit in edits
            if edit.kind is Kind.NOTE
        ),
    )


def _forced(subject: Subject) -> tuple[Forced, ...]:
    if subject.selection is None:
        return ()
    overrides = subject.selection.ranking.overrides
    made = []
    for rows, kind in (
        (overrides.forced_in, Kind.FORCE_IN),
        (overrides.forced_out, Kind.FORCE_OUT),
    ):
        for row in rows:
            sample = subject.run.sample(row)
            edit = subject.people.decisions.get(sample.id)
            if edit is not None and edit.kind is not kind:  # decided otherwise since
                edit = None
            made.append(Forced(sample, kind is Kind.FORCE_IN, edit))
    return tuple(made)


def _about(subject: Subject, edit: Edit) -> tuple[str, str]:
    if isinstance(edit.subject, int):
        known = subject.by_number.get(edit.subject)
        return "capability", known.name if known else str(edit.subject)
    return "sample", edit.subject
