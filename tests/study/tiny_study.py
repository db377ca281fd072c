"""A study so small that a cell takes a second: real models with random weights, real verbs."""

from __future__ import annotations

import json
from pathlib import Path

from tiny_run import CONFIG, write_workspace

QUESTIONS = [
    {
        "id": f"q{n}",
        "question": f"Add {n} and 2.",
        "answer": str(n + 2),
        "check": "contains",
        "capability": kind,
    }
    for n, kind in enumerate(["adding", "adding", "naming", "naming", "adding", "naming"])
]


def write_study(folder: Path, n: int = 9, **changes: object) -> dict[str, object]:
    """The pool, two models and the questions of a study in ``folder``; its tree."""
    folder.mkdir(parents=True, exist_ok=True)
    write_workspace(folder, n)
    text = "".join(json.dumps(row) + "\n" for row in QUESTIONS)
    (folder / "questions.jsonl").write_text(text, encoding="utf-8")
    return {
        "original": str(folder / "original"),
        "run": {
            **CONFIG,
            "data": {"path": str(folder / "pool.jsonl")},
            "embedding": {"precomputed": str(folder / "vectors.npy")},
        },
        "compressions": {"given": {"model": str(folder / "compressed")}},
        "selectors": ["paser", "random"],
        "budgets": [0.5],
        "recoveries": {"sft": {"lr": 1e-3, "batch": 4, "epochs": 1}},
        "tasks": [f"jsonl:{folder / 'questions.jsonl'}"],
        "evaluate": {"template": "alpaca", "answer_tokens": 4},
        "seeds": 2,
        **changes,
    }
