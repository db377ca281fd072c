"""``paser select``: select from a finished run and export."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from paser_core.cli.terminal import EXIT_DONE, say

if TYPE_CHECKING:
    from paser_core.cli.terminal import Commands
    from paser_core.review import ReviewState
    from paser_core.run import Run


def add_to(commands: Commands) -> None:
    """Its options."""
    select = commands.add_parser("select", help="select from a finished run and export")
    select.add_argument("run", type=Path, nargs="?", metavar="RUN", help="run folder")
    select.add_argument("--config", type=Path, help="selection.yaml of an export: makes it again")
    select.add_argument(
        "--budget", type=float, help="below 1 a fraction of all samples, else a count"
    )
    select.add_argument("--temperature", type=float, help="0.25 to 4")
    select.add_argument("--allocation", help="sainte-lague or paper")
    select.add_argument("--order", help="interleaved or clusterwise")
    select.add_argument("--format", help="alpaca, messages, prompt-completion or sharegpt")
    select.add_argument(
        "--no-review", action="store_true", help="ignore what people forced in or out, and named"
    )
    select.add_argument("--out", type=Path, required=True, metavar="DIR", help="export folder")
    select.set_defaults(command=_select)


def _select(parsed: argparse.Namespace) -> int:
    from dataclasses import replace

    from paser_core.answer import select_from_run
    from paser_core.config import SelectionConfig, parse_section, to_tree
    from paser_core.errors import ConfigError
    from paser_core.export import Recipe, load_recipe, write_export
    from paser_core.export.recipe import parse_format
    from paser_core.run import Run

    if (parsed.run is None) == (parsed.config is None):
        raise ConfigError("Name a run folder, or a selection.yaml with --config: one of the two.")
    if parsed.config is not None and parsed.no_review:
        raise ConfigError(
            "--no-review goes with a run folder; a selection.yaml is made again as it is. Empty its "
            "forced_in and forced_out instead."
        )
    given = {
        name: value
        for name in ("budget", "temperature", "allocation", "order")
        if (value := getattr(parsed, name)) is not None
    }
    if parsed.config is not None:
        recipe = load_recipe(parsed.config)
        run = Run.open(Path(recipe.run))
        recipe.check(run)
    else:
        run = Run.open(parsed.run)
        recipe = Recipe(str(parsed.run), run.fingerprint, run.config.selection, run.config.concepts)
        if not parsed.no_review:
            recipe = recipe.with_review(_decided(run))
    knobs = parse_section(SelectionConfig, to_tree(recipe.selection) | given, "selection")
    recipe = replace(recipe, selection=knobs)
    if parsed.format is not None:
        recipe = replace(recipe, export_format=parse_format(parsed.format))
    selection = select_from_run(run, recipe.selection, recipe.overrides(run), recipe.concepts)
    for warning in selection.warnings:
        say(f"Note: {warning}")
    summary = write_export(run, selection, recipe, parsed.out)
    say(f"{parsed.out}: {selection.n_selected:,} of {run.n:,} samples.")
    for check in summary.checks:
        say(f"  checked: {check}")
    return EXIT_DONE


def _decided(run: Run) -> ReviewState:
    """What people decided on this run, and a note that it counts."""
    from paser_core.errors import ReviewError
    from paser_core.review import Review

    review = Review.open(run.path, run.fingerprint)
    try:
        state, left_behind = review.state(), review.left_behind()
    except ReviewError as error:
        raise ReviewError(f"{error} --no-review selects without people's decisions.") from error
    if state.decisions:
        authors = sorted({edit.author for edit in state.decisions.values()})
        who = " and ".join(filter(None, [", ".join(authors[:-1]), authors[-1]]))
        say(f"Note: {len(state.forced_in)} forced in, {len(state.forced_out)} forced out by {who}.")
    if left_behind:
        edits = (
            "1 edit in review.sqlite was"
            if left_behind == 1
            else (f"{left_behind:,} edits in review.sqlite were")
        )
        say(f"Note: {edits} made before this run was made again, kept, but without effect.")
    return state
