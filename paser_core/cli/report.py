"""``paser report``: the report on a selection, as one HTML file."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from paser_core.cli.knobs import add_knobs, chosen
from paser_core.cli.terminal import EXIT_DONE, say

if TYPE_CHECKING:
    from paser_core.cli.terminal import Commands
    from paser_core.runs import Run


def add_to(commands: Commands) -> None:
    """Its options."""
    report = commands.add_parser("report", help="write the report for those who decide")
    add_knobs(report)
    report.add_argument("--out", type=Path, required=True, metavar="FILE", help="e.g. report.html")
    report.set_defaults(command=_report)


def _report(parsed: argparse.Namespace) -> int:
    from paser_core.report import build_report, write_report
    from paser_core.selection import budget_told
    from paser_core.selection.of_run import select_from_run

    run, setting, export, review = chosen(parsed)
    selection = None
    if run.has_models:
        selection = select_from_run(run, setting)
        say(f"Budget {budget_told(setting.budget, run.n)}")
        for warning in selection.warnings:
            say(f"Note: {warning}")
    names = export.names_on(run)
    html = build_report(run, selection, setting, review, names, _weights(run))
    write_report(html, parsed.out)
    about = (
        "no models, so no selection" if selection is None else f"{selection.n_selected:,} selected"
    )
    say(f"{parsed.out}: {run.n:,} samples, {about}. It opens in any browser.")
    return EXIT_DONE


def _weights(run: Run) -> dict[str, str]:
    """What is known of the models whose folders are at hand."""
    from paser_core.models.compression import describe_checkpoint

    known = {}
    for role in ("original", "compressed") if run.has_models else ():
        found = describe_checkpoint(Path(run.manifest["models"][role]["name"]).expanduser())
        if found is not None:
            known[role] = str(found)
    return known
