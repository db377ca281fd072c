"""``paser run``: make a run, resume one, or make again what the config changes."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from paser_core.cli.interrupt import watching
from paser_core.cli.offline import stay_offline
from paser_core.cli.outcome import say_counts
from paser_core.cli.terminal import EXIT_DONE, say

if TYPE_CHECKING:
    from paser_core.cli.terminal import Commands
    from paser_core.config import RunConfig


def add_to(commands: Commands) -> None:
    """Its options."""
    run = commands.add_parser("run", help="make a run, or go on with it")
    run.add_argument("config", type=Path, metavar="CONFIG", help="YAML file")
    run.add_argument("--out", type=Path, required=True, metavar="RUN", help="run folder")
    run.add_argument(
        "--set", action="append", default=[], metavar="a.b=c", help="override a field of the config"
    )
    run.add_argument(
        "--again",
        action="append",
        default=[],
        metavar="STAGE",
        help="make a stage of a finished run again, and what follows from it: divergence measures what "
        "an earlier version did not",
    )
    run.add_argument(
        "--from",
        dest="source",
        type=Path,
        metavar="OTHER",
        help="begin with what this finished run has; only what the config changes is made",
    )
    run.set_defaults(command=_run)


def _run(parsed: argparse.Namespace) -> int:
    import paser_core as paser
    from paser_core.config import load_config
    from paser_core.measure.derive import take_over

    config = load_config(parsed.config, parsed.set)
    named = (config.data.path, config.models.original, config.models.compressed)
    stay_offline(named, (encoder_of(config),))
    if parsed.source is not None:
        take_over(parsed.source, parsed.out)
    with watching() as watch:
        finished = paser.run(
            config=config, out=parsed.out, watch=watch, again=parsed.again
        ).artifact
    say_counts(finished)
    say("Look at it with:")
    say(f"  paser serve {parsed.out}")
    if not finished.has_models:
        say("No models were given, so no damage was measured. Add them and run again to continue:")
        say(
            f"  paser run {parsed.config} --out {parsed.out} "
            "--set models.original=… --set models.compressed=…"
        )
    return EXIT_DONE


def encoder_of(config: RunConfig) -> str | None:
    """The encoder where it is one that must be found; None for the bundled one, and for vectors."""
    embedding = config.embedding
    bundled = embedding.model == type(embedding)().model
    return None if bundled or embedding.precomputed else embedding.model
