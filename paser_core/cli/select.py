"""``paser select``: select from a finished run and export."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from paser_core.cli.goals import add_goal, at_goal
from paser_core.cli.knobs import add_knobs, chosen, say_choice, score_first
from paser_core.cli.outcome import say_counts
from paser_core.cli.terminal import EXIT_DONE, say

if TYPE_CHECKING:
    from paser_core.cli.terminal import Commands


def add_to(commands: Commands) -> None:
    """Its options."""
    select = commands.add_parser("select", help="select from a finished run and export")
    add_knobs(select)
    add_goal(select)
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
    selection = chosen(parsed)
    score_first(selection.run, selection.setting)
    selection = at_goal(selection, parsed).tried()
    say_counts(selection.run)
    say_choice(selection)
    summary = selection.export(parsed.out, parsed.format, parsed.without)
    for notice in summary.notices:
        say(f"Note: {notice.text}")
    say(f"{parsed.out}: {len(selection):,} of {selection.run.n:,} samples.")
    for check in summary.checks:
        say(f"  checked: {check}")
    return EXIT_DONE
