"""Putting the results of a study together, out of the cells that are finished by now."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

import pyarrow as pa

from paser_core import __version__
from paser_core.evaluate.results import is_finished, read_items, read_results
from paser_core.study.cells import CellResult
from paser_core.study.damage import damage_table
from paser_core.study.folder import finished, tree_of
from paser_core.study.plan import Plan
from paser_core.study.remarks import remarks_of
from paser_core.study.results import CELLS, DAMAGE, FOLDER, ITEMS, SELECTIONS, STUDY
from paser_core.study.steps import ORIGINAL, Places
from paser_core.workspace.checkpoints import MANIFEST
from paser_core.workspace.store import Store

_ITEM = ("task", "id", "capability", "score", "bits_per_byte", "answer")


def write_results(plan: Plan, store: Store) -> None:
    """Put together what the finished cells have come to."""
    places = Places(store.folder, plan.config)
    there = finished(places)
    results = {key: CellResult.read(places.cell(key)) for key in plan.works if key in there}
    models = _models(plan, places)
    manifest = json.loads(store.path(MANIFEST).read_text(encoding="utf-8"))
    failed = manifest.get("failed", {})
    store.path(FOLDER).mkdir(exist_ok=True)
    store.write_table(f"{FOLDER}/{ITEMS}", _items(results, models))
    store.write_table(f"{FOLDER}/{SELECTIONS}", _selections(results))
    runs = {name: places.run(name) for name in plan.config.compressions}
    store.write_table(f"{FOLDER}/{DAMAGE}", damage_table(runs))
    # After what they speak of: whoever reads these first and the rest then finds all of it.
    rows = list(_rows(plan, results, failed))
    store.write_table(f"{FOLDER}/{CELLS}", pa.Table.from_pylist(rows))
    study = {
        "kind": "study-results",
        "version": __version__,
        "config": json.loads(json.dumps(tree_of(plan.config), default=str)),
        # Whoever reads this need not have the packages that some selectors come from.
        "families": {name: str(plan.rule(name).family) for name in plan.config.selectors},
        "bound": manifest["bound"],
        "expected": manifest["expected"],
        "failed": failed,
        "remarks": remarks_of(places, results.values()),
        "models": {name: found["tasks"] for name, (found, _) in models.items()},
    }
    store.write_json(f"{FOLDER}/{STUDY}", study)


def _models(plan: Plan, places: Places) -> dict[str, tuple[dict[str, Any], pa.Table]]:
    """Evaluations of the original and of the compressed models before recovery, those that are finished:
    one in work, or one that has failed, costs itself only."""
    found = {}
    for name in (ORIGINAL, *plan.config.compressions):
        place = places.evaluation(name)
        if is_finished(place):
            found[name] = (read_results(place), read_items(place))
    return found


def _rows(
    plan: Plan, results: Mapping[str, CellResult], failed: Mapping[str, str]
) -> Iterator[dict[str, Any]]:
    """A row for every point of the grid; points that share a cell have the same key."""
    for cell, key in plan.cells.items():
        found, why = results.get(key), failed.get(f"cell/{key}")
        row: dict[str, Any] = {
            "key": key,
            "compression": cell.compression,
            "selector": cell.selector,
            "budget": str(cell.budget),
            "recovery": cell.recovery,
            "number": cell.number,
            "select_seed": plan.seeds.select[cell.number],
            "train_seed": plan.seeds.train[cell.number],
            "status": ("failed" if why else "pending") if found is None else found.status,
            "why": why if found is None else found.why,
        }
        yield row | _figures(found)


def _figures(found: CellResult | None) -> dict[str, Any]:
    tree: Mapping[str, Any] = {} if found is None else found.facts
    selection, recovery = tree.get("selection", {}), tree.get("recovery") or {}
    loss = recovery.get("loss") or {}
    return {
        "samples": selection.get("samples"),
        "tokens": selection.get("tokens"),
        "steps": (recovery.get("steps") or {}).get("total"),
        "tokens_trained": (recovery.get("tokens") or {}).get("read"),
        "train_seconds": recovery.get("seconds"),
        "cpu_seconds": tree.get("cost", {}).get("cpu_seconds"),
        "seconds": tree.get("cost", {}).get("seconds"),
        "loss_before": loss.get("before"),
        "loss_after": loss.get("after"),
        "losses": loss.get("steps") or [],
    }


def _items(
    results: Mapping[str, CellResult], models: Mapping[str, tuple[dict[str, Any], pa.Table]]
) -> pa.Table:
    """Answers of all cells and models, by the key of the cell or the name of the model."""
    tables = [
        _of(f"model/{name}", items.select(list(_ITEM))) for name, (_, items) in models.items()
    ]
    for key, found in results.items():
        if found.status == "done":
            tables.append(_of(key, found.items().select(list(_ITEM))))
    table = pa.concat_tables(tables) if tables else pa.table({"key": pa.array([], pa.string())})
    for name in ("key", "task", "id", "capability", "answer"):
        if name in table.column_names:
            at = table.column_names.index(name)
            table = table.set_column(at, name, table[name].dictionary_encode())
    return table


def _of(key: str, items: pa.Table) -> pa.Table:
    items = items.set_column(
        items.column_names.index("score"), "score", items["score"].cast(pa.float32())
    )
    bits = items["bits_per_byte"].cast(pa.float32())
    items = items.set_column(items.column_names.index("bits_per_byte"), "bits_per_byte", bits)
    return items.add_column(0, "key", pa.array([key] * len(items), pa.string()))


def _selections(results: Mapping[str, CellResult]) -> pa.Table:
    keys = list(results)
    return pa.table(
        {
            "key": pa.array(keys, pa.string()),
            "ids": pa.array([results[key].ids() for key in keys], pa.list_(pa.string())),
        }
    )
