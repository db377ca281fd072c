"""What each goal asks of a budget, and what it says of the one that was found."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from paser_core.selection.covered import ROUNDING
from paser_core.selection.curves import marginal_gain
from paser_core.selection.goal import Goal
from paser_core.selection.goal_costs import GpuHours, Tokens
from paser_core.text import count, either, listed, percent, plural


class _OfClusters(Goal):
    """A goal on how well the damaged clusters are covered."""

    @cached_property
    def damaged(self) -> NDArray[np.int64]:
        """Numbers of the clusters with a CDS above 0: below, a signed signal says that they are better."""
        known = self.covered.ranking.cds
        found = np.flatnonzero(np.nan_to_num(known) > 0)
        if not len(found):
            raise self.nothing_known("no cluster has a measured damage above 0")
        return found

    def worst(self, without: int | None = None) -> NDArray[np.float64]:
        """``(A + 1,)`` how well the least covered of the damaged clusters is covered.

        NaN where there is no other than the one that is left out.
        """
        budgets = np.arange(len(self.covered.rows) + 1)
        lowest = np.full(len(budgets), np.nan)
        for k in self.damaged:
            if k != without:
                seats = np.searchsorted(self.covered.places(k), budgets)
                lowest = np.fmin(lowest, self.covered.share_of(k)[seats])
        return lowest

    @cached_property
    def measure(self) -> NDArray[np.float64]:
        """``(A + 1,)`` what is to come to the value."""
        return self.worst()

    @property
    def reaches(self) -> NDArray[np.bool_]:
        return self.measure >= self.value - ROUNDING

    @property
    def closest(self) -> int:
        possible = self.measure[self.least :]
        return self.least + int(np.argmax(possible >= possible.max() - ROUNDING))

    def cluster(self, budget: int) -> int:
        shares = self.covered.at(budget)[self.damaged]
        return int(self.damaged[np.argmin(shares)])

    def share_at(self, budget: int, cluster: int) -> str:
        """``“Arithmetic” (81.2 %)``."""
        return f"“{self.names[cluster]}” ({percent(float(self.covered.at(budget)[cluster]))})"


class _Covered(_OfClusters):
    def cluster(self, budget: int) -> int:
        # The last sample is of the cluster that came last, where one sample less is not enough.
        if self._decides(budget):
            return int(self.covered.labels[budget - 1])
        return super().cluster(budget)

    def _decides(self, budget: int) -> bool:
        return bool(self.reaches[budget] and not self.reaches[budget - 1])

    def told(self, budget: int) -> str:
        last = self.cluster(budget)
        several = "every damaged cluster" if len(self.damaged) > 1 else "the only damaged cluster"
        said = f"With {plural(budget, 'sample')} {several} is covered to at least {percent(self.value)}"
        if not self._decides(budget):
            return f"{said}, the least of them {self.share_at(budget, last)}."
        said += f"; the last to get there is {self.share_at(budget, last)}."
        others = np.flatnonzero(self.worst(without=last) >= self.value - ROUNDING)
        if len(others) and (earlier := max(int(others[0]), self.least)) < budget:
            said += f" Without it {count(earlier)} would do."
        return said

    def short(self) -> str:
        end = len(self.covered.rows)
        last = self.cluster(end)
        most = float(self.covered.at(end)[last])
        return (
            f"“{self.names[last]}” comes to {percent(most)} at most, with {plural(self.closest, 'sample')}: "
            f"the rest of its damage is in {self._kept_out(last)}. Ask for covered={_below(most):g} or less, "
            "or let fewer samples be rejected."
        )

    def _kept_out(self, cluster: int) -> str:
        ranking = self.covered.ranking
        pool = ranking.candidates
        out = (pool.labels == cluster) & (self.covered.weight > 0) & (ranking.rank == 0)
        people = np.zeros(pool.n, bool)
        people[list(ranking.overrides.forced_out)] = True
        conflicts = int((out & ~people & (ranking.rejected_at >= 0)).sum())
        forced = int((out & people).sum())
        others = int(out.sum()) - conflicts - forced
        parts = (
            (conflicts, f"that {either(conflicts, 'conflicts', 'conflict')} with others"),
            (forced, "that people forced out"),
            (others, "that the selector leaves out"),
        )
        return listed([f"{plural(number, 'sample')} {why}" for number, why in parts if number])


class _Balance(_OfClusters):
    @cached_property
    def mean(self) -> NDArray[np.float64]:
        """``(A + 1,)`` how well the damaged clusters are covered in the mean."""
        totals = self.covered.totals
        part = np.zeros(len(totals))
        part[self.damaged] = 1 / (totals[self.damaged] * len(self.damaged))
        return np.concatenate([[0.0], np.cumsum(self.covered.gain * part[self.covered.labels])])

    @cached_property
    def measure(self) -> NDArray[np.float64]:
        mean = self.mean
        return np.divide(self.worst(), mean, out=np.zeros(len(mean)), where=mean > 0)

    def told(self, budget: int) -> str:
        said = f"With {plural(budget, 'sample')} {self._worst(budget)}."
        if not self.reaches[budget:].all():
            said += " Some larger budgets fall behind that again."
        return said

    def short(self) -> str:
        most = float(self.measure[self.closest])
        return (
            f"With {plural(self.closest, 'sample')}, which come closest, {self._worst(self.closest)}. "
            f"Ask for balance={_below(most):g} or less, or for another allocation of the budget."
        )

    def _worst(self, budget: int) -> str:
        return (
            f"the least covered of the damaged clusters, {self.share_at(budget, self.cluster(budget))}, "
            f"is covered {percent(float(self.measure[budget]))} as well as they are in the mean "
            f"({percent(float(self.mean[budget]))})"
        )


class _Marginal(Goal):
    @cached_property
    def gain(self) -> NDArray[np.float64]:
        """``(A,)`` what a further sample adds at the budgets 0 to A - 1."""
        if not self.covered.measured.any():
            raise self.nothing_known("no damage was measured")
        return marginal_gain(self.covered)

    @property
    def reaches(self) -> NDArray[np.bool_]:
        # After the last there is none that could add anything.
        return np.append(self.gain < self.value, True)

    @property
    def closest(self) -> int:
        return len(self.covered.rows)

    def told(self, budget: int) -> str:
        end = len(self.covered.rows)
        if len(self.gain) and self.gain.max() < self.value:
            return (
                f"The goal says nothing: where samples add most, they add {self.gain.max():.5f} in the "
                f"running mean, less than {self.value:g}, so that any budget would do. Ask for less."
            )
        if budget == end:
            return (
                f"The marginal gain does not fall under {self.value:g} before {plural(end, 'sample')}, which "
                f"are everything that can be accepted; the last add {self.gain[-1]:.5f} each."
            )
        return (
            f"After {plural(budget, 'sample')} a further one adds {self.gain[budget]:.5f} in the running "
            f"mean, less than {self.value:g}; the first add {self.gain[0]:.5f}."
        )

    def short(self) -> str:
        raise AssertionError("everything that can be accepted always reaches it")


KINDS: Mapping[str, type[Goal]] = {
    "covered": _Covered,
    "tokens": Tokens,
    "gpu_hours": GpuHours,
    "marginal": _Marginal,
    "balance": _Balance,
}


def _below(share: float) -> float:
    """A share with two digits that is not above it."""
    return float(np.floor(share * 100 + 1e-6) / 100)
