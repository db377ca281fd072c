"""What a selection is made from, and what can become of a sample."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from paser_core.config import ScoresConfig, SelectionConfig
from paser_core.stages.concepts import ConceptTable

if TYPE_CHECKING:
    import pandas as pd

    from paser_core.runs import Run
    from paser_core.runs.scores import Scores


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
class Clusters:
    """Who belongs together: the run's own clusters, or others of the same samples."""

    labels: NDArray[np.int32]  # (n,) -1 for none
    n_clusters: int
    notes: tuple[str, ...] = ()  # what a reader of a selection by them has to know


@dataclass(frozen=True)
class Question:
    """What is asked of the pool; for a rule that gives another answer at every budget."""

    config: SelectionConfig
    overrides: Overrides
    budget: int


@dataclass(frozen=True)
class Candidates:
    """Everything the selection looks at, for one signal of damage and one setting of the concepts."""

    # (n,) damage by the signal of the setting, the paper's divergence unless it says otherwise; NaN
    # where it was not measured. Signals like the loss gap may be below 0: better than before.
    divergence: NDArray[np.float64]
    tokens: NDArray[np.int64]  # (n,) prompt + response
    labels: NDArray[np.int32]  # (n,) cluster, -1 for none
    n_clusters: int
    valid: NDArray[np.bool_]  # (n,)
    concepts: ConceptTable
    problems: Sequence[str | None]  # (n,) why a row is invalid
    unmeasured: bool = False  # what was not measured can be selected too
    run: Run | None = field(default=None, repr=False)  # None: they were made by hand
    # What damage is: signal, aggregate, temperature.
    measure: SelectionConfig = field(default_factory=SelectionConfig)
    question: Question | None = None  # None: the rule does not ask for it
    scores: Scores | None = field(default=None, repr=False)  # those that the selector needs
    # (n,) why the selector leaves a sample out; None where it does not, and where none was asked.
    left_out: Sequence[str | None] | None = field(default=None, repr=False)

    @property
    def n(self) -> int:
        """Number of samples, invalid ones included."""
        return len(self.labels)

    @property
    def usable(self) -> NDArray[np.bool_]:
        """``(n,)``: valid, in a cluster, measured where that is asked for, not left out."""
        return self.trainable & ~self.is_left_out

    @property
    def trainable(self) -> NDArray[np.bool_]:
        """``(n,)``: whatever a selector leaves out, people may still want it."""
        return self.valid & (self.labels >= 0) & (np.isfinite(self.divergence) | self.unmeasured)

    @property
    def is_left_out(self) -> NDArray[np.bool_]:
        """``(n,)`` whether the selector leaves it out."""
        if self.left_out is None:
            return np.zeros(self.n, bool)
        return np.array([reason is not None for reason in self.left_out], bool)

    @property
    def samples(self) -> pd.DataFrame:
        """``n`` rows in data-set order: texts, lengths and the user's own columns."""
        return self._run.samples

    @property
    def vectors(self) -> NDArray[np.float32]:
        """``(n, d)`` the run's embeddings: unit rows, zero for rows that are invalid."""
        return self._run.embeddings

    def scored(self, column: str) -> NDArray[np.float64]:
        """``(n,)`` a column of the scores that the selector needs; NaN where a sample has none."""
        if self.scores is None:
            raise ValueError("these candidates come without scores")
        return self.scores.column(column)

    def scored_facts(self, name: str) -> Mapping[str, Any]:
        """What the scores that the selector needs say beside their columns."""
        if self.scores is None:
            raise ValueError("these candidates come without scores")
        found: Mapping[str, Any] = self.scores.manifest[name]
        return found

    @property
    def scored_by(self) -> ScoresConfig:
        """How the scores were asked for: what they are read with need not determine them."""
        if self.scores is None:
            raise ValueError("these candidates come without scores")
        return self.scores.config

    def in_clusters(self, clusters: Clusters) -> Candidates:
        """The same samples in other clusters."""
        return replace(self, labels=clusters.labels, n_clusters=clusters.n_clusters)

    @property
    def _run(self) -> Run:
        if self.run is None:
            raise ValueError("these candidates come from no run, so there are no texts or vectors")
        return self.run
