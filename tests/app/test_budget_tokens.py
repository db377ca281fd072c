"""A budget typed in tokens: the largest selection that keeps within them."""

from __future__ import annotations

from app_page import DEMO, open_at

from paser_core.runs import Run
from paser_core.selection import Setting
from paser_core.selection.of_run import select_from_run

RUN = Run.open(DEMO)


def tokens_at(budget: int) -> int:
    return int(RUN.tokens[select_from_run(RUN, Setting(budget, 1.0)).rows].sum())


def test_tokens_typed_are_kept_within_and_one_sample_more_would_not(monkeypatch):
    app = open_at("budget", monkeypatch, DEMO)
    now = int(app.slider(key="budget").value)
    assert app.number_input(key="budget-tokens").value == tokens_at(now)
    app.number_input(key="budget-tokens").set_value(9_000).run()
    assert not app.exception
    budget = int(app.slider(key="budget").value)
    assert tokens_at(budget) <= 9_000 < tokens_at(budget + 1)
    assert app.number_input(key="budget-tokens").value == tokens_at(budget)
    assert app.number_input(key="budget-count").value == budget


def test_too_few_tokens_for_one_sample_is_a_sentence_and_changes_nothing(monkeypatch):
    app = open_at("budget", monkeypatch, DEMO)
    before = app.slider(key="budget").value
    app.number_input(key="budget-tokens").set_value(1).run()
    assert not app.exception
    assert app.slider(key="budget").value == before
    assert len(app.error) == 1
    assert "tokens" in app.error[0].value
