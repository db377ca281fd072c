"""The ledger page against the core's own selection."""

from __future__ import annotations

from pathlib import Path

import pytest
from app_page import pills_of
from streamlit.testing.v1 import AppTest

from paser_core.runs import Run
from paser_core.selection import Setting, Status, reason_of
from paser_core.selection.conflicts import ConflictTable
from paser_core.selection.of_run import select_from_run

ROOT = Path(__file__).parents[2]
DEMO = ROOT / "data" / "demo" / "run"


@pytest.fixture
def ledger(monkeypatch):
    monkeypatch.chdir(ROOT)
    monkeypatch.setenv("PASER_RUNS", str(DEMO))
    app = AppTest.from_file(str(ROOT / "streamlit_app.py"), default_timeout=120).run()
    return app.switch_page("pages/ledger.py").run()


@pytest.fixture(scope="module")
def run():
    return Run.open(DEMO)


def test_the_counts_are_those_of_the_selection(ledger, run):
    selection = select_from_run(run, Setting.of(run))
    shown = {metric.label: metric.value for metric in ledger.metric}
    for label, status in (
        ("Selected", Status.SELECTED),
        ("Rejected (conflict)", Status.CONFLICT),
        ("Over budget", Status.OVER_BUDGET),
        ("Invalid", Status.INVALID),
    ):
        assert shown[label] == f"{int((selection.status == status.code).sum()):,}"


def test_rejected_samples_are_listed_with_their_reason_and_who_blocks_them(ledger, run):
    budget = 2000
    ledger.slider(key="budget").set_value(budget).run()
    pills_of(ledger, "status").set_value([str(Status.CONFLICT)]).run()
    assert not ledger.exception
    table = ledger.dataframe[0].value
    selection = select_from_run(run, Setting(budget, 1.0))
    ids = run.samples["id"].to_numpy()
    expected = [row for row in range(run.n) if selection.status_of(row) is Status.CONFLICT]
    assert table["id"].tolist() == [ids[row] for row in expected[: len(table)]]
    history = ConflictTable.of(selection.ranking)
    for line, row in zip(table.itertuples(), expected, strict=False):
        found = history.evidence(row)
        assert found is not None
        assert line.reason == reason_of(selection, row, found)
        first = found.conflicts[0]
        assert line.pair == f"{first.first} × {first.second}"
        for blocker in (first.first_from, first.second_from):
            assert ids[blocker] in line.blockers.split(", ")
            assert 0 < selection.rank[blocker] <= budget


def test_a_search_that_finds_nothing_says_so(ledger):
    ledger.text_input(key="q").set_value("no sample has these words").run()
    assert not ledger.exception
    assert any("No sample passes" in info.value for info in ledger.info)


def test_a_bad_pattern_is_one_sentence(ledger):
    ledger.segmented_control(key="search").set_value("regex").run()
    ledger.text_input(key="q").set_value("(").run()
    assert not ledger.exception
    assert len(ledger.error) == 1
    assert "cannot be used" in ledger.error[0].value


def test_an_order_holds_for_all_rows_and_the_download_has_all_of_them(ledger, run):
    pills_of(ledger, "status").set_value([str(Status.OVER_BUDGET)]).run()
    ledger.selectbox(key="ledger-order").set_value("enters").run()
    assert not ledger.exception
    selection = select_from_run(run, Setting.of(run))
    over = selection.status == Status.OVER_BUDGET.code
    ranks = sorted(r for r in selection.ranking.rank[over].tolist() if r > 0)
    first = ledger.dataframe[0].value["enters"].tolist()
    assert first == ranks[: len(first)]
    assert len(first) < over.sum()
    ledger.toggle(key="ledger-reversed").set_value(True).run()
    assert ledger.dataframe[0].value["enters"].tolist() == ranks[: -len(first) - 1 : -1]
