"""What people decided: forced samples, cluster names, notes."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace

from paser_core.explain.precision import Rejections, precision, told
from paser_core.report.subject import Subject
from paser_core.review import Edit, Kind, describe, samples_of
from paser_core.runs import Sample
from paser_core.runs.corrected import CorrectedRun
from paser_core.selection import selector_of

_LISTED = 5  # samples of an edit on many; the export has all of them


@dataclass(frozen=True)
class Forced:
    """A sample forced in or out, with the edit behind it where one is known."""

    sample: Sample
    included: bool
    edit: Edit | None
    more: int = 0  # further samples of the same edit, which are not listed


@dataclass(frozen=True)
class People:
    """Who decided what, when and why."""

    forced: tuple[Forced, ...]
    verdicts: tuple[str, ...]  # sentences; empty where nobody has judged a rejection
    renamed: tuple[tuple[str, Edit], ...]  # automatic name, and the edit that is in force
    corrected: tuple[tuple[str, str, Edit], ...]  # cluster, what was done, and the edit
    notes: tuple[tuple[str, str, Edit], ...]  # kind and name of what it is about


def people(subject: Subject) -> People:
    """The decisions behind the selection, and what was said about it."""
    review = subject.people
    return People(
        _forced(subject),
        _verdicts(subject),
        tuple(
            (subject.run.names[cluster], edit)
            for cluster, edit in sorted(review.renames.items())
            if cluster < len(subject.names) and subject.names[cluster] == edit.value
        ),
        tuple(
            (_about(subject, edit)[1], describe(edit), edit)
            for edit in review.correcting
            if isinstance(subject.run, CorrectedRun)
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
    made: list[Forced] = []
    listed: dict[int, int] = {}  # edit on many samples -> place of the last of them that is shown
    shown: Counter[int] = Counter()
    for rows, kind in (
        (overrides.forced_in, Kind.FORCE_IN),
        (overrides.forced_out, Kind.FORCE_OUT),
    ):
        for row in rows:
            edit = subject.people.decisions.get(subject.run.ids[row])
            if edit is not None and edit.kind is not kind:  # decided otherwise since
                edit = None
            if edit is not None and isinstance(edit.subject, tuple):
                shown[edit.id] += 1
                if shown[edit.id] > _LISTED:
                    last = made[listed[edit.id]]
                    made[listed[edit.id]] = replace(last, more=last.more + 1)
                    continue
                listed[edit.id] = len(made)
            made.append(Forced(subject.run.sample(row), kind is Kind.FORCE_IN, edit))
    return tuple(made)


def _verdicts(subject: Subject) -> tuple[str, ...]:
    """How often the concept graph is right, by those who judged its rejections."""
    people, selection = subject.people, subject.selection
    if not people.verdicts or selection is None or not selector_of(subject.setting.selector).graph:
        return ()
    return told(precision(Rejections.of_run(subject.run, subject.setting), people))


def _about(subject: Subject, edit: Edit) -> tuple[str, str]:
    if isinstance(edit.subject, int):
        known = subject.by_number.get(edit.subject)
        return "capability", known.name if known else str(edit.subject)
    return "sample", ", ".join(samples_of(edit.subject))
