"""Everything that determines the report, and the commands that make it again."""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from datetime import UTC, datetime

from paser_core.config import budget_text
from paser_core.report.subject import Subject
from paser_core.workspace.events import read_events


@dataclass(frozen=True)
class Provenance:
    """How the report was made, as far as the run does not tell."""

    finished: datetime | None  # the run; the report has no date: equal inputs give equal bytes
    temperature: str
    by_file: bool  # options cannot say it all, selection.yaml does
    commands: str


def provenance(subject: Subject) -> Provenance:
    """Times, and the command lines that select and report the same again."""
    events = read_events(subject.run.path)
    times = [e["time"] for e in events if e.get("event") == "finished"]
    by_file = _needs_file(subject)
    what = "--config selection.yaml" if by_file else _options(subject)
    select = "" if subject.selection is None else f"paser select {what} --out export\n"
    return Provenance(
        datetime.fromtimestamp(times[-1], UTC) if times else None,
        _plain(subject.setting.temperature),
        by_file,
        f"{select}paser report {what} --out report.html",
    )


def _needs_file(subject: Subject) -> bool:
    if subject.selection is None:
        return False
    setting, people = subject.setting, subject.people
    decided = (setting.forced_in, setting.forced_out) == (people.forced_in, people.forced_out)
    return not decided or setting.concepts != subject.run.config.concepts


def _options(subject: Subject) -> str:
    parts, knobs = [shlex.quote(subject.run.name)], subject.setting
    if subject.selection is not None:
        parts += [
            f"--selector {shlex.quote(knobs.selector)}",
            *([f"--seed {knobs.seed}"] if knobs.seed else []),
            f"--budget {shlex.quote(budget_text(knobs.budget))}",
            *(
                [f"--temperature {_plain(knobs.temperature)}"]
                if knobs.tempered
                else [f"--signal {shlex.quote(knobs.signal)}", f"--aggregate {knobs.aggregate}"]
            ),
            f"--allocation {knobs.allocation}",
            f"--order {knobs.order}",
        ]
    if subject.review is None:
        parts.append("--no-review")
    return " ".join(parts)


def _plain(value: float) -> str:
    """The number as an option takes it, every digit of it."""
    return str(int(value)) if float(value).is_integer() else repr(float(value))
