"""``paser study``: does it help, by how much, and how sure is that?"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from paser_core.cli.interrupt import Interrupt
from paser_core.cli.offline import stay_offline
from paser_core.cli.terminal import EXIT_DEFECT, EXIT_DONE, say

if TYPE_CHECKING:
    from paser_core.cli.terminal import Commands


def add_to(commands: Commands) -> None:
    """Its options."""
    study = commands.add_parser(
        "study",
        help="compare selectors by what recovery on their selections brings back",
        description="paser study PLAN.yaml --out STUDY makes what is missing; paser study plan PLAN.yaml "
        "says how many cells that would be; paser study status STUDY "
        "says how it stands; paser study tables STUDY [--out DIR] shows or writes its tables.",
    )
    study.add_argument("what", metavar="PLAN.yaml | plan | status | tables")
    study.add_argument(
        "study", metavar="STUDY", type=Path, nargs="?", help="folder of a study; the file of plan"
    )
    study.add_argument("--out", type=Path, metavar="DIR", help="where the study, or its tables, go")
    study.add_argument(
        "--jobs", type=int, metavar="N", help="cells at a time; usually one a processor"
    )
    study.add_argument(
        "--items",
        choices=("test", "development", "all"),
        help="of tables: which of the questions they count; usually test",
    )
    study.set_defaults(command=_study)


def _study(parsed: argparse.Namespace) -> int:
    from paser_core.errors import ConfigError

    _check_idle(parsed)
    if parsed.what in _ASKS:
        if parsed.study is None:
            raise ConfigError(
                f"paser study {parsed.what} needs "
                f"{'the file of a plan' if parsed.what == 'plan' else 'the folder of a study'}. Name it.",
                field="study",
            )
        return _ASKS[parsed.what](parsed)
    if parsed.study is not None:
        raise ConfigError(
            f"paser study has {parsed.what} and {parsed.study}. Write paser study PLAN.yaml --out STUDY, "
            "paser study status STUDY or paser study tables STUDY --out DIR.",
            field="study",
        )
    if parsed.out is None:
        raise ConfigError("--out is missing: name the folder of the study.", field="out")
    return _run(parsed)


def _check_idle(parsed: argparse.Namespace) -> None:
    """See that nothing is passed that has no effect: --out of plan would promise a folder.

    Raises:
        ConfigError: something is.
    """
    from paser_core.errors import ConfigError

    used = _USED.get(parsed.what, ("out", "jobs"))
    for name in ("out", "jobs", "items"):
        if getattr(parsed, name) is not None and name not in used:
            verb = f"study {parsed.what}" if parsed.what in _ASKS else "study PLAN.yaml"
            raise ConfigError(
                f"--{name} has no effect with paser {verb}. Leave it out.",
                field=name,
            )


def _run(parsed: argparse.Namespace) -> int:
    from paser_core.study.folder import load_study, standing
    from paser_core.study.schedule import run_study

    config = load_study(Path(parsed.what))
    data = config.run.get("data") or {}
    models = [str(s["model"]) for s in config.compressions.values() if "model" in s]
    stay_offline((data.get("path"), config.original, *models))
    with Interrupt() as interrupt:
        run_study(config, parsed.out, parsed.jobs, interrupt.watching(_shown))
    return _said(parsed.out, standing(parsed.out))


def _shown(event: dict[str, Any]) -> None:
    if event["event"] == "step_ended":
        if event["status"] == "failed" and not event.get("seconds"):
            return  # what it needs has failed, and that was told
        why = f": {event['why']}" if "why" in event else ""
        say(f"{event['step']}: {event['status']}, {event.get('seconds', 0.0):.1f} s{why}")
    elif event["event"] == "progress" and event.get("seconds_left"):
        from paser_core.text import seconds

        say(f"{event['done']} of {event['total']}; about {seconds(event['seconds_left'])} left")


def _said(folder: Path, found: Any) -> int:
    from paser_core.text import plural, seconds

    counts = found.counts()
    told = ", ".join(f"{n} {state}" for state, n in counts.items() if n)
    left = f"; about {seconds(found.seconds_left)} left" if found.seconds_left else ""
    say(f"{folder}: {plural(len(found.states), 'cell')}: {told}{left}.")
    reasons = {step: why for step, why in found.why.items() if not _follows(why, found.why)}
    for step, why in list(reasons.items())[:10]:
        say(f"  {step}: {why.splitlines()[-1]}")
    if len(reasons) > 10:
        say(f"  and {len(reasons) - 10} more; events.jsonl has them all")
    return EXIT_DEFECT if counts["failed"] else EXIT_DONE


def _follows(why: str, known: Any) -> bool:
    """Whether a step has failed because another one has."""
    return why.endswith(" failed") and why.removesuffix(" failed") in known


def _status(parsed: argparse.Namespace) -> int:
    from paser_core.study.folder import standing

    found = standing(parsed.study)
    _said(parsed.study, found)
    say("A process works on it." if found.working else "No process works on it.")
    return EXIT_DONE


def _tables(parsed: argparse.Namespace) -> int:
    from paser_core.errors import ConfigError
    from paser_core.study.results import Results
    from paser_core.study.tables import tables_of
    from paser_core.study.write import markdown, write_tables

    tables = tables_of(Results.open(parsed.study), parsed.items or "test")
    if parsed.out is None:
        if not tables:
            raise ConfigError(
                f"{parsed.study}: no two arms are finished, so there is no table yet. Go on with the study "
                "first."
            )
        say(markdown(tables))
        return EXIT_DONE
    files = write_tables(tables, parsed.out)
    say(
        f"{parsed.out}: {len(tables)} tables in {len(files)} files, {files[0].name} has all of them."
    )
    return EXIT_DONE


def _plan(parsed: argparse.Namespace) -> int:
    from collections import Counter

    from paser_core.study.checking import check_study
    from paser_core.study.folder import load_study
    from paser_core.study.plan import Plan
    from paser_core.study.steps import steps_of
    from paser_core.text import plural

    plan = Plan(load_study(parsed.study))
    check_study(plan)
    kinds = Counter(step.kind for step in steps_of(plan))
    points, cells = len(plan.cells), kinds.pop("cell")
    same = (
        "" if points == cells else f" ({points:,} points of the grid, some determined by the same)"
    )
    say(f"{parsed.study}: {plural(cells, 'cell')}{same} with {plural(len(plan.seeds), 'seed')}.")
    arms = Counter(
        (cell.compression, str(cell.budget), cell.recovery) for cell in plan.works.values()
    )
    for (compression, budget, recovery), count in arms.items():
        say(f"  {compression}, {budget}, {recovery}: {plural(count, 'cell')}")
    shared = ", ".join(f"{count} × {kind}" for kind, count in kinds.items())
    say(f"Made once: {shared}. Nothing was made yet; start it with --out DIR.")
    return EXIT_DONE


_USED = {"plan": (), "status": (), "tables": ("out", "items")}
_ASKS = {"plan": _plan, "status": _status, "tables": _tables}
