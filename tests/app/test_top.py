"""The top of every page: an address that cannot be used is told, and so is what narrows a page."""

from __future__ import annotations

import pytest
from app_page import DEMO, box_of, chips, open_at, pills_of

from dashboard.state import session
from paser_core.runs import Run

RUN = Run.open(DEMO)


def told(app) -> list[str]:
    """What is said about the address."""
    assert not app.exception
    said = [info.value.replace("\\", "") for info in app.info]
    return [line for text in said for line in text.split("  \n") if line.startswith("The address")]


@pytest.mark.parametrize(
    ("page", "parameter", "given", "accepted", "shown"),
    [
        ("budget", "budget", "99999", "from 1 to 4,168", "836"),
        ("budget", "budget", "ten", "from 1 to 4,168", "836"),
        ("overview", "temperature", "9", "from 0.25 to 4", "1"),
        ("overview", "temperature", "nan", "from 0.25 to 4", "1"),
        ("map", "concepts", "-3", "from 0 to 24", ""),
        ("map", "words", "2.5", "from 1 to 5", ""),
        ("map", "frequency", "1e9", "from 0 to 100", ""),
        ("export", "allocation", "best", "sainte-lague, paper", "Sainte-Laguë"),
        ("export", "order", "", "interleaved, clusterwise", "Interleaved"),
        ("map", "color", "Mood", "Cluster, Divergence", "Cluster"),
        ("map", "space", "4-D", "2-D, 3-D", "2-D"),
        ("map", "search", "smell", "keyword, regex, meaning", "Words"),
        ("ledger", "status", "lost", "selected, conflict", "all"),
        ("ledger", "clusters", "77", "0, 1, 2", "all"),
        ("clusters", "cluster", "14", "from 0 to 13", "the first in the list"),
        ("overview", "sample", "no-such", "id of one sample", "no sample"),
        ("concepts", "near", "3", "from 20 to 300", "60"),
        ("concepts", "pair", "alone", "two concepts", "no connection"),
        ("compare", "against", "luck", "paser-coverage, paser-soft", "Random samples"),
        ("compare", "draw", "-1", "from 0 to", "0"),
        ("compare", "side", "neither", "only_a, both, only_b", "Only in A"),
        ("export", "format", "docx", "alpaca, messages", "alpaca"),
    ],
)
def test_what_of_an_address_cannot_be_used_is_told(
    monkeypatch, page, parameter, given, accepted, shown
):
    app = open_at(page, monkeypatch, DEMO, **{parameter: given})
    (said,) = told(app)
    assert f"asks for {parameter} “{given}”" in said
    assert accepted in said.split("Accepted: ")[1].split("Shown instead: ")[0]
    assert shown in said.split("Shown instead: ")[1]
    app.button(key="forget-misreadings").click().run()
    assert not told(app)


@pytest.mark.parametrize(
    ("page", "address"),
    [
        ("budget", {"budget": "1200", "temperature": "1.7", "concepts": "6", "words": "2"}),
        ("export", {"allocation": "paper", "order": "Cluster after cluster", "frequency": "1.5"}),
        ("map", {"color": "status", "space": "3-D", "search": "Pattern", "q": "^The"}),
        (
            "ledger",
            {"status": "Rejected (conflict)", "clusters": "3", "sample": RUN.samples["id"][5]},
        ),
        ("compare", {"against": "Baseline: Highest damage", "side": "both"}),
        ("clusters", {"cluster": "3", "run": "run"}),
    ],
)
def test_an_address_that_can_be_used_goes_without_a_word(monkeypatch, page, address):
    app = open_at(page, monkeypatch, DEMO, **address)
    assert not told(app)
    assert not app.error


def test_a_name_that_nothing_here_has_is_told_with_the_nearest(monkeypatch):
    app = open_at("overview", monkeypatch, DEMO, budgett="3", colour="x", zzz="1")
    said = told(app)
    assert len(said) == 3
    assert "Is “budget” meant?" in said[0]
    assert "Is “color” meant?" in said[1]
    assert "meant" not in said[2]


def test_it_is_told_until_another_value_is_chosen(monkeypatch):
    app = open_at("map", monkeypatch, DEMO, budget="99999", color="Mood")
    assert len(told(app)) == 2
    app.slider(key="budget").set_value(700).run()
    assert len(told(app)) == 1
    box_of(app, "color").set_value("Divergence").run()
    assert not told(app)


def test_what_narrows_the_ledger_is_named_with_counts_and_can_be_let_go(monkeypatch):
    app = open_at("ledger", monkeypatch, DEMO, status="over_budget", clusters="2", q="zzzqqq")
    keys = ["release-search", "release-status", "release-clusters"]
    assert list(chips(app)) == keys
    assert chips(app)["release-status"] == "Status: Over budget"
    assert RUN.names[2] in chips(app)["release-clusters"]

    def shown() -> int:
        (text,) = [m.value for m in app.markdown if "listed here" in m.value]
        return int(text.split("**")[1].split(" ")[0].replace(",", ""))

    before = shown()
    app.button(key="release-search").click().run()
    assert app.text_input(key=session.KEY_QUERY).value == ""
    assert shown() > before
    app.button(key="release-status").click().run()
    assert list(chips(app)) == ["release-clusters"]
    assert shown() == int((RUN.labels == 2).sum())
    app.button(key="release-clusters").click().run()
    assert not chips(app)


def test_all_that_narrows_goes_with_one_button(monkeypatch):
    app = open_at("clusters", monkeypatch, DEMO, cluster="4")
    app.button(key="pick-cluster").click().run()
    app.switch_page("pages/ledger.py").run()
    pills_of(app, session.KEY_STATUS).set_value(["selected"]).run()
    assert set(chips(app)) == {"unlink", "release-status"}
    app.button(key="release-all").click().run()
    assert not chips(app)
    assert not app.exception


def test_a_search_by_meaning_ends_where_relevance_does(monkeypatch):
    app = open_at("map", monkeypatch, DEMO, q="capital of France", search="meaning")
    found = chips(app)["release-search"]
    number = int(found.split(": ")[1].split(" ")[0])
    assert 20 < number < 400
    assert "cosine ≥ 0." in found
    app.text_input(key=session.KEY_QUERY).set_value("kubernetes pod eviction").run()
    assert ": 0 found" in chips(app)["release-search"]
    assert any("Nothing here" in info.value for info in app.info)


def test_an_id_among_the_words_says_where_it_would_be_found(monkeypatch):
    wanted = RUN.ids[100]
    app = open_at("concepts", monkeypatch, DEMO, q=wanted)
    assert "0 found; 1 id would be found by Id" in chips(app)["release-search"]
    app = open_at("concepts", monkeypatch, DEMO, q=wanted, search="id")
    assert f"Id “{wanted}”: 1 found" in chips(app)["release-search"]


def test_status_colors_mute_nothing(monkeypatch):
    app = open_at("map", monkeypatch, DEMO)
    assert not app.toggle(key="mute").disabled
    box_of(app, "color").set_value("Status").run()
    assert app.toggle(key="mute-by-status").disabled
    assert not app.exception


def test_only_a_sample_that_is_blocked_is_tried_without_what_blocks_it(monkeypatch):
    ids = RUN.samples["id"].to_numpy()
    app = open_at("ledger", monkeypatch, DEMO, status="selected")
    chosen = app.dataframe[0].value["id"].iloc[0]
    assert chosen in set(ids)
    app = open_at("ledger", monkeypatch, DEMO, sample=chosen)
    assert app.button(key="what-if").label == "Try other temperatures"
    rejected = open_at("ledger", monkeypatch, DEMO, status="conflict").dataframe[0].value["id"]
    app = open_at("ledger", monkeypatch, DEMO, sample=str(rejected.iloc[0]))
    assert app.button(key="what-if").label.endswith("without the samples that block it")


def test_a_long_name_is_called_long_and_once(monkeypatch, tmp_path):
    app = open_at("clusters", monkeypatch, DEMO, cluster="3")
    name = "n" * 145
    app.text_input(key="reviewer-name").set_value("a" * 145).run()
    assert "145 characters; at most 80" in app.error[0].value.replace("\\", "")
    app.text_input(key="reviewer-name").set_value("Ann").run()
    assert not app.error
    app.text_input(key="cluster-name-3").set_value(name)
    app.button(key="rename-3").click().run()
    (error,) = app.error
    assert "145 characters; at most 80" in error.value.replace("\\", "")
    assert not app.toast
    assert app.text_input(key="cluster-name-3").value == name
