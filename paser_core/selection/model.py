"""The inputs and results of the selection."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from paser_core.stages.concepts import ConceptTable


class Status(StrEnum):
    """What became of a sample. Exactly one each."""

    SELECTED = "selected"
    CONFLICT = "conflict"
    OVER_BUDGET = "over_budget"
    INVALID = "invalid"
    FORCED_IN = "forced_in"
    FORCED_OUT = "forced_out"

    @property
    def code(self) -> int:
        """Small integer that stands for the status in arrays."""
        return _CODES[self]


STATUSES: tuple[Status, ...] = tuple(Status)
_CODES = {status: code for code, status in enumerate(STATUSES)}


@dataclass(frozen=True)
class Overrides:
    """What people decided: row numbers. Forced samples enter in the order given."""

    forced_in: tuple[int, ...] = ()
    forced_out: tuple[int, ...] = ()


@dataclass(frozen=True)
class Candidates:
    """Everything the selection looks at, for one temperature and one setting of the concepts."""

    divergence: NDArray[np.float64]  # (n,) NaN where it was not measured
    tokens: NDArray[np.int64]  # (n,) prompt + response
    labels: NDArray[np.int32]  # (n,) cluster, -1 for none
    n_clusters: int
    valid: NDArray[np.bool_]  # (n,)
    concepts: ConceptTable
    problems: Sequence[str | None]  # (n,) why a row is invalid

    @property
    def n(self) -> int:
        """Number of samples, invalid ones included."""
        return len(self.labels)

    @property
    def usable(self) -> NDArray[np.bool_]:
        """``(n,)``: valid, in a cluster, and measured."""
        return self.valid & (self.labels >= 0) & np.isfinite(self.divergence)


@dataclass(frozen=True)
class Walk:
    """One pass over the candidates. Nested orders answer every budget; others know their budget."""

    candidates: Candidates
    overrides: Overrides
    cds: NDArray[np.float64]  # (K,) NaN for a cluster without a measured sample
    sizes: NDArray[np.int64]  # (K,) measured samples, which are those that can be taken
    ies: NDArray[np.float64]  # (n,) NaN where it was not measured
    rank: NDArray[np.int32]  # (n,) 1, 2, 3, …: the budget at which it enters; 0: never
    rejected_at: NDArray[np.int32]  # (n,) samples accepted when it was rejected; -1: never rejected
    budget: int | None  # None: good for every budget

    @property
    def members(self) -> NDArray[np.int64]:
        """``(K,)`` samples of each cluster, measured or not."""
        labels = self.candidates.labels
        counts = np.bincount(labels[labels >= 0], minlength=self.candidates.n_clusters)
        return counts.astype(np.int64)


@dataclass(frozen=True)
class Selection:
    """The answer for one budget."""

    walk: Walk
    budget: int
    status: NDArray[np.int8]  # (n,) codes of Status
    allocated: NDArray[np.int64]  # (K,) seats by CDS alone, before the concept graph has its say
    accepted: NDArray[np.int64]  # (K,)
    rejected: NDArray[np.int64]  # (K,)
    warnings: tuple[str, ...]

    @property
    def rank(self) -> NDArray[np.int32]:
        """``(n,)`` order of acceptance; 0 for what is not in the selection."""
        taken = (self.status == Status.SELECTED.code) | (self.status == Status.FORCED_IN.code)
        return np.where(taken, self.walk.rank, 0).astype(np.int32)

    @property
    def rows(self) -> NDArray[np.int64]:
        """Row numbers of the selected samples, in order of acceptance."""
        rank = self.rank
        chosen = np.flatnonzero(rank)
        return chosen[np.argsort(rank[chosen], kind="stable")]

    @property
    def n_selected(self) -> int:
        """Samples taken, forced ones included."""
        return int(self.accepted.sum())

    @property
    def n_rejected(self) -> int:
        """Samples rejected by the concept graph within this budget."""
        return int(self.rejected.sum())

    @property
    def n_considered(self) -> int:
        """Samples whose turn came."""
        return self.n_selected + self.n_rejected

    @property
    def acceptance_rate(self) -> float:
        """Accepted share of the considered samples; NaN when none was."""
        return self.n_selected / self.n_considered if self.n_considered else float("nan")

    @property
    def shortfall(self) -> int:
        """Samples missing to fill the budget."""
        return max(0, self.budget - self.n_selected)

    def status_of(self, row: int) -> Status:
        """Status of one sample."""
        return STATUSES[int(self.status[row])]
