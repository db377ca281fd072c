from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
import torch
from tiny_run import loaders

from paser_core.config import parse_config
from paser_core.measure import run_pipeline
from paser_core.runs import Run

torch.set_num_threads(1)

ROOT = Path(__file__).parents[2]
DEMO = ROOT / "data" / "demo"
ROWS = 50


@pytest.fixture(scope="session")
def fifty(tmp_path_factory):
    """A finished run of the demo's models on 50 rows of its pool. Nobody writes into it."""
    folder = tmp_path_factory.mktemp("fifty")
    chance = np.random.default_rng(5)
    lines = (DEMO / "pool.jsonl").read_text(encoding="utf-8").splitlines()
    taken = np.sort(chance.choice(len(lines), ROWS, replace=False))
    (folder / "pool.jsonl").write_text("\n".join(lines[i] for i in taken) + "\n", encoding="utf-8")
    np.save(folder / "vectors.npy", np.load(DEMO / "run" / "embeddings.npy")[taken])
    demo = json.loads((DEMO / "run" / "manifest.json").read_text())["config"]
    config = parse_config(
        {
            "data": {"path": str(folder / "pool.jsonl")},
            "embedding": {"precomputed": str(folder / "vectors.npy")},
            "manifold": {"n_neighbors": 5, "n_components": 3},
            "clustering": {"n_clusters": 3, "stability": 0},
            "models": demo["models"]
            | {role: str(DEMO / "models" / role) for role in ("original", "compressed")},
            "divergence": {"nodes": 9, "batch_tokens": 512},
        }
    )
    with pytest.MonkeyPatch.context() as patch:  # the map has no part in scores, and takes longest
        patch.setattr("paser_core.measure.stages.layout_map", lambda c, *_: (c[:, :2], c[:, :3]))
        return run_pipeline(config, folder / "run", loaders(config)).path


@pytest.fixture
def run(fifty, tmp_path):
    """A copy of it, to be written beside."""
    return Run.open(Path(shutil.copytree(fifty, tmp_path / "run")))


@pytest.fixture(autouse=True)
def one_thread():
    """Sums depend on the number of threads in their last bits, and another test may have left another."""
    torch.set_num_threads(1)
