"""``paser check``: a gate for scripts and people; exit code 1 when a limit is missed."""

from __future__ import annotations

import argparse
import contextlib
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from paser_core.cli.knobs import add_knobs, chosen, score_first
from paser_core.cli.terminal import EXIT_DEFECT, EXIT_DONE, aligned, say

if TYPE_CHECKING:
    from paser_core.api.selected import Selection
    from paser_core.cli.terminal import Commands
    from paser_core.limits import Checked


def add_to(commands: Commands) -> None:
    """Its options."""
    check = commands.add_parser(
        "check",
        help="hold a run and its selection against limits; exit code 1 if one is missed",
        description="Hold a run, and what is selected from it, against limits. Exit code 0: none is missed; "
        "1: one is, or one that the file names could not be measured; 2: a mistake.",
    )
    add_knobs(check)
    check.add_argument(
        "--limits",
        type=Path,
        metavar="FILE",
        help="YAML file, a limit a line, e.g. acceptance_rate: 0.8 (docs/check.md has all); without one the "
        "defaults hold",
    )
    check.add_argument("--json", action="store_true", help="the result as JSON on standard output")
    check.set_defaults(command=_check)


def _check(parsed: argparse.Namespace) -> int:
    from paser_core.limits import LimitsConfig

    limits = LimitsConfig.of(parsed.limits)  # a slip in the file is said before the work
    with contextlib.redirect_stdout(sys.stderr) if parsed.json else contextlib.nullcontext():
        selection = chosen(parsed)
        if selection.run.has_models:
            score_first(selection.run, selection.setting)
        found = selection.check(limits)
    if parsed.json:
        tree = {"run": str(selection.run.path), **selection.setting.to_tree(), **found.to_tree()}
        say(json.dumps(tree, indent=2, ensure_ascii=False))
    else:
        for line in _lines(selection, found):
            say(line)
    return EXIT_DONE if found.passed else EXIT_DEFECT


def _lines(selection: Selection, found: Checked) -> Iterator[str]:
    from paser_core.text import listed, plural

    rows = [
        [
            "MISSED" if judged.missed else str(judged.verdict),
            judged.title,
            judged.value_told,
            judged.bound_told,
        ]
        for judged in found.limits
    ]
    for judged, line in zip(found.limits, aligned(rows, left=2), strict=True):
        yield line
        if judged.verdict != "met":
            yield f"    {judged.told}"
    unknown = sum(judged.verdict == "not measured" for judged in found.limits)
    missed = listed([judged.title for judged in found.missed])
    result = f"missed: {missed}" if missed else "no limit is missed"
    beside = f"; {unknown} not measured" if unknown else ""
    yield f"{selection.run.path}: {plural(len(found.limits), 'limit')}, {result}{beside}."
