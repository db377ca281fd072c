"""``paser plan``: what a run will cost, before anything is made."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from paser_core.cli.interrupt import watching
from paser_core.cli.offline import stay_offline
from paser_core.cli.run import encoder_of
from paser_core.cli.terminal import EXIT_DONE, say
from paser_core.text import count, plural, seconds, share, size

if TYPE_CHECKING:
    from paser_core.cli.terminal import Commands
    from paser_core.measure.estimate import Estimate

_PETA = 1e15


def add_to(commands: Commands) -> None:
    """Its options."""
    plan = commands.add_parser(
        "plan",
        help="say what a run will cost: time, memory, disk",
        description="Read the data, try a few samples with the encoder and both models on this machine, and "
        "say what the whole run will take. Nothing is written.",
    )
    plan.add_argument("config", type=Path, metavar="CONFIG", help="YAML file, as for paser run")
    plan.add_argument(
        "--set", action="append", default=[], metavar="a.b=c", help="override a field of the config"
    )
    plan.set_defaults(command=_plan)


def _plan(parsed: argparse.Namespace) -> int:
    from paser_core.config import load_config
    from paser_core.measure.estimate import estimate
    from paser_core.measure.loading import loaders
    from paser_core.selection import resolve_budget

    config = load_config(parsed.config, parsed.set)
    named = (config.data.path, config.models.original, config.models.compressed)
    stay_offline(named, (encoder_of(config),))
    with watching() as watch:
        found = estimate(
            config,
            loaders(config),
            lambda done, total: watch(
                {"event": "progress", "stage": "check", "done": done, "total": total}
            ),
        )
    chosen = resolve_budget(config.selection.budget, found.usable) / found.usable
    for line in _lines(found, chosen):
        say(line)
    say(f"Start it with: paser run {parsed.config} --out RUN")
    return EXIT_DONE


def _lines(found: Estimate, chosen: float) -> Iterator[str]:
    yield f"{found.source}: {plural(found.rows, 'row')}, {count(found.usable)} of them usable"
    for why in found.lost:
        yield f"Lost: {why}"
    for notice in found.notices:
        yield f"Note: {notice.text}"
    if found.tokens is not None:
        yield (
            f"Both models read {count(found.tokens)} tokens, {count(found.responses or 0)} of them of "
            "responses, which are measured."
        )
    width = max(len(cost.title) for cost in found.costs)
    for cost in found.costs:
        time = "unknown" if cost.seconds is None else seconds(cost.seconds)
        yield f"  {cost.title:<{width}}  {time:>11}   ({cost.known_by})"
    least = "at least" if any(cost.seconds is None for cost in found.costs) else "about"
    disk, memory = size(round(found.disk)), size(round(found.memory))
    yield (
        f"In all {least} {seconds(found.seconds)}; {disk} on disk; {memory} of memory for clusters and maps"
        f"{_weights(found)}."
    )
    if (load := found.load) > 1.5:
        yield f"The processors have {load:.1f} times the work they can do: on a quiet machine it is faster."
    if found.scoring_flops is not None and found.training_flops is not None:
        whole = found.training_flops
        yield (
            f"Measuring takes {found.scoring_flops / _PETA:.3g} PFLOP. Training the compressed model takes "
            f"{whole / _PETA:.3g} PFLOP an epoch on all samples, {whole * chosen / _PETA:.3g} on "
            f"{share(chosen)} of them: {_paid(found, chosen)}."
        )


def _weights(found: Estimate) -> str:
    known = [model.bytes for model in found.models if model is not None]
    return f", {size(sum(known))} for the weights of the models" if known else ""


def _paid(found: Estimate, chosen: float) -> str:
    assert found.scoring_flops is not None
    assert found.training_flops is not None
    saved = found.training_flops * (1 - chosen)
    if saved <= 0:
        return "all are selected, so no training is saved"
    return f"the measuring has paid for itself after {found.scoring_flops / saved:.2g} epochs"
