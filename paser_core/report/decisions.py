"""What people decided: forced samples, cluster names, notes."""

from __future__ import annotations

from paser_core.report.markup import Content, Markup, tag
from paser_core.report.parts import Column, Section, paragraph, section, table
from paser_core.report.samples import text_block
from paser_core.report.subject import Subject
from paser_core.report.wording import excerpt
from paser_core.review import Edit, Kind


def decisions(subject: Subject) -> Section:
    """Who decided what, when and why; what is forced overrules the method."""
    title = "Human decisions"
    tables = [t for t in (_forced(subject), _renamed(subject), _noted(subject)) if t is not None]
    if not tables:
        text = "Nobody has forced a sample in or out, named a capability or written a note."
        return section("people", title, paragraph(text))
    text = (
        "People can force a sample in or out, name the capabilities and write notes. What is forced "
        "overrules the method and is counted in every number of this report."
    )
    return section("people", title, paragraph(text), tables)


def _forced(subject: Subject) -> Markup | None:
    """Forced samples of the selection, with the edit behind each where one is known."""
    if subject.selection is None:
        return None
    overrides = subject.selection.ranking.overrides
    columns = (
        Column("Sample"),
        Column("Decision"),
        Column("Reason"),
        Column("Who"),
        Column("When", kind="time"),
    )
    rows = []
    for forced, kind in (
        (overrides.forced_in, Kind.FORCE_IN),
        (overrides.forced_out, Kind.FORCE_OUT),
    ):
        for row in forced:
            sample = subject.run.sample(row)
            edit = subject.people.decisions.get(sample.id)
            if edit is not None and edit.kind is not kind:  # decided otherwise since
                edit = None
            rows.append(
                (
                    (tag("bdi", sample.id), _small(excerpt(sample.instruction))),
                    "In" if kind is Kind.FORCE_IN else "Out",
                    text_block(edit.reason) if edit else "not recorded",
                    tag("bdi", edit.author) if edit else "not recorded",
                    _when(edit) if edit else "not recorded",
                )
            )
    return table("Samples forced in or out", columns, rows) if rows else None


def _renamed(subject: Subject) -> Markup | None:
    columns = (
        Column("Name"),
        Column("Automatic name"),
        Column("Who"),
        Column("When", kind="time"),
    )
    rows = [
        (
            tag("bdi", edit.value),
            tag("bdi", subject.run.names[cluster]),
            tag("bdi", edit.author),
            _when(edit),
        )
        for cluster, edit in sorted(subject.people.renames.items())
        if subject.names[cluster] == edit.value
    ]
    return table("Capabilities named by people", columns, rows) if rows else None


def _noted(subject: Subject) -> Markup | None:
    columns = (Column("About"), Column("Note"), Column("Who"), Column("When", kind="time"))
    rows = [
        (_about(subject, edit), text_block(edit.value), tag("bdi", edit.author), _when(edit))
        for edits in subject.people.notes.values()
        for edit in edits
        if edit.kind is Kind.NOTE
    ]
    return table("Notes", columns, rows) if rows else None


def _about(subject: Subject, edit: Edit) -> Content:
    if isinstance(edit.subject, int):
        known = subject.by_number.get(edit.subject)
        return ("capability ", tag("bdi", known.name if known else str(edit.subject)))
    return ("sample ", tag("bdi", edit.subject))


def _when(edit: Edit) -> str:
    return f"{edit.time:%Y-%m-%d %H:%M} UTC"


def _small(text: str) -> Markup:
    return tag("span", text, class_="small", dir="auto")
