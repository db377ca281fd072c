"""The audit of the clusters as the page has it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from dashboard.runs import audit, selections
from paser_core.config import SelectionConfig
from paser_core.runs import Run
from paser_core.selection import Setting

DEMO = Path(__file__).parents[2] / "data" / "demo" / "run"


@pytest.fixture(scope="module")
def run():
    return Run.open(DEMO)


def test_the_table_has_every_cluster_once_and_adds_up(run):
    setting = Setting(500, 1.0)
    selection = selections.select(run, setting)
    frame = audit.cluster_frame(run, audit.standing(run, SelectionConfig()), run.names, selection)
    assert sorted(frame["name"]) == sorted(run.names)
    assert frame["share"].sum() == pytest.approx(100)
    assert frame["selected"].sum() == selection.n_selected
    assert frame["rejected"].sum() == selection.n_rejected
    assert (np.diff(frame["cds"]) <= 0).all()


def test_an_interval_that_is_not_known_is_a_dash():
    assert audit.interval(np.nan, np.nan) == "–"
    assert audit.interval(0.1, 0.25) == "0.100–0.250"


def test_a_run_that_is_opened_anew_is_the_same_to_the_caches(run):
    again = Run.open(DEMO)
    assert audit.standing(again, SelectionConfig()) is audit.standing(run, SelectionConfig())
    assert audit.standing(run, SelectionConfig(temperature=2.0)) is not audit.standing(
        run, SelectionConfig()
    )
