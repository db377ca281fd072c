"""The figures of a model that arms are compared by, each with its slope in every capability's score."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from paser_core.study.statistics.arms import Floats, Given

_DRAWS = 32  # of other items, each with its mirror image


class Measure(StrEnum):
    """A figure of one model, that is of one seed; an arm has the mean over its seeds."""

    MEAN = "mean score"
    RETENTION = "mean retention"
    WORST = "worst retention"


@dataclass(frozen=True)
class Measured:
    """A figure of every seed.

    Args:
        values: what it is estimated to be, (…, S).
        slopes: how fast it grows with the score in each capability, (…, S, C).
        observed: what it is on these items, as an evaluation prints it, (…, S).
    """

    values: Floats
    slopes: Floats
    observed: Floats


def _mean(means: Floats, errors: Floats, given: Given) -> Measured:
    weights = given.sizes / given.sizes.sum()
    values = means @ weights
    return Measured(values, np.broadcast_to(weights, means.shape), values)


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
    return Measured(values, np.where(shares < 1.0, slope, 0.0) / has.sum(), values)


def _worst(means: Floats, errors: Floats, given: Given) -> Measured:
    """The least share of a model, which reads too low: the least of noisy figures is below the least.

    By how much is seen by drawing again: means are moved by normal draws of their standard errors (always the
    same draws), and what the least falls by then, it is taken to have fallen by already (Efron & Tibshirani
    1993, ch. 10). That is about half of it where several capabilities are nearly the worst.
    """
    shares, slope, has = _shares(means, given)
    shares = np.where(has, shares, np.inf)
    worst = shares.argmin(axis=-1)[..., None] == np.arange(means.shape[-1])  # the first of equals
    observed = np.minimum(shares.min(axis=-1), 1.0)
    draws = np.random.default_rng(0).standard_normal((_DRAWS, means.shape[-1]))
    again = np.zeros_like(observed)
    for draw in (*draws, *-draws):
        again += np.minimum((shares + errors * slope * draw).min(axis=-1), 1.0) / (2 * _DRAWS)
    values = np.minimum(2 * observed - again, 1.0)
    return Measured(values, np.where(worst & (shares < 1.0), slope, 0.0), observed)


# Of each seed: capability means (…, S, C), their standard errors over items, what is given.
MEASURES: Mapping[Measure, Callable[[Floats, Floats, Given], Measured]] = {
    Measure.MEAN: _mean,
    Measure.RETENTION: _retention,
    Measure.WORST: _worst,
}
