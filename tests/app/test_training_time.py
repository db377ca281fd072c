"""The Budget page says how long training takes, and takes a budget in GPU hours: the core's figures."""

from __future__ import annotations

import pytest
from app_page import DEMO, open_at

import paser_core as paser
from dashboard.state import session

TRAINING = {"tokens_per_second": 1500.0, "epochs": 4}


def said(app):
    return [text.value.replace("\N{NO-BREAK SPACE}", " ") for text in app.text]


def open_with(monkeypatch, **known):
    app = open_at("budget", monkeypatch, DEMO)
    for name, value in known.items():
        app.number_input(key=f"training-{name}").set_value(value)
    app.run()
    assert not app.exception
    return app


def test_where_nothing_is_known_nothing_is_guessed(monkeypatch):
    app = open_with(monkeypatch)
    sel = paser.open(DEMO).select()
    assert sel.training_cost() in said(app)
    assert app.number_input(key="budget-hours").value is None
    assert app.number_input(key="budget-hours").disabled
    app.selectbox(key="goal-kind").set_value("gpu_hours").run()
    assert not app.exception
    assert any("cannot be looked for" in text for text in said(app))


def test_the_time_of_the_budget_is_what_python_says(monkeypatch):
    app = open_with(monkeypatch, **TRAINING)
    run = paser.open(DEMO)
    assert run.select().training_cost(**TRAINING) in said(app)
    app.slider(key=session.KEY_BUDGET).set_value(100).run()
    assert run.select(100).training_cost(**TRAINING) in said(app)
    app.selectbox(key="training-adapter").set_value("lora")
    app.number_input(key="training-tokens_per_second").set_value(None)
    app.selectbox(key="training-device").set_value("L4").run()
    assert not app.exception
    known = {"device": "L4", "epochs": 4, "adapter": "lora"}
    assert run.select(100).training_cost(**known) in said(app)


@pytest.mark.parametrize("hours", [0.01, 1000.0])
def test_a_budget_typed_in_hours_is_the_one_python_finds(hours, monkeypatch):
    app = open_with(monkeypatch, **TRAINING)
    box = app.number_input(key="budget-hours")
    asked = min(hours, box.max)
    box.set_value(asked).run()
    assert not app.exception
    found = paser.open(DEMO).budget_for(gpu_hours=asked, training=TRAINING)
    assert app.slider(key=session.KEY_BUDGET).value == found.budget
    assert app.number_input(key="budget-count").value == found.budget


def test_too_few_hours_for_one_sample_are_a_sentence_and_change_nothing(monkeypatch):
    app = open_with(monkeypatch, **TRAINING)
    before = app.slider(key=session.KEY_BUDGET).value
    app.number_input(key="budget-hours").set_value(0.0).run()
    assert not app.exception
    assert app.slider(key=session.KEY_BUDGET).value == before
    assert len(app.error) == 1
    assert "Ask for gpu_hours=" in app.error[0].value.replace("\\", "")


def test_the_goal_is_the_one_python_finds(monkeypatch):
    app = open_with(monkeypatch, **TRAINING)
    app.selectbox(key="goal-kind").set_value("gpu_hours").run()
    app.number_input(key="goal-gpu_hours").set_value(0.03).run()
    assert not app.exception
    found = paser.open(DEMO).budget_for(gpu_hours=0.03, training=TRAINING)
    assert found.reason in said(app)
