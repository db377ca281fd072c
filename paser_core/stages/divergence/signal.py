"""Damage signals: a number per token of a response, and how those of a sample become one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from paser_core.config.options import Aggregate
from paser_core.errors import ModelError
from paser_core.registry import SIGNALS
from paser_core.stages.divergence.compared import COMPILED, Compared, OfTokens

PAPER = "jsd"
_WORST = 0.1  # of the tokens of a response

# What the pass has anyway: "jsd" in bits, "kl", "kl_reverse" and "loss_gap" in nats, "top1" as 0 or 1;
# (k,) each.
OfPass = Callable[[Mapping[str, NDArray[np.float32]]], NDArray[np.float32]]


@dataclass(frozen=True)
class Signal:
    """How far apart two models are at one token of a response, at T = 1. More is worse.

    Args:
        label: what people read: ``"KL divergence"``.
        short: the same on an axis: ``"KL"``.
        unit: ``"bits"``, ``"nats"``; empty where it has none.
        means: a sentence: what it says.
        of_pass: out of what the pass over the logits has anyway; costs nothing.
        of_tokens: else: ``(k, V)`` log-probabilities of the original and of the compressed model and
            ``(k,)`` the token that comes next, all of torch, give ``(k,)`` numbers. The logits are
            read again for it.
        signed: it may be below 0, where the compressed model is the better one.
    """

    label: str
    short: str
    unit: str
    means: str
    of_pass: OfPass | None = None
    of_tokens: OfTokens | None = None
    signed: bool = False


def signal_of(name: str) -> Signal:
    """A signal by name.

    Raises:
        ConfigError: there is none of that name, or what a package brings under it is none.
        ModelError: a package brings one that is computed in no way, or in two.
    """
    found: Signal = SIGNALS[name]
    if (found.of_pass is None) == (found.of_tokens is None):
        raise ModelError(
            f"The signal {name!r} of an installed package cannot be used: it must have either "
            "of_pass or of_tokens. Remove that package, or tell its author."
        )
    return found


def measured_signals(names: tuple[str, ...]) -> tuple[str, ...]:
    """What a pass measures: the paper's signal first, the others each once."""
    return tuple(dict.fromkeys((PAPER, *names)))


def signal_values(
    compared: Compared, temperatures: NDArray[np.float64], signals: Mapping[str, Signal]
) -> NDArray[np.float32]:
    """``(k, s)`` the signals of ``k`` tokens; NaN where the logits are not finite.

    Raises:
        ModelError: the signal of a package has no number for a token whose logits are finite.
    """
    bits = compared.bits[:, int(np.flatnonzero(temperatures == 1.0)[0])]
    known = dict(zip(COMPILED, compared.compiled.T, strict=True)) | {"jsd": bits}
    read = iter(compared.others.T)
    values = np.empty((len(bits), len(signals)), np.float32)
    for i, (name, signal) in enumerate(signals.items()):
        numbers = next(read) if signal.of_pass is None else np.asarray(signal.of_pass(known))
        if numbers.shape != bits.shape or not np.isfinite(numbers[~np.isnan(bits)]).all():
            raise ModelError(
                f"The signal {name!r} gave no number for some of the tokens; it must give one each. "
                "Take it out of divergence.signals, or tell its author."
            )
        values[:, i] = numbers
    return values


def aggregated(tokens: NDArray[np.float32]) -> NDArray[np.float32]:
    """``(s, 5)`` one number per signal and :class:`Aggregate`, in its order; NaN where a token is NaN.

    ``worst`` is the mean of the highest tenth of the tokens, of one at least; ``failure`` is
    ``1 - exp(-sum)``, and 0 where the sum is below 0.

    Args:
        tokens: ``(t, s)`` the signals of the tokens of one response, t >= 1.

    >>> aggregated(np.array([[0.0], [3.0], [1.0]], np.float32))[0].round(3).tolist()
    [1.333, 4.0, 3.0, 3.0, 0.982]
    """
    values = tokens.astype(np.float64)
    count = len(values)
    few = max(1, int(np.ceil(_WORST * count - 1e-9)))  # 0.1 · 30 is a little more than 3
    total, top = values.sum(axis=0), values.max(axis=0)
    worst = np.partition(values, count - few, axis=0)[count - few :].mean(axis=0)
    by = {
        Aggregate.MEAN: total / count,
        Aggregate.SUM: total,
        Aggregate.MAX: top,
        Aggregate.WORST: worst,
        Aggregate.FAILURE: -np.expm1(-np.maximum(total, 0.0)),
    }
    return np.stack([by[a] for a in Aggregate], axis=1).astype(np.float32)
