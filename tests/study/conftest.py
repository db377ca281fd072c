from __future__ import annotations

import sys
from pathlib import Path

import pytest
from tiny_study import write_study

from paser_core.study.schedule import run_study
from paser_core.study.settings import StudyConfig

# Studies whose truth is known, which the benchmark draws, too. Last: nothing there may hide a name of ours.
sys.path.append(str(Path(__file__).resolve().parents[2] / "benchmarks"))


@pytest.fixture(scope="session")
def done(tmp_path_factory):
    """A finished tiny study: its folder and its config."""
    folder = tmp_path_factory.mktemp("study")
    tree = write_study(
        folder / "data",
        compressions={
            "given": {"model": str(folder / "data" / "compressed")},
            "cut": {"method": "magnitude", "sparsity": 0.5},
        },
        selectors=["paser", "random", "full", "random-matched"],
        budgets=[0.5, {"tokens": 0.4}],
        grid=[
            {"compressions": ["given"]},
            {"compressions": ["cut"], "selectors": ["paser"], "budgets": [0.5]},
        ],
    )
    config = StudyConfig.of_tree(tree)
    run_study(config, folder / "out", jobs=2)
    return folder / "out", config
