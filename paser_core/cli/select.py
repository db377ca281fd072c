"""``paser select``: select from a finished run and export."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from paser_core.cli.knobs import add_knobs, chosen
from paser_core.cli.outcome import say_counts
from paser_core.cli.terminal import EXIT_DONE, say

if TYPE_CHECKING:
    from paser_core.cli.terminal import Commands


def add_to(commands: Commands) -> None:
    """Its options."""
    select = commands.add_parser("select", help="select from a finished run and export")
    add_knobs(select)
    select.add_argument("--format", help="alpaca, messages, prompt-completion or sharegpt")
    select.add_argument(
        "--without",
        action="append",
        metavar="PART",
        help="leave scores, rejected or trainers out of the folder; may be given more than once",
    )
    select.add_argument("--out", type=Path, required=True, metavar="DIR", help="export folder")
    select.set_defaults(command=_select)


def _select(parsed: argparse.Namespace) -> int:
    from dataclasses import replace

    from paser_core.export import write_export
    from paser_core.selection import budget_told
    from paser_core.selection.of_run import select_from_run

    run, setting, export, _ = chosen(parsed)
    if parsed.format is not None:
        export = replace(export, format=parsed.format)
    if parsed.without is not None:
        export = replace(export, without=tuple(parsed.without))
    selection = select_from_run(run, setting)
    say_counts(run)
    say(f"Budget {budget_told(setting.budget, run.n)}")
    for warning in selection.warnings:
        say(f"Note: {warning}")
    summary = write_export(run, selection, setting, parsed.out, export)
    for notice in summary.notices:
        say(f"Note: {notice.text}")
    say(f"{parsed.out}: {selection.n_selected:,} of {run.n:,} samples.")
    for check in summary.checks:
        say(f"  checked: {check}")
    return EXIT_DONE
