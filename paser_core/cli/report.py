"""``paser report``: the report on a selection, as one HTML file."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from paser_core.cli.knobs import add_knobs, chosen, say_choice, score_first
from paser_core.cli.terminal import EXIT_DONE, say

if TYPE_CHECKING:
    from paser_core.cli.terminal import Commands


def add_to(commands: Commands) -> None:
    """Its options."""
    report = commands.add_parser(
        "report", help="write the report for those who decide, on a selection or on a study"
    )
    add_knobs(report)
    report.add_argument("--out", type=Path, required=True, metavar="FILE", help="e.g. report.html")
    report.set_defaults(command=_report)


def _report(parsed: argparse.Namespace) -> int:
    if parsed.run is not None and (place := _study(parsed.run)) is not None:
        return _of_study(place, parsed.out)
    from paser_core.selection import selector_of

    selection = chosen(parsed)
    run = selection.run
    about = "no models, so no selection"
    if not selector_of(selection.setting.selector).damage:
        about += f" ({selection.setting.selector} reads no damage: `paser select` writes its own)"
    if run.has_models:
        score_first(run, selection.setting)
        say_choice(selection)
        about = f"{len(selection):,} selected"
    selection.report(parsed.out)
    say(f"{parsed.out}: {run.n:,} samples, {about}. It opens in any browser.")
    return EXIT_DONE


def _study(folder: Path) -> Path | None:
    from paser_core.study.results import place_of

    return place_of(folder)


def _of_study(place: Path, out: Path) -> int:
    from paser_core.report import write_report
    from paser_core.report.studies import build_study_report
    from paser_core.study.results import Results

    results = Results.open(place)
    write_report(build_study_report(results), out)
    say(f"{out}: {len(results.cells):,} cells. It opens in any browser.")
    return EXIT_DONE
