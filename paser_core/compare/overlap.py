"""Two selections side by side: who is in both, who in one, and what chance would have given."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import compress

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammaln

from paser_core.compare.matching import Basis, Matching, matching
from paser_core.compare.sources import Chosen
from paser_core.text import plural

_OUTSIDE = 0.025  # of the probability on either side of the 95 % interval


class Side(StrEnum):
    """Where a sample is selected."""

    NEITHER = "neither"
    ONLY_A = "only_a"
    BOTH = "both"
    ONLY_B = "only_b"

    @property
    def code(self) -> int:
        """Small integer that stands for the side in arrays."""
        return SIDES.index(self)


SIDES: tuple[Side, ...] = tuple(Side)


@dataclass(frozen=True)
class Chance:
    """Samples in both, had the second selection been drawn blindly: hypergeometric."""

    population: int
    mean: float
    low: int  # 2.5 % and 97.5 % quantiles
    high: int


@dataclass(frozen=True)
class ClusterShift:
    """One cluster of the first selection's run in both selections."""

    cluster: int  # -1: samples that have no cluster there
    name: str | None  # None for those
    size: int  # samples of the cluster that could have been selected
    a: int  # selected by a
    b: int
    both: int
    share_a: float  # of what a selected; NaN if a selected nothing
    share_b: float

    @property
    def shift(self) -> float:
        """Share gained from a to b."""
        return self.share_b - self.share_a


@dataclass(frozen=True)
class Comparison:
    """Two selections, by sample id.

    An id that stands for another sample on each side (``matched.different``) is never in both. It may
    be in ``only_a`` and in ``only_b``, and each side's sample is missing from the other's data set.
    """

    a: Chosen
    b: Chosen
    matched: Matching
    both: tuple[str, ...]  # in the order of a
    only_a: tuple[str, ...]
    only_b: tuple[str, ...]  # in the order of b
    missing_from_a: tuple[str, ...]  # samples of b's data set that a's does not have
    missing_from_b: tuple[str, ...]
    unknown_to_a: tuple[str, ...]  # of only_b: a could not have selected them
    unknown_to_b: tuple[str, ...]  # of only_a
    jaccard: float  # |A and B| / |A or B|; NaN if both are empty
    overlap: float  # |A and B| / min(|A|, |B|); NaN if one is empty
    chance: Chance | None  # None: the data sets differ, or in what can be selected
    shifts: tuple[ClusterShift, ...]  # by the clusters of a

    @property
    def same_data(self) -> bool:
        """Whether both selected from the same samples."""
        return not self.missing_from_a and not self.missing_from_b

    @property
    def unmatched(self) -> list[str]:
        """A sentence for each data set that lacks samples of the other one."""
        said = []
        for missing, unknown, one, other in (
            (self.missing_from_b, self.unknown_to_b, "A", "B"),
            (self.missing_from_a, self.unknown_to_a, "B", "A"),
        ):
            if missing:
                said.append(
                    f"{plural(len(missing), 'sample')} of {one}'s data set "
                    f"{'is' if len(missing) == 1 else 'are'} not in {other}'s; {one} selected "
                    f"{len(unknown):,} of them."
                )
        return said

    def sides(self, ids: Sequence[str]) -> NDArray[np.int8]:
        """``(n,)`` codes of :class:`Side` for samples by id; where an id stands for two, for that of a."""
        only_b = [i for i in self.only_b if i not in self.matched.different]
        code = {
            identifier: side.code
            for side, group in (
                (Side.BOTH, self.both),
                (Side.ONLY_A, self.only_a),
                (Side.ONLY_B, only_b),
            )
            for identifier in group
        }
        return np.array([code.get(i, Side.NEITHER.code) for i in ids], np.int8)


def compare(a: Chosen, b: Chosen) -> Comparison:
    """Compare two selections by sample id; they may come from different runs and data sets.

    Raises:
        ExportError: texts have to be compared, and those of an export are damaged.
    """
    matched = matching(a, b)
    different = matched.different
    in_a, in_b = set(a.ids) - different, set(b.ids) - different
    both = tuple(i for i in a.ids if i in in_b)
    only_a = tuple(i for i in a.ids if i not in in_b)
    only_b = tuple(i for i in b.ids if i not in in_a)
    return Comparison(
        a,
        b,
        matched,
        both,
        only_a,
        only_b,
        _without(b.universe, a, different),
        _without(a.universe, b, different),
        _without(only_b, a, different),
        _without(only_a, b, different),
        _ratio(len(both), a.n + b.n - len(both)),
        _ratio(len(both), min(a.n, b.n)),
        _chance(a, b) if matched.basis is Basis.DATA else None,
        _shifts(a, b, both, different),
    )


def expected_overlap(population: int, a: int, b: int) -> Chance:
    """Overlap of ``a`` given samples with ``b`` drawn without replacement out of ``population``.

    Mean ``a b / population`` and the central 95 % of the hypergeometric distribution.
    """
    least, most = max(0, a + b - population), min(a, b)
    k = np.arange(least, most + 1)
    weights = np.exp(
        _log_choose(a, k)
        + _log_choose(population - a, b - k)
        - _log_choose(population, np.array(b))
    )
    ends = np.searchsorted(np.cumsum(weights), [_OUTSIDE, 1 - _OUTSIDE])
    low, high = k[np.minimum(ends, len(k) - 1)].tolist()
    return Chance(population, a * b / population if population else 0.0, low, high)


def _log_choose(n: int, k: NDArray[np.int64]) -> NDArray[np.float64]:
    value: NDArray[np.float64] = gammaln(n + 1) - gammaln(k + 1) - gammaln(n - k + 1)
    return value


def _without(ids: tuple[str, ...], other: Chosen, different: frozenset[str]) -> tuple[str, ...]:
    """The ids that the other's data set does not have; none if it is the same one, known at a glance."""
    if ids is other.universe:
        return ()
    return tuple(i for i in ids if i not in other.cluster_of or i in different)


def _chance(a: Chosen, b: Chosen) -> Chance | None:
    """Of the samples that can be selected in both; None where the data sets differ in what can be."""
    if a.universe is b.universe:
        population = set(compress(a.universe, (a.usable & b.usable).tolist()))
    elif a.cluster_of.keys() == b.cluster_of.keys():
        population = set(compress(a.universe, a.usable.tolist()))
        population.intersection_update(compress(b.universe, b.usable.tolist()))
    else:
        return None
    if not population.issuperset(a.ids) or not population.issuperset(b.ids):
        return None
    return expected_overlap(len(population), a.n, b.n)


def _shifts(
    a: Chosen, b: Chosen, both: Sequence[str], different: frozenset[str]
) -> tuple[ClusterShift, ...]:
    sizes = np.bincount(a.labels[a.usable], minlength=len(a.names))
    counts = [Counter(a.cluster_of.get(i, -1) for i in ids) for ids in (a.ids, b.ids, both)]
    for i in different.intersection(b.ids):  # the cluster of a is that of another sample
        counts[1][a.cluster_of[i]] -= 1
        counts[1][-1] += 1
    clusters = list(range(len(a.names)))
    if any(count[-1] for count in counts):
        clusters.append(-1)
    return tuple(
        ClusterShift(
            k,
            a.names[k] if k >= 0 else None,
            int(sizes[k]) if k >= 0 else 0,
            counts[0][k],
            counts[1][k],
            counts[2][k],
            _ratio(counts[0][k], a.n),
            _ratio(counts[1][k], b.n),
        )
        for k in clusters
    )


def _ratio(part: int, whole: int) -> float:
    return part / whole if whole else float("nan")
