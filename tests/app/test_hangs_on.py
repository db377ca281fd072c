"""What the selection hangs on, on the Budget page: nothing before it is opened, then the core's figures."""

from __future__ import annotations

import shutil
import time

import pytest
from app_page import DEMO, lines_of, open_at

from paser_core.compare import Axis, over_damage
from paser_core.review import Kind, Review, Wanted
from paser_core.runs import Run
from paser_core.selection import Setting
from paser_core.selection.of_run import select_from_run

ALT = "What the selection hangs on, as a whole and by cluster"


@pytest.fixture(scope="module")
def run():
    return Run.open(DEMO)


def figures(app) -> bool:
    return any("hangs-on-figure" in chart.proto.id for chart in app.get("plotly_chart"))


def told(ends) -> str:
    low, high = (f"{100 * ends[i]:.0f}" for i in (0, 2))
    return f"{low if low == high else f'{low}–{high}'} %"


def test_temperature_and_signal_are_those_of_the_core(monkeypatch, run):
    app = open_at("budget", monkeypatch, DEMO, budget="400")
    assert not figures(app)
    app.session_state["hangs-on"] = True
    app.run()
    assert not app.exception
    assert not app.error
    assert figures(app)
    setting = Setting.of(run, budget=400)
    own = select_from_run(run, setting)
    spreads = [over_damage(run, own, setting, axis) for axis in (Axis.TEMPERATURE, Axis.SIGNAL)]
    first, *clusters = lines_of(app, ALT)
    assert first[2:] == [told(spread.kept) for spread in spreads]
    assert len(clusters) == run.n_clusters
    top = int(own.ranking.cds.argmax())
    assert clusters[0][0] == run.names[top]
    assert clusters[0][1].startswith("rank 1, ")
    low, _, high = spreads[0].ranks(top)
    assert clusters[0][2].startswith(f"rank {low:.0f}" + (f"–{high:.0f}" if high != low else ""))
    # What takes long is not started by looking.
    (asked,) = [b for b in app.button if b.key == "measure-clusterings"]
    assert "5 other seeds, 4 other numbers" in asked.label


def test_a_selector_without_damage_says_what_cannot_be_varied(monkeypatch):
    app = open_at("budget", monkeypatch, DEMO, selector="random")
    app.session_state["hangs-on"] = True
    app.run()
    assert not app.exception
    captions = " ".join(caption.value for caption in app.caption)
    assert "Temperature: this selection has none" in captions
    assert "Signal: nothing to vary" in captions


def test_overview_leads_there(monkeypatch):
    app = open_at("overview", monkeypatch, DEMO)
    app.button(key="in-short-hangs-on").click().run()
    assert not app.exception
    assert figures(app)


@pytest.mark.slow
def test_clusterings_are_made_on_demand(monkeypatch, run):
    app = open_at("budget", monkeypatch, DEMO, budget="400")
    app.session_state["hangs-on"] = True
    app.run()
    app.button(key="measure-clusterings").click().run()
    until = time.monotonic() + 240
    while len(lines_of(app, ALT)[0]) < 6 or any(
        "of 9 done" in p.proto.text for p in app.get("progress")
    ):
        assert time.monotonic() < until
        time.sleep(2)
        app.run()
        assert not app.exception
    first = lines_of(app, ALT)[0]
    assert len(first) == 6
    assert all(cell.endswith(" %") for cell in first[2:])


def test_that_another_clustering_knows_nothing_of_corrections_is_said(monkeypatch, tmp_path):
    copy = tmp_path / "run"
    shutil.copytree(DEMO, copy, ignore=shutil.ignore_patterns("review.sqlite*"))
    run = Run.open(copy)
    wanted = Wanted(Kind.MERGE, 1, 0)
    Review.of(run).correct(wanted, author="Ann", reason="one", seen=0, names=run.names)
    for place, said in ((DEMO, 0), (copy, 1)):
        app = open_at("budget", monkeypatch, place)
        app.session_state["hangs-on"] = True
        app.run()
        assert sum("knows nothing of that" in caption.value for caption in app.caption) == said
        assert not app.exception
