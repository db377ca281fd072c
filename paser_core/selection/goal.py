"""One goal on one ranking: what every kind of goal answers.

A goal looks at the samples as growing budgets take them (:class:`~paser_core.selection.covered.Covered`):
arrays by budget have ``A + 1`` entries, for the budgets 0 to A.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from paser_core.errors import SelectionError
from paser_core.recover.cost import TrainingCost
from paser_core.selection.covered import Covered


@dataclass(frozen=True)
class Goal(ABC):
    """One goal on one ranking."""

    name: str
    value: float
    covered: Covered
    least: int  # the smallest budget there is: forced samples are always in
    names: Sequence[str]  # (K,) of the clusters
    cost: TrainingCost | None = None  # of training; None: nothing is known of it

    @property
    def largest(self) -> bool:
        """Whether the largest budget is wanted, not the smallest."""
        return False

    @property
    @abstractmethod
    def reaches(self) -> NDArray[np.bool_]:
        """``(A + 1,)``."""

    @property
    @abstractmethod
    def closest(self) -> int:
        """The budget that comes closest, where none reaches it."""

    def cluster(self, budget: int) -> int | None:
        """The cluster that decides; None where the goal is not about clusters."""
        return None

    @abstractmethod
    def told(self, budget: int) -> str:
        """What there is to say of a budget that reaches it."""

    @abstractmethod
    def short(self) -> str:
        """How far one gets where no budget reaches it, and what to ask for."""

    @property
    def text(self) -> str:
        """As it is asked for: ``covered=0.8``."""
        return f"{self.name}={self.value:.15g}"

    @property
    def allowed(self) -> NDArray[np.bool_]:
        """``(A + 1,)`` what reaches it among the budgets that there are."""
        return self.reaches & (np.arange(len(self.reaches)) >= self.least)

    def nothing_known(self, what: str) -> SelectionError:
        """What is raised where the goal is about something that was not measured."""
        return SelectionError(
            f"The goal {self.text} cannot be looked for: {what}. Set models.original and "
            "models.compressed and start `paser run` on the same folder again, or give a number of samples."
        )
