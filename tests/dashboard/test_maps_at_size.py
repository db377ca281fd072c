"""A map of more points than are drawn, made from the demo with a lower limit."""

from __future__ import annotations

import numpy as np
import pytest
import streamlit as st

from dashboard.components import drawn
from dashboard.components.scatter_points import Overlay
from dashboard.runs import maps
from dashboard.serving import DEMO
from paser_core.config import SelectionConfig
from paser_core.runs import Run


@pytest.fixture
def shown(monkeypatch):
    monkeypatch.setattr(drawn, "MOST", 1_000)
    _forget()
    run = Run.open(DEMO)
    names = tuple(run.names)
    color = maps.Coloring.CLUSTER
    yield run, maps.map_data(run, color, maps.Space.FLAT, SelectionConfig(), names, None)
    _forget()


def _forget():
    """What was made under another limit."""
    drawn.drawn_of.cache_clear()
    st.cache_resource.clear()


def test_a_sample_is_drawn_and_every_point_is_there_to_be_counted(shown):
    run, data = shown
    n = int((run.labels >= 0).sum())
    assert len(data.points.positions) == n
    assert len(data.points.drawn.rows) == 1_000
    assert sum(entry.count for entry in data.points.legend) == n
    assert data.points.label.endswith(" 1,000 of them are drawn, all are counted.")
    counted = Overlay(bright=run.labels[data.rows] == 0).counted(data.points)
    assert counted is not None
    assert counted["standing"][0] == int((run.labels == 0).sum())


def test_the_text_of_a_point_is_that_of_its_sample(shown):
    run, data = shown
    for point in (0, 7, len(data.rows) - 1):
        instruction = run.samples["instruction"].iloc[data.rows[point]]
        assert data.points.hover(point) == maps.labels.excerpt(instruction, 110)
    assert np.all(np.diff(data.rows) > 0)
