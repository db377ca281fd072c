"""The filters: one for all pages that list samples, in the address, said at the top."""

from __future__ import annotations

import os

import numpy as np
import pytest
from app_page import DEMO, box_of, chips, chosen_label, open_at, pills_of

from dashboard.state import address, choices, focus
from paser_core.explain.graph import ConceptGraph, worst
from paser_core.runs import Run
from paser_core.selection import Setting, Status
from paser_core.selection.of_run import select_from_run

RUN = Run.open(DEMO)
SELECTION = select_from_run(RUN, Setting.of(RUN))
CAPABILITY = RUN.columns("capability")["capability"].to_numpy()


def listed(app) -> int:
    (text,) = [m.value for m in app.markdown if "listed here" in m.value]
    return int(text.split("**")[1].split(" ")[0].replace(",", ""))


def test_a_filter_of_the_address_narrows_the_map_and_the_ledger_alike(monkeypatch):
    kind = CAPABILITY[0]
    expected = (
        (kind == CAPABILITY)
        & (RUN.tokens >= 20)
        & (RUN.tokens <= 60)
        & (SELECTION.status == Status.SELECTED.code)
    )
    app = open_at(
        "map",
        monkeypatch,
        DEMO,
        value=f"capability:{kind}",
        tokens="20..60",
        status="selected",
    )
    assert listed(app) == expected.sum() > 0
    assert set(chips(app)) == {"release-values", "release-tokens", "release-status"}
    assert chips(app)["release-tokens"] == "Tokens: 20 to 60"
    app.switch_page("pages/ledger.py").run()
    assert listed(app) == expected.sum()
    app.button(key="release-tokens").click().run()
    assert listed(app) == ((kind == CAPABILITY) & (SELECTION.status == Status.SELECTED.code)).sum()
    assert "tokens" not in app.query_params
    app.button(key="release-all").click().run()
    assert not chips(app)
    assert "value" not in app.query_params
    assert not app.exception


@pytest.mark.parametrize("given", ["60..20", "many", "1..nan", "..", "1.2.3..4"])
def test_a_range_that_is_none_is_told_and_narrows_nothing(monkeypatch, given):
    app = open_at("ledger", monkeypatch, DEMO, tokens=given)
    (said,) = [info.value for info in app.info if "The address asks" in info.value]
    assert "two numbers, the lower one first" in said
    assert not chips(app)


def test_a_value_that_no_column_has_is_told(monkeypatch):
    app = open_at("ledger", monkeypatch, DEMO, value="capability:flying")
    (said,) = [info.value for info in app.info if "The address asks" in info.value]
    assert "capability:flying" in said.replace("\\", "")


def test_counts_beside_a_status_follow_the_other_filters(monkeypatch):
    app = open_at("ledger", monkeypatch, DEMO, clusters="2")
    shown = dict(label.rsplit(" ", 1) for label in pills_of(app, "status").options)
    inside = RUN.labels == 2
    assert shown["Selected"] == f"{int((SELECTION.status[inside] == Status.SELECTED.code).sum()):,}"
    app = open_at("ledger", monkeypatch, DEMO, clusters="2", status="selected")
    assert dict(label.rsplit(" ", 1) for label in pills_of(app, "status").options) == shown


def test_next_and_previous_walk_the_list_over_its_pages(monkeypatch):
    app = open_at("ledger", monkeypatch, DEMO, status="selected")
    rows = np.flatnonzero(SELECTION.status == Status.SELECTED.code)
    page = app.dataframe[0].value["id"].tolist()
    last, following = page[-1], RUN.ids[rows[len(page)]]
    app = open_at("ledger", monkeypatch, DEMO, status="selected", sample=last)
    assert any(c.value.startswith(f"{len(page)} of {len(rows):,} in the list") for c in app.caption)
    app.button(key="sample-next").click().run()
    assert app.session_state["_sample"] == following
    assert app.dataframe[0].value["id"].tolist()[0] == following, "the list turns its page"
    app.button(key="sample-previous").click().run()
    assert app.session_state["_sample"] == last
    app.button(key="close-sample").click().run()
    assert app.session_state["_sample"] is None
    first = open_at("ledger", monkeypatch, DEMO, status="selected", sample=page[0])
    assert first.button(key="sample-previous").disabled
    assert not first.button(key="sample-next").disabled


def test_a_copied_address_lists_the_ends_of_a_range(monkeypatch):
    """The least and the most damaged sample: six digits of their damage would leave them out."""
    damage = SELECTION.ranking.candidates.divergence
    low, high = float(np.nanmin(damage)), float(np.nanmax(damage))
    app = open_at("ledger", monkeypatch, DEMO, damage=f"{low!r}..{high!r}")
    assert listed(app) == np.isfinite(damage).sum()
    copied = str(app.query_params["damage"])
    assert listed(open_at("ledger", monkeypatch, DEMO, damage=copied)) == listed(app)


def test_back_returns_to_the_filter_of_its_address_and_it_stays(monkeypatch):
    app = open_at("ledger", monkeypatch, DEMO, status="selected", clusters="2")
    app.query_params["status"] = "conflict"
    with monkeypatch.context() as history:
        for module in (address, choices, focus):
            history.setattr(module, "went_through_history", lambda: True)
        app.run()
    expected = ((RUN.labels == 2) & (SELECTION.status == Status.CONFLICT.code)).sum()
    assert listed(app) == expected > 0
    assert pills_of(app, "status").value == [Status.CONFLICT]
    assert listed(app.run()) == expected
    assert app.query_params["status"] == "conflict"


def test_a_range_says_at_which_temperature_and_by_which_signal(monkeypatch):
    """The same two ends are of other samples there."""
    app = open_at("ledger", monkeypatch, DEMO, damage="0.1..0.2", ies="0..1", temperature="2.0")
    assert chips(app)["release-damage"] == "Divergence at temperature 2.00: 0.1 to 0.2"
    assert chips(app)["release-ies"].startswith("IES at temperature 2.00: ")
    app = open_at("ledger", monkeypatch, DEMO, damage="0.1..0.2", ies="0..1", signal="kl")
    assert chips(app)["release-damage"].startswith("Mean KL")
    assert chips(app)["release-ies"].startswith("IES by mean KL")


def test_a_value_that_another_run_does_not_have_is_let_go_with_a_word(monkeypatch, without_models):
    runs = f"{DEMO}{os.pathsep}{without_models}"
    kind = CAPABILITY[0]
    app = open_at("map", monkeypatch, runs, value=f"capability:{kind}", run="run")
    assert "release-values" in chips(app)
    box = box_of(app, "run")
    (other,) = [option for option in box.options if option != chosen_label(app, "run")]
    box.select(other).run()
    assert not app.exception
    assert "release-values" not in chips(app)
    said = [info.value.replace("\\", "") for info in app.info]
    assert any(f"capability:{kind}" in text and "this run's own columns" in text for text in said)


def test_the_filters_narrow_the_samples_of_a_cluster_but_not_by_cluster(monkeypatch):
    app = open_at(
        "clusters", monkeypatch, DEMO, cluster="3", clusters="2", tokens="20..60", status="selected"
    )
    assert not chips(app), "nothing is listed yet"
    app.session_state["cluster-belonging"] = "Its samples"
    app.run()
    inside = RUN.labels == 3
    expected = (
        inside
        & (RUN.tokens >= 20)
        & (RUN.tokens <= 60)
        & (SELECTION.status == Status.SELECTED.code)
    )
    assert listed(app) == expected.sum() > 0
    assert set(chips(app)) == {"release-tokens", "release-status"}
    app.button(key="release-all").click().run()
    assert app.dataframe[-1].value["id"].tolist() == [
        RUN.ids[i] for i in np.flatnonzero(inside)[:100]
    ]


def test_the_filters_narrow_the_samples_of_a_concept(monkeypatch):
    graph = ConceptGraph.of(SELECTION)
    concept = worst(graph, 1).concepts[0]
    rows = graph.samples_with(concept.number)
    cluster = int(RUN.labels[rows[0]])
    app = open_at("concepts", monkeypatch, DEMO, concept=concept.name, clusters=str(cluster))
    expected = rows[RUN.labels[rows] == cluster]
    assert listed(app) == len(expected) < len(rows) or len(expected) == len(rows)
    assert set(chips(app)) == {"release-clusters"}
    # Other clusters are counted among the samples of the concept, not among all.
    app.session_state["filters"] = True
    app.run()
    (box,) = [b for b in app.multiselect if str(b.key).split("~")[0] == "clusters"]
    counts = [int(label.rsplit("(", 1)[1].rstrip(")").replace(",", "")) for label in box.options]
    assert counts == np.bincount(RUN.labels[rows], minlength=RUN.n_clusters).tolist()
    assert not app.exception


def test_what_enters_against_the_pin_is_narrowed(monkeypatch):
    app = open_at("budget", monkeypatch, DEMO)
    app.button(key="pin").click().run()
    app.session_state["budget"] = SELECTION.budget + 200
    app.run()
    larger = select_from_run(RUN, Setting.of(RUN).changed(budget=SELECTION.budget + 200))
    entered = np.setdiff1d(larger.rows, SELECTION.rows)
    cluster = int(np.bincount(RUN.labels[entered]).argmax())
    app.session_state[choices.choice_key("clusters")] = [cluster]
    app.run()
    assert listed(app) == (RUN.labels[entered] == cluster).sum() > 0
    app.session_state[choices.choice_key("values")] = []
    app.text_input(key="q").set_value("no sample says this at all xyzzy").run()
    assert any("No sample passes" in info.value for info in app.info)
    assert not app.exception
