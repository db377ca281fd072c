from __future__ import annotations

import sys
from pathlib import Path

import pytest
from made_results import made_study
from tiny_study import write_study

from paser_core.study.results import Results
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
    run_study(config, folder / "out", jobs=1)  # each process takes seconds to start
    return folder / "out", config


@pytest.fixture(scope="session")
def made(tmp_path_factory):
    """Results that nobody has computed: fifty arms of two seeds; the last three cells have no answers.
    Read only."""
    return Results.open(made_study(tmp_path_factory.mktemp("made") / "study", seeds=2, items=240))
