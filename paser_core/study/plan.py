"""The cells of a study: what each is made of, what determines it, and what several of them share."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from paser_core.config import ScoresConfig, to_tree
from paser_core.recover.settings import RecoverConfig
from paser_core.selection import Selector, Setting, selector_of
from paser_core.study.budgets import Budget
from paser_core.study.seeds import Seeds
from paser_core.study.settings import StudyConfig
from paser_core.workspace.keys import key_of

_SELECTOR, _METHOD, _MODEL = "selector", "method", "model"
_RECIPE = RecoverConfig().method
OF_COMPRESSIONS = "compressions"  # settings of a recovery for some of them, by their names


@dataclass(frozen=True)
class Cell:
    """One point of the grid."""

    compression: str
    selector: str  # the study's name for it
    budget: Budget
    recovery: str
    number: int  # of its seeds

    @property
    def arm(self) -> tuple[str, str, str, str]:
        """What it is a repetition of."""
        return self.compression, self.selector, str(self.budget), self.recovery

    def __str__(self) -> str:
        return f"{', '.join(self.arm)}, seed {self.number}"


@dataclass(frozen=True)
class Plan:
    """All cells of a study, by key: cells that are determined by the same are one."""

    config: StudyConfig

    @property
    def seeds(self) -> Seeds:
        """The chances of the n-th cell of every arm."""
        return self.config.seeds

    @cached_property
    def cells(self) -> Mapping[Cell, str]:
        """Every point of the grid and the key of what has to be made for it, in the order of the plan:
        all arms of a seed before the next seed, so that a study which is stopped early is a smaller one.
        """
        return {cell: self.key(cell) for cell in points_of(self.config)}

    @cached_property
    def works(self) -> Mapping[str, Cell]:
        """What has to be made, by key: the first of the cells that share it."""
        found: dict[str, Cell] = {}
        for cell, key in self.cells.items():
            found.setdefault(key, cell)
        return found

    def key(self, cell: Cell) -> str:
        """A hash of everything that determines the results of a cell, but for the files that the whole
        study is bound to."""
        config, number = self.config, cell.number
        everything = self.rule(cell.selector).everything
        return key_of(
            _made_by(cell.compression, config.compressions[cell.compression]),
            self.knobs(cell),
            "all" if everything else cell.budget.to_tree(),
            _made_by(cell.recovery, self.training(cell), usual=_RECIPE),
            self.seeds.train[number],
            self.seeds.evaluate[number],
            config.evaluate,
            config.tasks,
            config.run,
            config.threads,
        )

    def rule(self, name: str) -> Selector:
        """The selector behind one of the study's names."""
        return selector_of(self.config.selectors[name].get(_SELECTOR, name))

    def knobs(self, cell: Cell) -> dict[str, Any]:
        """Fields of the setting of a cell: those of its selector, and the seed where one is drawn."""
        tree = {_SELECTOR: cell.selector, **self.config.selectors[cell.selector]}
        drawn = self.rule(cell.selector).drawn
        return tree | {"seed": self.seeds.select[cell.number] if drawn else 0}

    def setting(self, cell: Cell, **more: Any) -> Setting:
        """The setting of a cell, but for its budget.

        Raises:
            ConfigError: a field is unknown, or a value is not accepted.
        """
        knobs = self.knobs(cell) | more
        scores = knobs.pop("scores", None)
        tree = {"selection": knobs, "concepts": knobs.pop("concepts", None), "scores": scores}
        return Setting.of_tree({name: value for name, value in tree.items() if value is not None})

    def recovery(self, cell: Cell, **more: Any) -> RecoverConfig:
        """How a cell is trained."""
        seed = self.seeds.train[cell.number]
        return RecoverConfig.of_tree(
            {"method": cell.recovery, **self.training(cell), "seed": seed, **more}
        )

    def training(self, cell: Cell) -> dict[str, Any]:
        """What a recovery sets for the compression of a cell: what suits a model that has lost much
        harms one that has lost little."""
        tree = dict(self.config.recoveries[cell.recovery])
        own = tree.pop(OF_COMPRESSIONS, None) or {}
        return tree | dict(own.get(cell.compression) or {})

    @cached_property
    def scores(self) -> Mapping[tuple[str, str, str], ScoresConfig]:
        """The scores that cells need: by compression, kind and key of their settings."""
        found = {}
        for cell in self.works.values():
            needs = self.rule(cell.selector).needs
            if needs is not None:
                found[cell.compression, needs, self.score_key(cell)] = self.setting(cell).scores
        return found

    def score_key(self, cell: Cell) -> str:
        """The key of how the scores are made that a cell needs."""
        return key_of(to_tree(self.setting(cell).scores))


def points_of(config: StudyConfig) -> Mapping[Cell, None]:
    """The points of the grid in the order of the plan, each once; what makes them need not be installed."""
    return {
        Cell(compression, selector, budget, recovery, number): None
        for number in range(len(config.seeds))
        for arms in config.arms
        for compression in arms.compressions
        for budget in arms.budgets or config.budgets
        for selector in arms.selectors
        for recovery in arms.recoveries
    }


def _made_by(name: str, tree: Mapping[str, Any], usual: str | None = None) -> dict[str, Any]:
    """Settings of a compression or a recovery with the method that its name stands for: two that set
    nothing are not the same. The usual method goes without saying, as it did in studies begun earlier."""
    whole = dict(tree) if _MODEL in tree else {_METHOD: name, **tree}
    if whole.get(_METHOD) == usual:
        whole.pop(_METHOD, None)
    return whole
