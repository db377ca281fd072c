"""The Budget page looks for the budget of a goal: what it says is what the core says."""

from __future__ import annotations

import pytest
from app_page import DEMO, open_at

from dashboard.state import session
from paser_core.config import GoalConfig
from paser_core.runs import Run
from paser_core.selection import Setting
from paser_core.selection.goals import find_budget
from paser_core.selection.of_run import select_from_run


def expected(**goal):
    run = Run.open(DEMO)
    ranking = select_from_run(run, Setting.of(run)).ranking
    return find_budget(ranking, GoalConfig(**goal), run.names)


def said(app):
    return [text.value.replace("\N{NO-BREAK SPACE}", " ") for text in app.text]


def test_the_smallest_budget_is_one_click_away(monkeypatch):
    app = open_at("budget", monkeypatch, DEMO)
    found = expected(covered=0.7)
    assert found.reason in said(app)
    button = app.button(key="goal-take")
    assert f"{found.budget:,}" in button.label
    button.click().run()
    assert not app.exception
    assert app.slider(key=session.KEY_BUDGET).value == found.budget
    assert app.button(key="goal-take").disabled


@pytest.mark.parametrize("goal", [{"tokens": 100_000}, {"marginal": 0.05}, {"balance": 0.5}])
def test_every_goal_can_be_asked_for(goal, monkeypatch):
    app = open_at("budget", monkeypatch, DEMO)
    (name,) = goal
    app.selectbox(key="goal-kind").set_value(name).run()
    assert expected(**goal).reason in said(app)


def test_a_goal_out_of_reach_says_how_far_one_gets(monkeypatch):
    app = open_at("budget", monkeypatch, DEMO)
    app.number_input(key="goal-covered").set_value(0.95).run()
    assert expected(covered=0.95).reason in said(app)
    assert any("No budget reaches it" in text.value for text in app.markdown)
    assert "goal-take" not in [button.key for button in app.button]
