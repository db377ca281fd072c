"""Studies for the pages: read once for all sessions, and again when a file has changed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from dashboard import serving
from dashboard.runs.opening import remembered
from paser_core.study.answers import Beside, beside
from paser_core.study.budgets import Unit
from paser_core.study.discovery import results_of
from paser_core.study.findings import hypotheses
from paser_core.study.overlaps import Selections
from paser_core.study.plan import points_of
from paser_core.study.results import CELLS, DAMAGE, ITEMS, SELECTIONS, STUDY, Results
from paser_core.study.retained import COSTS, Arm, Repeats, Retained, retained
from paser_core.study.steps import Places
from paser_core.study.summary import Summary
from paser_core.study.table import Table
from paser_core.study.tables import selectors_of
from paser_core.workspace import paths

Row = Mapping[str, Any]  # a line of cells.parquet
_Content = tuple[tuple[int, int], ...]
MODEL = "model/"  # before the name of a model, in keys of answers


@dataclass(frozen=True)
class Study:
    """A study whose results can be shown."""

    folder: Path
    content: _Content  # another one when a file has changed

    @property
    def results(self) -> Results:
        """What it has come to."""
        return _opened(str(self.folder), self.content)

    def retained(self, part: str) -> Retained:
        """What its arms have kept, on a part of the items."""
        return _retained(str(self.folder), self.content, part)

    @property
    def selections(self) -> Selections:
        """What its cells are trained on."""
        return _selections(str(self.folder), self.content)

    def overlaps(self, arms: Sequence[Repeats]) -> NDArray[np.float64]:
        """``(a, a)`` mean Jaccard index of every two arms."""
        cells = tuple(tuple(zip(arm.numbers, arm.keys, strict=True)) for arm in arms)
        return _overlaps(str(self.folder), self.content, cells)

    def cells(self, part: str) -> pd.DataFrame:
        """A line for every point of the grid: what it is, how it ended, what it retained, what it cost."""
        return _cells(str(self.folder), self.content, part)

    def tests(self, part: str, compression: str, budget: str, recovery: str) -> tuple[Table, ...]:
        """Selectors beside each other, with tests of their differences; takes a while."""
        return _tests(str(self.folder), self.content, part, compression, budget, recovery)

    def expected(self, part: str) -> tuple[Table, ...]:
        """What was expected and what became of it; takes a while."""
        return _expected(str(self.folder), self.content, part)

    @property
    def budgets(self) -> Mapping[str, bool]:
        """The budgets in the order of the plan, and whether they count tokens."""
        return _budgets(str(self.folder), self.content)

    @property
    def titles(self) -> Mapping[str, str]:
        """What every cell is called, by key; the first of those that are one."""
        return _titles(str(self.folder), self.content)

    def beside(self, key: str, other: str, part: str) -> Beside:
        """The answers of two cells or models."""
        return _beside(str(self.folder), self.content, key, other, part)


def study_at(folder: Path) -> Study | None:
    """The study in a folder; None where there are no results yet."""
    place = results_of(folder)
    if place is None:
        return None
    files = (STUDY, CELLS, ITEMS, SELECTIONS, DAMAGE)
    return Study(place, tuple(paths.version(place / name) for name in files))


def run_folder(folder: Path, study: Study, compression: str) -> Path | None:
    """The run that a cell has selected from, if it is one of those that are served."""
    run = Places(folder, study.results.config).run(compression).resolve()
    return run if run in serving.all_runs() else None


def arms_of(found: Retained, **fixed: str) -> list[Repeats]:
    """The arms of a study with these values, e.g. one compression and one recovery."""
    return [
        one
        for one in found.arms
        if all(getattr(one.arm, name) == value for name, value in fixed.items())
    ]


def arms_frame(found: Retained, arms: Iterable[Repeats]) -> pd.DataFrame:
    """A line for every finished seed of some arms: what it retained, in percent, and what it cost."""
    lines = []
    for one in arms:
        for place, (key, seed) in enumerate(zip(one.keys, one.numbers, strict=True)):
            shares = dict(zip((n for _, n in found.capabilities), one.shares[place], strict=True))
            lines.append(
                {
                    "Selector": one.arm.selector,
                    "Budget": one.arm.budget,
                    "Compression": one.arm.compression,
                    "Recovery": one.arm.recovery,
                    "Seed": seed,
                    "Mean retention (%)": 100 * one.mean[place],
                    "Worst capability (%)": 100 * one.worst[place],
                    **{f"{name} (%)": 100 * share for name, share in shares.items()},
                    **{name: cost[place] for name, cost in one.costs.items()},
                    "Cell": key,
                }
            )
    return pd.DataFrame(lines)


def rows_of(frame: pd.DataFrame) -> list[Row]:
    """Its lines, each by column."""
    return [{str(name): value for name, value in row.items()} for row in frame.to_dict("records")]


def title_of(row: Row) -> str:
    """What a cell is called."""
    named = (row["selector"], row["budget"], row["recovery"], row["compression"])
    return f"{' · '.join(map(str, named))} · seed {row['number']}"


def arm_of(row: Row) -> Arm:
    """What a line of the cells is a repetition of."""
    return Arm(row["compression"], row["selector"], row["budget"], row["recovery"])


@remembered(8)
def _opened(folder: str, content: _Content) -> Results:
    return Results(Path(folder))


@remembered(24)
def _retained(folder: str, content: _Content, part: str) -> Retained:
    return retained(_opened(folder, content), part)


@remembered(24)
def _cells(folder: str, content: _Content, part: str) -> pd.DataFrame:
    found, cells = _retained(folder, content, part), _opened(folder, content).cells
    figures = {
        key: (arm.mean[i], arm.worst[i]) for arm in found.arms for i, key in enumerate(arm.keys)
    }
    frame = cells[["key", "compression", "selector", "budget", "recovery", "number", "status"]]
    frame = frame.rename(columns={"number": "seed"})
    for place, name in enumerate(("mean", "worst")):
        frame[name] = [100 * figures.get(key, (np.nan, np.nan))[place] for key in frame["key"]]
    for name in (*COSTS[:4], "loss_before", "loss_after"):
        frame[name] = cells[name]
    return frame


@remembered(48)
def _tests(
    folder: str, content: _Content, part: str, compression: str, budget: str, recovery: str
) -> tuple[Table, ...]:
    arms = _opened(folder, content).only(compression=compression, budget=budget, recovery=recovery)
    return tuple(selectors_of(Summary(arms, part)))


@remembered(8)
def _expected(folder: str, content: _Content, part: str) -> tuple[Table, ...]:
    return tuple(hypotheses(Summary(_opened(folder, content), part)))


@remembered(8)
def _budgets(folder: str, content: _Content) -> Mapping[str, bool]:
    cells = points_of(_opened(folder, content).config)
    return {str(cell.budget): cell.budget.unit is Unit.TOKENS for cell in cells}


@remembered(8)
def _titles(folder: str, content: _Content) -> Mapping[str, str]:
    cells = _opened(folder, content).cells.drop_duplicates("key")
    return {str(row["key"]): title_of(row) for row in rows_of(cells.drop(columns="losses"))}


@remembered(8)
def _selections(folder: str, content: _Content) -> Selections:
    return Selections.of(_opened(folder, content))


@remembered(48)
def _overlaps(
    folder: str, content: _Content, cells: tuple[tuple[tuple[int, str], ...], ...]
) -> NDArray[np.float64]:
    return _selections(folder, content).overlaps([dict(arm) for arm in cells])


@remembered(48)
def _beside(folder: str, content: _Content, key: str, other: str, part: str) -> Beside:
    return beside(_opened(folder, content), key, other, part)
