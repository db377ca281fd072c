"""A finished cell: its selection, training, answers and cost, without the model."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import pyarrow as pa
import pyarrow.parquet as pq

from paser_core import __version__
from paser_core.evaluate.results import ITEMS
from paser_core.recover.outcome import DIVERGED, Recovery
from paser_core.study.chosen import Chosen
from paser_core.study.plan import Cell
from paser_core.workspace import paths
from paser_core.workspace.reading import reading
from paser_core.workspace.store import Store

CELL, SELECTION = "cell.json", "selection.parquet"
PARTS = ("recovery", "evaluation")  # folders of a cell in work
KIND = "study-cell"

_OF_RECOVERY = ("method", "adapter", "template", "parameters", "steps", "tokens", "seconds", "loss",
                "sparsity", "data")  # fmt: skip
_ITEM_COLUMNS = ("task", "id", "capability", "score", "bits_per_byte", "answer", "why", "problem")


@dataclass(frozen=True)
class CellResult:
    """What a cell has come to."""

    folder: Path
    facts: Mapping[str, Any]  # what cell.json has

    @classmethod
    def read(cls, folder: Path) -> Self:
        """Of a finished cell.

        Raises:
            RunError: cell.json cannot be read.
        """
        with reading(folder / CELL):
            tree = json.loads((folder / CELL).read_text(encoding="utf-8"))
            if tree["kind"] != KIND:
                raise ValueError("it is no cell of a study")
        return cls(folder, tree)

    @property
    def status(self) -> str:
        """``done`` or ``diverged``."""
        return str(self.facts["status"])

    @property
    def why(self) -> str | None:
        """Why it has no figures."""
        return self.facts.get("why")

    def ids(self) -> list[str]:
        """The selected samples, in order of acceptance."""
        with reading(self.folder / SELECTION):
            found: list[str] = pq.read_table(self.folder / SELECTION)["id"].to_pylist()
        return found

    def items(self) -> pa.Table:
        """A row for every item of every task; none where the training diverged."""
        with reading(self.folder / ITEMS):
            return pq.read_table(self.folder / ITEMS)


def write_cell(
    place: Path,
    cell: Cell,
    chosen: Chosen,
    recovery: Recovery,
    evaluation: Mapping[str, Any] | None,
    cost: Mapping[str, float],
    warnings: Sequence[str] = (),
    *,
    keeps: bool = False,
) -> None:
    """Write what a cell has come to; ``cell.json`` last, as whoever sees it takes the rest for whole.

    Args:
        place: the folder of the cell.
        cell: what it is.
        chosen: its selection.
        recovery: its training.
        evaluation: ``results.json`` of the trained model; None where there is no model.
        cost: seconds of its parts.
        warnings: what training and evaluation have warned of.
        keeps: whether its model and its evaluation stay.
    """
    store = Store(place)
    store.write_table(SELECTION, pa.table({"id": pa.array(chosen.ids, pa.string())}))
    if evaluation is not None:
        items = pq.read_table(place / "evaluation" / ITEMS, columns=list(_ITEM_COLUMNS))
        store.write_table(ITEMS, items)
    lost = recovery.status == DIVERGED
    facts = {
        "kind": KIND,
        "version": __version__,
        "cell": {
            "compression": cell.compression,
            "selector": cell.selector,
            "budget": cell.budget.to_tree(),
            "recovery": cell.recovery,
        },
        "status": recovery.status,
        "why": recovery.facts["why"] if lost else None,
        "selection": {
            "samples": len(chosen.ids),
            "tokens": chosen.tokens,
            "setting": chosen.setting.to_tree(),
            "warnings": list(chosen.warnings),
        },
        "warnings": list(warnings),
        "keeps": keeps,
        "recovery": {name: recovery.facts.get(name) for name in _OF_RECOVERY},
        "tasks": {} if evaluation is None else evaluation["tasks"],
        "cost": dict(cost),
    }
    store.write_json(CELL, facts)


def drop_parts(place: Path) -> None:
    """Remove what a finished cell need not keep: also what a kill has left after its last file."""
    if any(paths.is_folder(place / part) for part in PARTS) and not CellResult.read(
        place
    ).facts.get("keeps", True):
        for part in PARTS:
            shutil.rmtree(place / part, ignore_errors=True)
