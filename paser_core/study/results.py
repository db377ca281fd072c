"""The results of a study, read back: tidy frames, a row for each cell, item and selection.

:mod:`paser_core.study.gathering` writes them. What is committed or sent to others is this folder with
``study.json``: no models, no runs.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
from numpy.typing import NDArray

from paser_core.errors import ConfigError, StudyError, nearest, shortened
from paser_core.selection import Family, selector_of
from paser_core.study.settings import StudyConfig
from paser_core.text import plural
from paser_core.workspace import paths
from paser_core.workspace.reading import reading

STUDY, CELLS, ITEMS = "study.json", "cells.parquet", "items.parquet"
SELECTIONS, DAMAGE = "selections.parquet", "damage.parquet"
FOLDER = "results"
PARTS = ("test", "development", "all")  # of the items


@dataclass(frozen=True)
class Results:
    """What a study has come to, read on first use."""

    folder: Path  # the one with study.json

    @classmethod
    def open(cls, folder: Path) -> Results:
        """Of a study, or of its results alone.

        Raises:
            StudyError: there are none.
        """
        place = place_of(folder)
        if place is not None:
            return cls(place)
        raise StudyError(
            f"{folder}: there are no results of a study. Make them with: paser study study.yaml --out "
            f"{folder}"
        )

    @cached_property
    def study(self) -> dict[str, Any]:
        """What was asked, expected and left out."""
        with reading(self.folder / STUDY):
            tree: dict[str, Any] = json.loads((self.folder / STUDY).read_text(encoding="utf-8"))
        return tree

    @cached_property
    def config(self) -> StudyConfig:
        """The study."""
        return StudyConfig.of_tree(self.study["config"])

    @cached_property
    def families(self) -> Mapping[str, Family | None]:
        """What each selector is there for; None of one that these older results do not say it of, and that
        is not installed here."""
        told = self.study.get("families", {})
        return {
            name: Family(told[name]) if name in told else _family(tree.get("selector", name))
            for name, tree in self.config.selectors.items()
        }

    @property
    def written(self) -> tuple[str, ...]:
        """When the hypotheses were written down, and how much was known by then, a sentence each."""
        return tuple(
            f"Hypotheses {one['sha256'][:12]} were written down when {one['cells']:,} of the study's cells "
            "were finished."
            for one in self.study["expected"]
        )

    @cached_property
    def cells(self) -> pd.DataFrame:
        """A row for every point of the grid."""
        return self._table(CELLS)

    @cached_property
    def items(self) -> pd.DataFrame:
        """A row for every item of every finished cell, and of every model (``model/NAME``)."""
        _ = self.cells  # first: a study in work may write both anew in between, the items before
        return self._table(ITEMS)

    @cached_property
    def damage(self) -> pd.DataFrame:
        """Mean damage by compression, capability, signal and aggregate."""
        return self._table(DAMAGE)

    @property
    def has_questions(self) -> bool:
        """Whether something in the answers is right or wrong."""
        return "score" in self.items.columns and bool(self.items["score"].notna().any())

    def only(self, **fixed: str) -> Results:
        """The same study with those cells alone that have these values, e.g. one budget; shares what is
        read."""
        cells = self.cells
        for name, value in fixed.items():
            cells = cells[cells[name] == value]
        found = Results(self.folder)
        known = {"items": self.items, "config": self.config, "_scores": self._scores}
        vars(found).update(known, cells=cells.reset_index(drop=True))
        return found

    def selected(self, key: str) -> list[str]:
        """The samples that a cell was trained on, in order of acceptance.

        Raises:
            StudyError: no finished cell has this key.
        """
        table = self._table(SELECTIONS)
        found = table.loc[table["key"] == key, "ids"]
        if found.empty:
            raise StudyError(
                f"{self.folder}: {shortened(key)} is the key of no cell that has selected. Take one "
                "of the frame of the cells."
            )
        return list(found.iloc[0])

    def _table(self, name: str) -> pd.DataFrame:
        with reading(self.folder / name):
            frame: pd.DataFrame = pq.read_table(self.folder / name).to_pandas()
        return frame

    @cached_property
    def _scores(self) -> tuple[pd.DataFrame, dict[str, NDArray[np.float64]]]:
        """The items that the tables count, and ``(items,)`` scores by key of cell or model."""
        items = self.items.dropna(subset=["score"])
        if items.empty:
            raise StudyError(
                f"{self.folder}: nothing is right or wrong in the answers of this study "
                f"({', '.join(self.config.tasks)}), so nothing can be compared. Name a task with questions."
            )
        wide = items.pivot(index=["task", "id"], columns="key", values="score")
        labels = items.drop_duplicates(["task", "id"]).set_index(["task", "id"])["capability"]
        index = wide.index.to_frame(index=False)
        index["capability"] = labels.reindex(wide.index).astype(object).to_numpy()
        index["capability"] = index["capability"].fillna(index["task"].astype(object))
        return index, {str(key): wide[key].to_numpy(np.float64) for key in wide.columns}

    def questions(self, part: str = "test") -> pd.DataFrame:
        """Task, id and capability of the items of a part: ``test``, ``development`` or ``all``."""
        index, _ = self._scores
        return index[self._part(part)].reset_index(drop=True)

    def _part(self, part: str) -> NDArray[np.bool_]:
        chosen = part_of(self._development, part)
        if not chosen.any():
            raise StudyError(
                f"{self.folder}: none of the {plural(len(chosen), 'question')} of this study is one of "
                f"{part} (split.development is {self.config.split.development:g}). Count all of them "
                "(--items all)."
            )
        return chosen

    @cached_property
    def _development(self) -> NDArray[np.bool_]:
        index, _ = self._scores
        return development_items(index["id"].astype(str).tolist(), self.config.split.development)

    def of_model(self, name: str, part: str = "test") -> NDArray[np.float64]:
        """``(items,)`` scores of the original or of a compressed model before recovery.

        Raises:
            StudyError: it was not evaluated.
        """
        known = self._scores[1].get(f"model/{name}")
        if known is None:
            raise StudyError(
                f"{self.folder}: {name} was not evaluated in this study. Go on with it first."
            )
        return known[self._part(part)]

    def arm(
        self, compression: str, selector: str, budget: str, recovery: str, part: str = "test"
    ) -> NDArray[np.float64]:
        """``(seeds, items)`` scores of one arm; only the seeds that are finished.

        Args:
            compression: the study's name for it, as the next three.
            selector: likewise.
            budget: as the column of :attr:`cells` has it: ``"10 %"``.
            recovery: the study's name for it.
            part: of the items: ``test``, ``development`` or ``all``.
        """
        keys = self.keys(compression, selector, budget, recovery)
        rows = [self._scores[1][key][self._part(part)] for key in keys]
        return np.stack(rows) if rows else np.empty((0, len(self.questions(part))))

    def keys(self, compression: str, selector: str, budget: str, recovery: str) -> Sequence[str]:
        """Keys of the finished cells of an arm, by seed.

        Args:
            compression: the study's name for it, as the next three.
            selector: likewise.
            budget: as the column of :attr:`cells` has it.
            recovery: the study's name for it.
        """
        cells = self.cells
        chosen = (
            (cells["compression"] == compression)
            & (cells["selector"] == selector)
            & (cells["budget"] == budget)
            & (cells["recovery"] == recovery)
            & (cells["status"] == "done")
        )
        return cells[chosen].sort_values("number")["key"].drop_duplicates().tolist()


def _family(name: str) -> Family | None:
    try:
        return selector_of(name).family
    except ConfigError:
        return None


def place_of(folder: Path) -> Path | None:
    """Where the results of a study lie: in its folder, or there alone; None where there are none."""
    places = (folder / FOLDER, folder)
    return next((place for place in places if paths.is_file(place / STUDY)), None)


def part_of(development: NDArray[np.bool_], part: str) -> NDArray[np.bool_]:
    """``(items,)`` which items a part has.

    Args:
        development: ``(items,)`` those that ideas are tried on.
        part: ``test``, ``development`` or ``all``.

    Raises:
        ConfigError: there is no such part.
    """
    if part not in PARTS:
        raise ConfigError(
            f"items is {shortened(part)}; accepted: {', '.join(PARTS)}.{nearest(str(part), PARTS)}",
            field="items",
        )
    if part == "all":
        return np.ones(len(development), bool)
    return development if part == "development" else ~development


def development_items(ids: Sequence[str], share: float) -> NDArray[np.bool_]:
    """Which items ideas are tried on: drawn by their ids, so that every study draws the same."""
    drawn = [int.from_bytes(hashlib.sha256(one.encode()).digest()[:8], "big") for one in ids]
    chosen: NDArray[np.bool_] = np.array(drawn, np.float64) / 2.0**64 < share
    return chosen
