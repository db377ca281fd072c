"""What training on samples of a run takes, by what is known: said, measured by a recovery, or estimated."""

from __future__ import annotations

from paser_core.explain.recoveries import Found, Recovered
from paser_core.models.compression import parameters_of
from paser_core.recover.cost import Model, Pace, TrainingConfig, TrainingCost
from paser_core.recover.settings import Adapter
from paser_core.runs import Run


def cost_of(run: Run, config: TrainingConfig, found: Found) -> TrainingCost:
    """How long tokens of a run are trained on.

    Args:
        run: the run.
        config: what a person said of the training.
        found: the recoveries of the run, newest first.
    """
    return TrainingCost.of(config, _finished(config, found), _model(run, config))


def _finished(config: TrainingConfig, found: Found) -> Pace | None:
    """The pace of the last recovery that trained in the way that is asked for."""
    last = next((one for one in found.recoveries if _counts(one, config.adapter)), None)
    if last is None:
        return None
    return Pace(
        last.tokens / last.seconds,
        f"measured by the recovery {last.name}, {last.recipe}, {last.trained}, on the device it ran on",
    )


def _counts(one: Recovered, adapter: Adapter) -> bool:
    return (
        one.trouble is None
        and one.tokens > 0
        and one.seconds > 0
        and adapter in (Adapter.AUTO, one.trained)
    )


def _model(run: Run, config: TrainingConfig) -> Model | None:
    """The compressed model; where its weights cannot be counted, the original, which has no fewer."""
    if config.device is None or not run.has_models:
        return None
    models = run.manifest["models"]
    for role, whose in (
        ("compressed", "the compressed model"),
        ("original", "the original model, as those of the compressed one are not known"),
    ):
        parameters = parameters_of(models[role])
        if parameters is not None:
            return Model(parameters, whose)
    return None
