"""``paser score``: run a model over the samples of a run, for the selectors that need it."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from paser_core.cli.interrupt import watching
from paser_core.cli.terminal import EXIT_DONE, say

if TYPE_CHECKING:
    from paser_core.cli.terminal import Commands


def add_to(commands: Commands) -> None:
    """Its options."""
    score = commands.add_parser(
        "score",
        help="run a model over the samples, for selectors that need it",
        description="Make the scores that a selector needs beside a run, or go on with them. The run "
        "itself is not changed. `paser select` makes them by itself where they are missing.",
    )
    score.add_argument("run", type=Path, metavar="RUN", help="run folder")
    score.add_argument(
        "name",
        metavar="NAME",
        help="ifd, nuggets, rds, instruction-mining, gains, or one of a package",
    )
    score.add_argument(
        "--model", metavar="PATH", help="the run's model, where it is not at its name any more"
    )
    score.add_argument(
        "--set",
        dest="sets",
        action="append",
        default=[],
        metavar="a.b=c",
        help="override a field of scores, e.g. scores.anchors=50",
    )
    score.set_defaults(command=_score)


def _score(parsed: argparse.Namespace) -> int:
    import paser_core as paser
    from paser_core.config import override_fields, to_tree
    from paser_core.errors import ConfigError

    run = paser.open(parsed.run)
    tree: dict[str, Any] = {"scores": to_tree(run.artifact.config.scores)}
    for name in override_fields(tree, parsed.sets):
        if name.partition(".")[0] not in ("scores", "engine") or name == "scores":
            raise ConfigError(
                f"--set {name}: accepted here are fields of scores, e.g. scores.model=original, and "
                "engine=ray with its fields. Leave it out.",
                field=name,
            )
    with watching() as watch:
        scores = run.score(
            parsed.name,
            by=parsed.model,
            watch=watch,
            engine=tree.get("engine"),
            **tree["scores"],
        )
    lost = sum(problem is not None for problem in scores.problems)
    say(f"{scores.folder}: by {scores.model}; {scores.cost.told()}")
    for notice in scores.notices:
        say(f"Note: {notice.text}")
    if lost:
        say(f"{lost:,} of {run.artifact.n:,} samples have no score; the ledger says why.")
    return EXIT_DONE
