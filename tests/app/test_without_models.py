"""A run without models: the selectors that do without, on every page, and what the others wait for."""

from __future__ import annotations

import shutil

import numpy as np
import pytest
from app_page import box_of, lines_of, open_at

from dashboard.state import session
from paser_core.errors import SelectionError
from paser_core.registry import SELECTORS
from paser_core.runs import Run
from paser_core.selection import Setting, selector_of
from paser_core.selection.of_run import select_from_run

PAGES = ("overview", "map", "clusters", "concepts", "budget", "ledger", "compare", "export")
BUDGET = 4


@pytest.fixture
def plain(without_models, tmp_path):
    """A copy, which people may decide on."""
    ignore = shutil.ignore_patterns("review.sqlite*")
    return shutil.copytree(without_models, tmp_path / "plain", ignore=ignore)


def said(app) -> str:
    boxes = (app.info, app.caption, app.text, app.warning)
    return " ".join(str(element.value) for box in boxes for element in box).replace("\\", "")


def works(run, name) -> bool:
    """Whether it selects, tried out."""
    try:
        select_from_run(run, Setting(BUDGET, selector=name))
    except SelectionError:
        return False
    return True


def test_what_works_is_offered_and_nothing_else(monkeypatch, plain):
    app = open_at("overview", monkeypatch, plain)
    assert not app.exception
    box = box_of(app, session.KEY_SELECTOR)
    assert box.value is None  # what nobody asked for is no answer
    run = Run.open(plain)
    working = {name for name in SELECTORS if works(run, name)}
    assert {"random", "full", "k-center"} <= working
    assert {option.split(": ")[1] for option in box.options} == working
    waiting = [selector_of(name) for name in SELECTORS if name not in working]
    damage = sum(rule.damage for rule in waiting)
    assert f"{damage} others rank by measured damage" in said(app)
    assert f"{len(waiting) - damage} by scores" in said(app)


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("name", ["proportional", "facility-location"])
def test_every_page_shows_the_selection_and_no_damage(monkeypatch, plain, page, name):
    app = open_at(page, monkeypatch, plain, selector=name, budget=BUDGET)
    assert not app.exception
    assert not app.error
    assert box_of(app, session.KEY_SELECTOR).value == name
    assert not [slider for slider in app.slider if slider.key == session.KEY_TEMPERATURE]
    assert "address asks" not in said(app)
    for frame in app.dataframe:
        assert not {"divergence", "ies", "cds"} & set(frame.value.columns)


def test_the_numbers_are_those_of_the_core(monkeypatch, plain):
    run = Run.open(plain)
    expected = select_from_run(run, Setting(BUDGET, selector="longest"))
    app = open_at("budget", monkeypatch, plain, selector="longest", budget=BUDGET)
    shown = {metric.label: metric.value for metric in app.metric}
    assert (shown["Selected"], shown["Acceptance rate"]) == (str(expected.n_selected), "–")
    lines = lines_of(app, "Clusters")
    assert [int(line[2]) for line in lines] == expected.accepted.tolist()
    app = open_at("ledger", monkeypatch, plain, selector="longest", budget=BUDGET)
    status = app.dataframe[0].value.set_index("id")["status"]
    assert {run.ids[row] for row in expected.rows} == set(status.index[status == "Selected"])


def test_a_sample_has_its_rank_and_can_be_forced_in(monkeypatch, plain):
    run = Run.open(plain)
    expected = select_from_run(run, Setting(BUDGET, selector="longest"))
    out = str(run.ids[int(np.flatnonzero(expected.rank == 0)[0])])
    address = {"selector": "longest", "budget": BUDGET, "sample": out}
    app = open_at("ledger", monkeypatch, plain, **address)
    scores = dict(lines_of(app, "Scores of the sample"))
    assert "IES" not in scores
    assert "Damage" not in scores
    assert scores["Rank"] == f"{expected.ranking.rank[run.row_of[out]]}"
    assert "what-if" not in [
        button.key for button in app.button
    ]  # no temperature, nothing blocks it
    app.text_input(key="reviewer-name").set_value("Ann").run()
    reason = next(t for t in app.text_input if str(t.key).startswith("reason-"))
    reason.set_value("a must")
    app.button(key="force-in").click().run()
    assert not app.exception
    assert not app.error
    shown = {metric.label: metric.value for metric in app.metric}
    assert (shown["Selected"], shown["Forced in"]) == (str(BUDGET - 1), "1")


def test_the_address_asks_for_a_selector_that_waits_for_models(monkeypatch, plain):
    for name, what in (("paser", "measured damage"), ("ifd", "scores that a model gives")):
        app = open_at("budget", monkeypatch, plain, selector=name)
        assert not app.exception
        assert f"{name} ranks by {what}, and this run has no models" in said(app)
        assert box_of(app, session.KEY_SELECTOR).value is None


def test_the_export_is_that_of_the_shell(monkeypatch, plain):
    app = open_at("export", monkeypatch, plain, selector="random", budget=BUDGET)
    next(b for b in app.button if b.label == "Build export").click().run()
    assert not app.exception
    assert not app.error
    assert app.success
    assert "recover-start" not in [button.key for button in app.button]


def test_one_selection_can_be_compared_with_another(at_compare, plain):
    app = at_compare(plain)
    box_of(app, session.KEY_SELECTOR).set_value("longest").run()
    app.slider(key=session.KEY_BUDGET).set_value(BUDGET).run()
    assert not app.exception
    assert not app.error
    run = Run.open(plain)
    a, b = (
        set(select_from_run(run, Setting(BUDGET, selector=name, seed=0)).rows.tolist())
        for name in ("longest", "random")
    )
    shown = {metric.label: metric.value for metric in app.metric}
    assert shown["In both"] == str(len(a & b))
    assert shown["Only in A"] == str(len(a - b))
