"""Every page, run in-process on the bundled demo and on a run without models."""

from __future__ import annotations

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from paser_core.runs import Run
from paser_core.selection import Setting
from paser_core.selection.of_run import select_from_run

ROOT = Path(__file__).parents[2]
DEMO = ROOT / "data" / "demo" / "run"
PAGES = ("pages/overview.py", "pages/map.py", "pages/budget.py", "pages/export.py")


@pytest.fixture
def app(monkeypatch):
    monkeypatch.chdir(ROOT)
    monkeypatch.setenv("PASER_RUNS", str(DEMO))
    return AppTest.from_file(str(ROOT / "streamlit_app.py"), default_timeout=60).run()


@pytest.mark.parametrize("page", PAGES)
def test_page_opens_without_error(app, page):
    app.switch_page(page).run()
    assert not app.exception
    assert not app.error
    assert app.title


def test_the_budget_page_shows_what_the_core_answers(app):
    app.switch_page("pages/budget.py").run()
    app.slider(key="budget").set_value(500).run()
    app.slider(key="temperature").set_value(2.0).run()
    expected = select_from_run(Run.open(DEMO), Setting(500, 2.0))
    shown = {metric.label: metric.value for metric in app.metric}
    assert shown["Selected"] == f"{expected.n_selected:,}"
    assert shown["Rejected"] == f"{expected.n_rejected:,}"


def test_a_knob_is_left_alone_while_somebody_moves_it(app):
    """A value that the app sets wins in the browser over a key that was pressed meanwhile."""
    app.switch_page("pages/budget.py").run()
    app.slider(key="budget").set_value(500).run()
    assert app.number_input(key="budget-count").proto.set_value  # it follows the slider
    for knob in (app.slider(key="budget"), app.slider(key="temperature")):
        assert not knob.proto.set_value
    app.number_input(key="budget-count").set_value(600).run()
    assert app.slider(key="budget").value == 600
    assert app.slider(key="budget").proto.set_value
    app.slider(key="temperature").set_value(2.0).run()
    assert not app.slider(key="budget").proto.set_value
    assert not app.number_input(key="budget-count").proto.set_value


def test_a_folder_without_a_run_is_one_sentence(monkeypatch, tmp_path):
    monkeypatch.chdir(ROOT)
    monkeypatch.setenv("PASER_RUNS", str(tmp_path))
    app = AppTest.from_file(str(ROOT / "streamlit_app.py"), default_timeout=60).run()
    assert not app.exception
    assert len(app.error) == 1
    assert "there is no run here" in app.error[0].value
