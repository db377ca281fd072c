# mypy: ignore-errors
"""Results of a study that never was: random numbers in the files and columns of a real one.

For the speed of the page and for shapes that a small real study does not have. ``python
tests/study/made_results.py FOLDER`` writes 500 cells on 779 items.
"""

from __future__ import annotations

import json
import sys
from itertools import product
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

COMPRESSIONS = ("magnitude", "wanda")
SELECTORS = ("paser", "random", "ifd", "instruction-mining", "full")
BUDGETS = (0.01, 0.02, 0.05, 0.1, 0.2)
CAPABILITIES = (
    *("arithmetic", "word_problems", "code", "translation", "factual_recall", "extraction"),
    *("summarising", "classification", "logic", "rewriting", "creative_writing", "list_handling"),
)
POOL = 4000


def made_study(folder: Path, seeds: int = 10, items: int = 779, lost: int = 3, pool=None) -> Path:
    """Write ``results/`` of compressions × selectors × budgets × seeds; the last ``lost`` have no answers.

    Args:
        folder: new.
        seeds: of each of 50 arms.
        items: questions, over twelve capabilities.
        lost: cells that diverged or failed, in turn.
        pool: ids that are chosen from; else made up.
    """
    draw = np.random.default_rng(0)
    place = folder / "results"
    place.mkdir(parents=True)
    config = _config(seeds)
    ids = [f"item-{number:04d}" for number in range(items)]
    capability = [CAPABILITIES[number % len(CAPABILITIES)] for number in range(items)]
    points = list(product(range(seeds), COMPRESSIONS, BUDGETS, SELECTORS))
    cells, answers, chosen, failed = [], [], [], {}
    level = draw.uniform(0.3, 0.7, len(CAPABILITIES))
    models = {"original": 0.35 + 0 * level} | dict.fromkeys(COMPRESSIONS, -0.1 * level)
    for name, gain in models.items():
        answers.append(_answers(f"model/{name}", ids, capability, level + gain, draw))
    for number, (seed, compression, budget, selector) in enumerate(points):
        key = f"{number:016x}"
        state = "done" if number < len(points) - lost else ("diverged", "failed")[number % 2]
        ok = state == "done"
        samples = round(budget * POOL)
        cells.append(
            {
                "key": key, "compression": compression, "selector": selector,
                "budget": f"{100 * budget:g} %", "recovery": "sft", "number": seed,
                "select_seed": seed, "train_seed": seed, "status": state,
                "why": "The loss is no number." if state == "diverged" else None,
                "samples": samples if state != "failed" else None,
                "tokens": int(samples * draw.uniform(35, 45)) if state != "failed" else None,
                "steps": 20 if ok else None, "tokens_trained": samples * 40 if ok else None,
                "train_seconds": float(samples) / 10 if ok else None,
                "cpu_seconds": 5 + samples / 8 if ok else None,
                "seconds": 6 + samples / 7 if ok else None,
                "loss_before": 2.0 if ok else None, "loss_after": 1.0 if ok else None,
                "losses": (2 - np.linspace(0, 1, 20) + draw.normal(0, 0.1, 20)).tolist() if ok else [],
            }
        )  # fmt: skip
        if state == "failed":
            failed[f"cell/{key}"] = "Its process ended without a word."
            continue
        rows = draw.choice(POOL, samples, replace=False)
        chosen.append((key, [f"s{row}" if pool is None else pool[row] for row in rows]))
        if ok:
            gain = 0.1 + 0.02 * SELECTORS.index(selector) + budget
            answers.append(_answers(key, ids, capability, level + gain, draw))
    _write(place, cells, answers, chosen, level, draw)
    figures = {
        name: {"demo": _figures(items, ids, capability, answers[at])}
        for at, name in enumerate(models)
    }
    study = {
        "kind": "study-results", "version": "0", "config": config, "bound": {},
        "expected": [], "failed": failed, "models": figures,
    }  # fmt: skip
    (place / "study.json").write_text(json.dumps(study))
    return folder


def _config(seeds: int) -> dict:
    return {
        "title": "Made", "original": "original", "run": {}, "tasks": ["demo"],
        "compressions": {name: {} for name in COMPRESSIONS},
        "selectors": {name: {} for name in SELECTORS},
        "budgets": list(BUDGETS), "recoveries": {"sft": {}},
        "seeds": {"select": list(range(seeds)), "train": list(range(seeds)), "evaluate": [0] * seeds},
    }  # fmt: skip


def _answers(key, ids, capability, level, draw) -> dict:
    chances = np.array([level[CAPABILITIES.index(name)] for name in capability])
    scores = (draw.random(len(ids)) < chances).astype(np.float32)
    said = [f"answer {n}" for n in draw.integers(0, 50, len(ids))]
    return {"key": key, "scores": scores, "answers": said, "ids": ids, "capability": capability}


def _figures(items, ids, capability, answers) -> dict:
    names = {}
    for name in CAPABILITIES:
        known = answers["scores"][np.array(capability) == name]
        names[name] = {"n": len(known), "score": float(known.mean()), "chance": 0.05}
    return {"task": "demo", "n": items, "score": 0.9, "chance": 0.05, "capabilities": names}


def _write(place, cells, answers, chosen, level, draw) -> None:
    pq.write_table(pa.Table.from_pylist(cells), place / "cells.parquet")
    columns = {
        "key": [one["key"] for one in answers for _ in one["ids"]],
        "task": ["demo"] * sum(len(one["ids"]) for one in answers),
        "id": [i for one in answers for i in one["ids"]],
        "capability": [i for one in answers for i in one["capability"]],
        "score": pa.array(np.concatenate([one["scores"] for one in answers]), pa.float32()),
        "bits_per_byte": pa.array(draw.random(sum(len(o["ids"]) for o in answers)), pa.float32()),
        "answer": [i for one in answers for i in one["answers"]],
    }
    table = pa.table(columns)
    for name in ("key", "task", "id", "capability", "answer"):
        at = table.column_names.index(name)
        table = table.set_column(at, name, table[name].dictionary_encode())
    pq.write_table(table, place / "items.parquet")
    keys, lists = zip(*chosen, strict=True)
    pq.write_table(
        pa.table({"key": list(keys), "ids": pa.array(list(lists), pa.list_(pa.string()))}),
        place / "selections.parquet",
    )
    damage = [
        {"compression": c, "capability": name, "signal": signal, "aggregate": aggregate,
         "damage": float(0.5 - level[k] / 2 + draw.normal(0, 0.02)), "samples": 300}
        for c in COMPRESSIONS for k, name in enumerate(CAPABILITIES)
        for signal in ("jsd", "kl") for aggregate in ("mean", "max")
    ]  # fmt: skip
    pq.write_table(pa.Table.from_pylist(damage), place / "damage.parquet")


if __name__ == "__main__":
    made_study(Path(sys.argv[1]))
