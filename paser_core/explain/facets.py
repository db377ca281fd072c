"""Which samples a reader asks for: facets, what passes them, and what each further step would leave.

Counts beside the values of one facet are of the samples that pass all the *other* facets (Hearst 2006,
"Design recommendations for hierarchical faceted search interfaces"): they say what a click would list.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from paser_core.explain.columns import Column, kinds
from paser_core.runs import Run
from paser_core.selection import Selection, Status

_BINS = 40
_WIDE = 100  # largest to smallest, from which on steps are of the logarithm


class Measure(StrEnum):
    """A number that every sample may have."""

    DAMAGE = "damage"  # by the setting's signal
    TOKENS = "tokens"  # of prompt and response, as the models read them
    IES = "ies"


@dataclass(frozen=True)
class Range:
    """From ``low`` to ``high``, both included."""

    low: float
    high: float


@dataclass(frozen=True)
class Filter:
    """What is asked for: any of the values within a facet, all facets together. Empty: everything."""

    statuses: tuple[Status, ...] = ()
    clusters: tuple[int, ...] = ()
    values: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  # by column
    ranges: Mapping[Measure, Range] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.statuses or self.clusters or any(self.values.values()) or self.ranges)


@dataclass(frozen=True)
class Histogram:
    """How a measure is spread."""

    edges: NDArray[np.float64]  # (b + 1,) rising; whole numbers of tokens
    all: NDArray[np.int64]  # (b,) samples
    passing: NDArray[np.int64]  # (b,) of them pass every other facet
    unmeasured: int  # samples without the number: no range holds them


@dataclass(frozen=True)
class Facets:
    """What the samples of a run can be narrowed by.

    Args:
        run: whose samples.
        selection: from it; None: a sample has no status.
        kinds: of the user's columns; called once, when a column is asked for.
    """

    run: Run
    selection: Selection | None
    kinds: Callable[[Run], Mapping[str, Column]] = kinds

    @cached_property
    def columns(self) -> Mapping[str, Column]:
        """The user's columns that sort samples into kinds."""
        return self.kinds(self.run)

    def measured(self, measure: Measure) -> NDArray[np.float64]:
        """``(n,)``; NaN where there is no number."""
        return self._measured[measure]

    @cached_property
    def _measured(self) -> Mapping[Measure, NDArray[np.float64]]:
        tokens = np.asarray(self.run.tokens, np.float64)
        known = {Measure.TOKENS: np.where(tokens > 0, tokens, np.nan)}
        if self.selection is not None and self.run.has_models:
            damage = self.selection.ranking.candidates.divergence
            known[Measure.DAMAGE] = damage
            known[Measure.IES] = self.selection.ranking.ies
        return {measure: known[measure] for measure in Measure if measure in known}

    @property
    def measures(self) -> tuple[Measure, ...]:
        """Those that this run has."""
        return tuple(self._measured)

    def rows(self, asked: Filter, *among: NDArray[np.int64]) -> NDArray[np.int64]:
        """Row numbers that pass, in the order of the data.

        Args:
            asked: what is asked for. What the run does not have lets nothing pass.
            among: sets of row numbers (what was picked, what was found), in each of which a row must be.
        """
        return np.flatnonzero(self._passing(asked, among))

    def of_status(self, asked: Filter, *among: NDArray[np.int64]) -> NDArray[np.int64]:
        """``(len(Status),)`` samples of each that pass everything else."""
        assert self.selection is not None
        passing = self._passing(replace(asked, statuses=()), among)
        return np.bincount(self.selection.status[passing], minlength=len(Status))

    def of_cluster(self, asked: Filter, *among: NDArray[np.int64]) -> NDArray[np.int64]:
        """``(K,)`` samples of each that pass everything else."""
        passing = self._passing(replace(asked, clusters=()), among)
        labels = self.run.labels[passing]
        return np.bincount(labels[labels >= 0], minlength=self.run.n_clusters)

    def of_value(self, column: str, asked: Filter, *among: NDArray[np.int64]) -> NDArray[np.int64]:
        """``(V,)`` samples with each value of a column that pass everything else."""
        others = {name: values for name, values in asked.values.items() if name != column}
        passing = self._passing(replace(asked, values=others), among)
        known = self.columns[column]
        return np.bincount(known.codes[passing], minlength=len(known.values))

    def histogram(
        self, measure: Measure, asked: Filter, *among: NDArray[np.int64]
    ) -> Histogram | None:
        """How a measure is spread over all samples and over those that pass everything else.

        None where fewer than two numbers differ. What spans more than two orders of magnitude above 0 is
        counted by steps of its logarithm.
        """
        numbers = self.measured(measure)
        finite = np.isfinite(numbers)
        if not finite.any():
            return None
        low, high = float(numbers[finite].min()), float(numbers[finite].max())
        if low == high:
            return None
        spaced = np.geomspace if low > 0 and high / low > _WIDE else np.linspace
        edges = spaced(low, high, _BINS + 1)
        if measure is Measure.TOKENS:
            edges = np.unique(np.round(edges))
        edges[0], edges[-1] = low, high  # to the last bit: the least and the most are inside
        others = {m: r for m, r in asked.ranges.items() if m is not measure}
        passing = self._passing(replace(asked, ranges=others), among) & finite
        return Histogram(
            edges,
            np.histogram(numbers[finite], edges)[0].astype(np.int64),
            np.histogram(numbers[passing], edges)[0].astype(np.int64),
            int(np.count_nonzero(~finite)),
        )

    def _passing(self, asked: Filter, among: Sequence[NDArray[np.int64]]) -> NDArray[np.bool_]:
        keep = np.ones(self.run.n, bool)
        if asked.statuses:
            codes = [status.code for status in asked.statuses]
            keep &= False if self.selection is None else np.isin(self.selection.status, codes)
        if asked.clusters:
            keep &= np.isin(self.run.labels, asked.clusters)
        for name, values in asked.values.items():
            if values:
                keep &= self._with_value(name, values)
        for measure, wanted in asked.ranges.items():
            numbers = self._measured.get(measure)
            # NaN is in no range.
            keep &= False if numbers is None else (numbers >= wanted.low) & (numbers <= wanted.high)
        for rows in among:
            inside = np.zeros(self.run.n, bool)
            inside[rows] = True
            keep &= inside
        return keep

    def _with_value(self, name: str, values: Sequence[str]) -> NDArray[np.bool_]:
        column = self.columns.get(name)
        if column is None:
            return np.zeros(self.run.n, bool)
        codes = [place for place, value in enumerate(column.values) if value in values]
        return np.isin(column.codes, codes)
