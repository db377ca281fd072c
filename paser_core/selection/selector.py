"""What a selector is: parts that combine to a ranking."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from paser_core.config import AllocationRule, Order, SelectionConfig
from paser_core.errors import SelectionError
from paser_core.registry import SELECTORS
from paser_core.selection.model import Candidates, Clusters

Score = Callable[[Candidates, np.random.Generator], NDArray[np.float64]]
Weights = Callable[[Candidates], NDArray[np.float64]]
LeavesOut = Callable[[Candidates], Sequence[str | None]]
Grouping = Callable[[Candidates, SelectionConfig], Clusters]
_Config = TypeVar("_Config", bound=SelectionConfig)


class Family(StrEnum):
    """What a selector is there for; lists of selectors are in this order."""

    PASER = "PASER"
    VARIANT = "Variant"
    ABLATION = "Ablation"
    CLUSTERING = "Clusters"
    BASELINE = "Baseline"


@dataclass(frozen=True)
class Selector:
    """A rule that ranks the pool: what is ranked, how seats are given, what is rejected.

    Args:
        label: what people read, in a few words: ``"Longest responses"``.
        score: ``(n,)`` for the candidates, higher is better; ties go to data-set order. What cannot
            be selected may be NaN. The generator is for what is drawn, and follows from the seed.
        weights: ``(K,)``: every cluster gets seats in proportion. None: there are no seats, the best
            come first whatever their cluster.
        graph: whether the concept graph rejects samples.
        weighs_graph: whether conflicts in it lower the score instead; the score sees to that.
        damage: whether it reads the damage that was measured. Without, it can select from a run
            without models, and samples that were not measured.
        drawn: whether the seed decides.
        clusters: the clusters that seats are given by, from the candidates and the knobs; every
            sample that can be selected must be in one. None: those of the run.
        family: the shelf it stands on in lists.
        everything: it takes all that can be selected, and the budget has no part in it.
        at_budget: whether every budget has an answer of its own: the candidates then have a
            ``question``, and a sample whose score is NaN is not offered.
        allocation: how a budget is split, whatever the knob says. None: as it says.
        order: whose turn it is, likewise.
        meaning: what the score is, for those who read it in an export: ``"characters of the response"``;
            ``{damage}`` stands for what damage is called there.
        needs: the scores of :data:`paser_core.registry.SCORES` that a model has to make first; they
            are ``pool.scores`` then.
        leaves_out: ``(n,)`` why the rule does not rank a sample, None where it does. Those become
            invalid, with that reason, whatever the budget.
        asks_encoder: whether it needs the setting to name an encoder.
        shown: ``(n,)`` what an export has as the score, where the order is not by the score alone.
    """

    label: str
    score: Score
    weights: Weights | None = None
    graph: bool = False
    weighs_graph: bool = False
    damage: bool = True
    drawn: bool = False
    clusters: Grouping | None = None
    family: Family = Family.BASELINE
    everything: bool = False
    at_budget: bool = False
    allocation: AllocationRule | None = None
    order: Order | None = None
    meaning: str = ""
    needs: str | None = None
    leaves_out: LeavesOut | None = None
    shown: Callable[[Candidates], NDArray[np.float64]] | None = None
    asks_encoder: bool = False

    @property
    def needs_models(self) -> bool:
        """Whether it can select only from a run with models: by damage, or by scores that a model gives."""
        return self.damage or self.needs is not None

    @property
    def told(self) -> tuple[str, ...]:
        """What sets it apart from PASER, a sentence each: seats, budget, concept graph."""
        said = []
        if self.everything:
            said.append("It takes everything that can be selected, whatever the budget.")
        elif self.at_budget:
            said.append("At every budget it selects anew.")
        if self.weights is None and not (self.everything or self.at_budget):
            said.append("It gives no seats to clusters: the best come first, wherever they are.")
        if self.clusters is not None:
            said.append(
                "Seats are given by clusters of its own; those that are shown are the run's."
            )
        if self.graph_told:
            said.append(self.graph_told)
        return tuple(said)

    @property
    def graph_told(self) -> str:
        """What the concept graph does here instead of rejecting; empty where it rejects."""
        if self.weighs_graph:
            return "The concept graph rejects nothing: conflicts lower a sample's score."
        return "" if self.graph else "The concept graph is not used by this selector."

    def meant(self, measure: SelectionConfig) -> str:
        """What the score is where damage is measured so: the columns of an export by their names.

        >>> selector_of("divergence").meant(SelectionConfig(signal="kl"))
        'damage'
        """
        damage = "divergence" if measure.tempered else "damage"
        return (self.meaning or self.label).replace("{damage}", damage)

    def scores(self, pool: Candidates, seed: int) -> NDArray[np.float64]:
        """``(n,)`` what the rule ranks by, checked: a package may have brought the rule.

        Raises:
            SelectionError: there is not one number for every sample that can be selected.
        """
        values = np.asarray(self.score(pool, np.random.default_rng(seed)), np.float64)
        missing = not self.at_budget and values.shape == (pool.n,) and np.isnan(values[pool.usable])
        if values.shape != (pool.n,) or np.any(missing):
            raise SelectionError(
                f"The selector “{self.label}” gave no score for some of the {pool.n:,} samples; it "
                "must give one number each. Choose another selector, or tell its author."
            )
        return values

    def grouped(self, pool: Candidates, config: SelectionConfig) -> Clusters | None:
        """The clusters that seats are given by, checked; None: those of the run.

        Raises:
            SelectionError: a sample that can be selected is in none of them.
        """
        if self.clusters is None:
            return None
        found = self.clusters(pool, config)
        labels = found.labels
        inside = labels.shape == (pool.n,) and np.all(labels < found.n_clusters)
        if not inside or np.any(labels[pool.usable] < 0):
            raise SelectionError(
                f"The selector “{self.label}” put some of the {pool.n:,} samples into no cluster; "
                "each must be in one. Choose another selector, or tell its author."
            )
        return found

    def applied(self, config: _Config) -> _Config:
        """The knobs as they hold under this rule."""
        if self.allocation is None and self.order is None:
            return config
        return replace(
            config,
            allocation=self.allocation or config.allocation,
            order=self.order or config.order,
        )

    def nests(self, config: SelectionConfig) -> bool:
        """Whether one ranking answers every budget. Without seats there is nothing to split."""
        held = self.applied(config)
        seats = (held.allocation, held.order) == (AllocationRule.SAINTE_LAGUE, Order.INTERLEAVED)
        return not self.at_budget and (self.weights is None or seats)


def selector_of(name: str) -> Selector:
    """A selector by name.

    Raises:
        ConfigError: there is none of that name, or what a package brings under it is none.
    """
    found: Selector = SELECTORS[name]
    return found
