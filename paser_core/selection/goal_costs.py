"""Goals on what training costs: tokens, and the hours that a GPU takes for them."""

from __future__ import annotations

from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from paser_core.errors import SelectionError
from paser_core.recover.cost import TrainingCost, gpu_hours
from paser_core.selection.covered import ROUNDING
from paser_core.selection.goal import Goal
from paser_core.text import count, plural


class Tokens(Goal):
    """At most so many tokens."""

    @property
    def largest(self) -> bool:
        return True

    @cached_property
    def sums(self) -> NDArray[np.int64]:
        """``(A + 1,)`` tokens of the samples."""
        tokens = self.covered.ranking.candidates.tokens[self.covered.rows]
        if not tokens.any():
            raise self.nothing_known(
                "no model has read the samples, so their tokens are not counted"
            )
        return np.concatenate([[0], np.cumsum(tokens)])

    @property
    def reaches(self) -> NDArray[np.bool_]:
        return self.sums <= self.value

    @property
    def closest(self) -> int:
        return self.least

    @property
    def limit(self) -> str:
        """The most that is asked for, in words."""
        return count(self.value)

    def spent(self, budget: int) -> str:
        """What the samples of a budget take, in words."""
        return f"{plural(budget, 'sample')} have {count(self.sums[budget])} tokens"

    def told(self, budget: int) -> str:
        said = self.spent(budget)
        if budget == len(self.covered.rows):
            return f"{said}; that is everything that can be accepted."
        if self.reaches[budget + 1]:  # another goal asked for less
            return f"{said}, of at most {self.limit}."
        return f"{said}; the next one would go beyond {self.limit}."

    def short(self) -> str:
        forced = self.covered.ranking.overrides.forced_in
        who = f"the {plural(self.least, 'sample')} forced in" if forced else "the first sample"
        needed = int(self.sums[self.least])
        return (
            f"With {who} there are {count(needed)} tokens already. Ask for tokens={needed} or more."
        )


class GpuHours(Tokens):
    """At most so many hours of training."""

    @cached_property
    def known(self) -> TrainingCost:
        """What training takes."""
        if self.cost is None or self.cost.pace is None:
            remedy = "Set training.tokens_per_second." if self.cost is None else self.cost.unknown
            raise SelectionError(
                f"The goal {self.text} cannot be looked for: how long training takes is not known. {remedy}"
            )
        return self.cost

    @cached_property
    def hours(self) -> NDArray[np.float64]:
        """``(A + 1,)`` that training on the samples takes."""
        return self.sums * np.float64(self.known.hours(1))

    @property
    def reaches(self) -> NDArray[np.bool_]:
        return self.hours <= self.value * (1 + ROUNDING)

    @property
    def limit(self) -> str:
        return gpu_hours(self.value)

    def spent(self, budget: int) -> str:
        return f"{plural(budget, 'sample')}: {self.known.told(int(self.sums[budget]))[:-1]}"

    def short(self) -> str:
        forced = self.covered.ranking.overrides.forced_in
        who = f"The {plural(self.least, 'sample')} forced in" if forced else "The first sample"
        needed = float(self.hours[self.least])
        return (
            f"{who} would go beyond it: {self.known.told(int(self.sums[self.least]))} Ask for "
            f"gpu_hours={_above(needed)} or more."
        )


def _above(value: float) -> str:
    """A value with three digits that is not below it, written without an exponent."""
    if value <= 0:
        return "0"
    step = 10.0 ** (np.floor(np.log10(value)) - 2)
    return np.format_float_positional(
        np.ceil(value / step) * step, precision=3, fractional=False, trim="-"
    )
