"""The selector of the side bar: in the address, on every page, and worded as it is."""

from __future__ import annotations

from urllib.parse import parse_qsl, urlsplit

import numpy as np
import pytest
from app_page import DEMO, box_of, open_at

import paser_core as paser
from dashboard.state import session
from paser_core.registry import SELECTORS
from paser_core.runs import Run
from paser_core.selection import Family, Setting, selector_of
from paser_core.selection.of_run import select_from_run

PAGES = ("overview", "map", "clusters", "concepts", "budget", "ledger", "compare", "export")
UNUSED = "The concept graph is not used by this selector"


@pytest.fixture(scope="module")
def demo():
    return Run.open(DEMO)


def said(app) -> str:
    boxes = (app.info, app.caption, app.markdown, app.text, app.warning)
    return " ".join(str(element.value) for box in boxes for element in box).replace("\\", "")


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("name", ["paser-without-s2ric", "k-center"])
def test_every_page_is_right_under_a_selector_without_seats_or_graph(monkeypatch, page, name):
    app = open_at(page, monkeypatch, DEMO, selector=name, budget=300)
    assert not app.exception
    assert not [error.value for error in app.error]
    assert box_of(app, session.KEY_SELECTOR).value == name
    assert not any("address" in info.value.lower() for info in app.info)


def test_the_numbers_are_those_of_the_selector(monkeypatch, demo):
    app = open_at("ledger", monkeypatch, DEMO, selector="paser-without-ies", budget=300, seed=5)
    assert app.number_input(key=session.KEY_SEED).value == 5
    found = select_from_run(demo, Setting(300, selector="paser-without-ies", seed=5))
    shown = {metric.label: metric.value for metric in app.metric}
    assert shown["Rejected (conflict)"] == f"{found.n_rejected:,}"
    assert shown["Selected"] == "300"
    other = select_from_run(demo, Setting(300, selector="paser-without-ies", seed=6))
    assert not np.array_equal(found.rows, other.rows)


def test_words_say_what_the_selector_does_not_use(monkeypatch):
    app = open_at("concepts", monkeypatch, DEMO, selector="divergence", budget=300)
    assert UNUSED in said(app)
    assert "samples rejected" not in said(app)
    app = open_at("budget", monkeypatch, DEMO, selector="divergence", budget=300)
    assert "gives no seats to clusters" in said(app)
    assert "the work of the concept graph" not in said(app)
    app = open_at("concepts", monkeypatch, DEMO, selector="paser-soft", budget=300)
    assert "conflicts lower a sample's score" in said(app)
    assert UNUSED not in said(app)
    app = open_at("budget", monkeypatch, DEMO, selector="paser-without-s2ric", budget=300)
    assert "clusters of the selector's own" in said(app)
    app = open_at("budget", monkeypatch, DEMO, budget=300)
    assert "a gap is the work of the concept graph" in said(app)
    assert UNUSED not in said(app)


def test_the_list_is_grouped_and_whole(monkeypatch):
    app = open_at("budget", monkeypatch, DEMO)
    options = box_of(app, session.KEY_SELECTOR).options
    assert len(options) == len(SELECTORS)
    assert options[0] == selector_of("paser").label
    families = [o.split(":")[0] for o in options[1:]]
    order = [str(f) for f in Family if f is not Family.PASER]
    assert [f for i, f in enumerate(families) if i == 0 or families[i - 1] != f] == order


def test_show_keeps_the_selector(monkeypatch, capsys):
    sel = paser.open(DEMO).select(budget=200, selector="random", seed=7)
    sel.show()
    parts = urlsplit(capsys.readouterr().out.splitlines()[1])
    app = open_at(parts.path.strip("/"), monkeypatch, DEMO, **dict(parse_qsl(parts.query)))
    assert not app.exception
    assert box_of(app, session.KEY_SELECTOR).value == "random"
    assert app.number_input(key=session.KEY_SEED).value == 7


def test_what_a_selector_needs_is_asked_for_in_a_sentence(monkeypatch):
    app = open_at("budget", monkeypatch, DEMO, selector="spectral-bert", budget=200)
    assert not app.exception
    (error,) = [e.value.replace("\\", "") for e in app.error]
    assert "BERT checkpoint" in error
    assert app.text_input(key=session.KEY_ENCODER).value == ""
    assert box_of(app, session.KEY_SELECTOR).value == "spectral-bert"  # another can be chosen


def test_everything_is_everything(monkeypatch, demo):
    app = open_at("budget", monkeypatch, DEMO, selector="full", budget=300)
    assert not app.exception
    assert "no part in it" in said(app)
    shown = {metric.label: metric.value for metric in app.metric}
    assert shown["Selected"] == f"{int(demo.counts.usable):,}"
    assert (shown["Rejected"], shown["Acceptance rate"]) == ("–", "–")
