"""The figures of a model that arms are compared by, each with its slope in every capability's score."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from paser_core.study.statistics.arms import Floats, Given

_DRAWS = 32  # of other items, each with its mirror image: enough for slopes within 0.1


class Measure(StrEnum):
    """A figure of one model, that is of one seed; an arm has the mean over its seeds."""

    MEAN = "mean score"
    RETENTION = "mean retention"
    WORST = "worst retention"


@dataclass(frozen=True)
class Measured:
    """A figure of every seed.

    Args:
        values: (…, S).
        slopes: how fast it grows with the score in each capability, (…, S, C).
        bias: by how much it reads too high because items are few, (…, S); an estimate.
    """

    values: Floats
    slopes: Floats
    bias: Floats


def _mean(means: Floats, errors: Floats, given: Given) -> Measured:
    weights = given.sizes / given.sizes.sum()
    values = means @ weights
    return Measured(values, np.broadcast_to(weights, means.shape), np.zeros_like(values))


def retainable(given: Given) -> NDArray[np.bool_]:
    """Capabilities in which the original is better than chance, (C,).

    Raises:
        ValueError: there is none, or no original.
    """
    if given.original is None:
        raise ValueError("retention needs the original's scores: questions.original")
    found = np.asarray(given.original > given.chance)
    if not found.any():
        raise ValueError(
            "the original is no better than chance in any capability: nothing is retained"
        )
    return found


def _shares(means: Floats, given: Given) -> tuple[Floats, Floats, NDArray[np.bool_]]:
    """Retention above chance, not capped, and its slope; 0 where the original has nothing to retain."""
    has = retainable(given)
    slope = np.where(has, 1 / np.where(has, np.asarray(given.original) - given.chance, 1.0), 0.0)
    return (means - given.chance) * slope, slope, has


def _retention(means: Floats, errors: Floats, given: Given) -> Measured:
    shares, slope, has = _shares(means, given)
    values = np.minimum(shares, 1.0)[..., has].mean(axis=-1)
    return Measured(values, np.where(shares < 1.0, slope, 0.0) / has.sum(), np.zeros_like(values))


def _worst(means: Floats, errors: Floats, given: Given) -> Measured:
    """The least share of a model, as an evaluation prints it.

    Which capability is the worst depends on the items drawn. So the slope is not that of the one found
    worst, but averaged over which it would be with other items: means are moved by normal draws of their
    standard errors (the same draws always). Without this the interval is up to half too wide where several
    are nearly the worst. The same draws say by how much the least of noisy figures is too low.
    """
    shares, slope, has = _shares(means, given)
    shares = np.where(has, shares, np.inf)
    values = shares.min(axis=-1)
    draws = np.random.default_rng(0).standard_normal((_DRAWS, means.shape[-1]))
    often, lowest = np.zeros_like(means), np.zeros_like(values)
    for draw in (*draws, *-draws):
        moved = shares + errors * slope * draw
        least = moved.argmin(axis=-1)
        often += least[..., None] == np.arange(means.shape[-1])
        lowest += np.take_along_axis(moved, least[..., None], axis=-1)[..., 0]
    slopes = np.where(shares < 1.0, often / (2 * _DRAWS) * slope, 0.0)
    return Measured(np.minimum(values, 1.0), slopes, lowest / (2 * _DRAWS) - values)


# Of each seed: capability means (…, S, C), their standard errors over items, what is given.
MEASURES: Mapping[Measure, Callable[[Floats, Floats, Given], Measured]] = {
    Measure.MEAN: _mean,
    Measure.RETENTION: _retention,
    Measure.WORST: _worst,
}
