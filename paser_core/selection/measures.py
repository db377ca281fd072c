"""How damage is spoken of: the signal and the aggregate of a setting in words."""

from __future__ import annotations

from paser_core.config import Aggregate, SelectionConfig
from paser_core.stages.divergence.signal import signal_of

_LONG = {
    Aggregate.MEAN: "mean {}",
    Aggregate.SUM: "sum of the {}",
    Aggregate.MAX: "highest {}",
    Aggregate.WORST: "worst tenth of the {}",
    Aggregate.FAILURE: "chance that an answer breaks, by the {}",
}
_SHORT = {
    Aggregate.MEAN: "mean {}",
    Aggregate.SUM: "sum of {}",
    Aggregate.MAX: "highest {}",
    Aggregate.WORST: "worst {}",
    Aggregate.FAILURE: "failure by {}",
}
# What the numbers of the tokens of one response become, for a list to choose from.
AGGREGATES = {
    Aggregate.MEAN: "Mean over the tokens (the paper's)",
    Aggregate.SUM: "Sum of the tokens",
    Aggregate.MAX: "Worst token",
    Aggregate.WORST: "Mean of the worst tenth",
    Aggregate.FAILURE: "Chance that the answer breaks",
}


def measure_told(knobs: SelectionConfig) -> str:
    """The damage of a sample in words, with its unit.

    >>> measure_told(SelectionConfig(signal="kl", aggregate="sum"))
    'sum of the KL divergence (nats), at temperature 1'
    """
    signal = signal_of(knobs.signal)
    bare = knobs.aggregate is Aggregate.FAILURE or not signal.unit
    unit = "" if bare else f" ({signal.unit})"
    at = knobs.measure.temperature
    return f"{_LONG[knobs.aggregate].format(signal.label)}{unit}, at temperature {at:g}"


def measure_short(knobs: SelectionConfig) -> str:
    """The same on an axis.

    >>> measure_short(SelectionConfig(signal="loss_gap", aggregate="max"))
    'highest loss gap'
    """
    return _SHORT[knobs.aggregate].format(signal_of(knobs.signal).short)


def idle_temperature(knobs: SelectionConfig) -> str | None:
    """What to know where a temperature was chosen that has no part in the damage."""
    if knobs.tempered or knobs.temperature == 1.0:
        return None
    return (
        f"The temperature of {knobs.temperature:g} has no part in this: damage is the "
        f"{measure_told(knobs)}. Only the mean of jsd is known at other temperatures."
    )
