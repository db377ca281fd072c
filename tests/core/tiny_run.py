"""A data set, vectors and a model pair so small that a whole run takes a second.

Everything is real: the models are Llamas with random weights, saved and loaded as any other. With
fewer than ten rows the map needs no UMAP, which is most of what a run of this size would take.
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
from tiny_models import byte_tokenizer, tiny_llama

from paser_core.config import RunConfig, parse_config
from paser_core.measure import Loaders

TOPICS = {
    "arithmetic": ("Add {a} and {b}.", "The sum of {a} and {b} is {c}."),
    "translation": ("Say the number {a} in French words.", "Le nombre {a} suit {b}, pas {c}."),
    "geography": (
        "Name a river near city {a}.",
        "The river {b} flows past city {a} for {c} miles.",
    ),
}
CONFIG = {
    "embedding": {"precomputed": "vectors.npy"},
    "manifold": {"n_neighbors": 4, "n_components": 3},
    "clustering": {"k_min": 2, "k_max": 3},
    "divergence": {"nodes": 9, "batch_tokens": 64},
}


def write_workspace(folder: Path, n: int, *, models: bool = True) -> RunConfig:
    """``pool.jsonl``, ``vectors.npy`` and two checkpoints in ``folder``; the config of a run."""
    rng = np.random.default_rng(7)
    centers = np.eye(len(TOPICS), 12)
    rows, vectors = [], []
    for i in range(n):
        topic = i % len(TOPICS)
        name, (question, answer) = list(TOPICS.items())[topic]
        numbers = {"a": 10 + i, "b": 3 * i + 1, "c": 4 * i + 11}
        rows.append(
            {
                "id": f"s{i:03d}",
                "instruction": question.format(**numbers),
                "output": answer.format(**numbers),
                "topic": name,
                "cluster": i,  # a user's column with a name of ours
            }
        )
        vectors.append(centers[topic] + 0.15 * rng.normal(size=12))
    text = "".join(json.dumps(row) + "\n" for row in rows)
    (folder / "pool.jsonl").write_text(text, encoding="utf-8")
    np.save(folder / "vectors.npy", np.array(vectors, np.float32))
    tree: dict[str, object] = {
        **CONFIG,
        "data": {"path": str(folder / "pool.jsonl")},
        "embedding": {"precomputed": str(folder / "vectors.npy")},
    }
    if models:
        write_pair(folder)
        tree["models"] = model_section(folder)
    return parse_config(tree)


def write_pair(folder: Path) -> None:
    tokenizer = byte_tokenizer()
    for seed, role in enumerate(("original", "compressed")):
        tiny_llama(seed, len(tokenizer)).save_pretrained(folder / role)
        tokenizer.save_pretrained(folder / role)


def model_section(folder: Path) -> dict[str, str]:
    return {role: str(folder / role) for role in ("original", "compressed")}


def loaders(config: RunConfig) -> Loaders:
    """The loaders of the command line."""
    from paser_core.measure.loading import loaders as of_command_line

    return of_command_line(config)


def contents(run: Path) -> dict[str, bytes]:
    """Everything that must be equal between equal runs."""
    volatile = ("manifest.json", "events.jsonl", ".lock")
    return {p.name: p.read_bytes() for p in sorted(run.iterdir()) if p.name not in volatile}


# Columns that are computed from divergences, by the file that has them.
_OF_DIVERGENCE = {
    "samples.parquet": ("divergence",),
    "clusters.parquet": ("cds", "cds_low", "cds_high"),
}


def assert_same_run(ours: Path, theirs: Path) -> None:
    """Equal fingerprints, and contents that are equal up to the last bits of a sum.

    A BLAS may sum in another order the second time (threads, vector width, alignment), so
    divergences, and what is computed from them, are equal up to float32 rounding; all else is equal byte
    by byte.
    """
    a, b = contents(ours), contents(theirs)
    assert a.keys() == b.keys()
    prints = [
        json.loads((run / "manifest.json").read_text())["fingerprint"] for run in (ours, theirs)
    ]
    assert prints[0] == prints[1]
    floats = {"divergence.npy", "tokens.parquet", "signals.parquet", *_OF_DIVERGENCE}
    different = [name for name in a if name not in floats and a[name] != b[name]]
    assert not different, different
    for name, rounded in _OF_DIVERGENCE.items():
        left, right = (pd.read_parquet(run / name) for run in (ours, theirs))
        exact = [column for column in left if column not in rounded]
        pd.testing.assert_frame_equal(left[exact], right[exact])
        there = [column for column in rounded if column in left]
        np.testing.assert_allclose(
            left[there].to_numpy(float), right[there].to_numpy(float), atol=2e-6
        )
    if "divergence.npy" not in a:
        return
    np.testing.assert_allclose(
        np.load(ours / "divergence.npy"), np.load(theirs / "divergence.npy"), atol=2e-6
    )
    left, right = (pd.read_parquet(run / "tokens.parquet") for run in (ours, theirs))
    exact = [column for column in left if column != "divergence"]
    pd.testing.assert_frame_equal(left[exact], right[exact])
    np.testing.assert_allclose(
        np.concatenate(left["divergence"]), np.concatenate(right["divergence"]), atol=2e-6
    )
    left, right = (pd.read_parquet(run / "signals.parquet") for run in (ours, theirs))
    assert list(left) == list(right)
    np.testing.assert_allclose(left, right, rtol=2e-5, atol=2e-5)
