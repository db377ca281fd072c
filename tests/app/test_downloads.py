"""The download menu: sent only when it is opened, named by run, table and setting, with plain heads."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import streamlit as st
from app_page import DEMO, open_at

from dashboard.charts.data import matrix_data, unlike
from dashboard.widgets.download import file_name, named, titled
from dashboard.widgets.small_table import Best, Number, Part, lines_frame
from paser_core.explain.graph import ConceptGraph, ConceptIndex, ConflictTable, Role, connected
from paser_core.runs import Run
from paser_core.selection import Setting
from paser_core.selection.of_run import select_from_run


@pytest.fixture(scope="module")
def run():
    return Run.open(DEMO)


def offered(app) -> set[str]:
    return {button.proto.label for button in app.get("download_button")}


def test_nothing_is_sent_before_the_menu_is_opened(monkeypatch):
    ledger = open_at("ledger", monkeypatch, DEMO)
    assert not offered(ledger)
    ledger.session_state["download-ledger-all"] = True
    ledger.run()
    assert not ledger.exception
    assert offered(ledger) == {"CSV", "Excel (xlsx)", "Parquet"}


def test_a_chart_offers_its_data(monkeypatch):
    budget = open_at("budget", monkeypatch, DEMO)
    budget.session_state["download-chart-budget-figure"] = True
    budget.run()
    assert not budget.exception
    assert offered(budget) == {"Data (CSV)"}


def test_the_name_of_a_file_tells_settings_apart(run):
    usual = Setting.of(run)
    name = named(run, "ledger", usual)
    assert name.startswith(f"{run.name}-ledger-paser-")
    assert named(run, "ledger", usual.changed(budget=500)).endswith("-paser-500-T1")
    other = usual.changed(budget=500, concepts={"per_sample": 3})
    more = usual.changed(budget=500, concepts={"per_sample": 4})
    assert len({named(run, "x", s) for s in (usual.changed(budget=500), other, more)}) == 3
    assert file_name('a/b: "c"', "..\\d") == "a-b-c-..-d"
    assert len(file_name("x" * 500)) == 120


def test_heads_are_those_of_the_page_with_units_and_the_id_first():
    frame = pd.DataFrame({"share": [12.5], "id": ["a"], "score": [1], "other": [0], "bare": [2]})
    number = st.column_config.NumberColumn
    columns = {
        "id": "Id",
        "share": number("Budget", format="%.1f %%"),
        "score": number("Right"),
        "other": number("Right"),
    }
    taken = titled(frame, columns)
    assert taken.columns.tolist() == ["Id", "Budget (%)", "Right", "Right (other)", "bare"]
    assert taken.iloc[0].tolist() == ["a", 12.5, 1, 0, 2]


def test_a_small_table_gives_numbers_and_not_what_is_said_of_them():
    third = 1 / 3
    frame = lines_frame(
        ["What", "Value", "Part", "Told"],
        [
            ["a", Number(third, "0.333"), Part(third), Part(0.5, "many", 7)],
            ["b", Best("c"), Part(1), "–"],
        ],
    )
    assert frame.columns.tolist() == ["What", "Value", "Part (%)", "Told"]
    assert frame["Value"].tolist() == [third, "c"]
    assert frame["Part (%)"].tolist() == [100 * third, 100.0]
    assert frame["Told"].tolist() == [7, "–"]


def test_a_matrix_keeps_columns_of_one_name_apart():
    assert unlike(["a", "b", "a"]) == ["a", "b", "a (2)"]
    frame = matrix_data(np.array([[1.0, 0.2], [0.2, 1.0]]), ["x", "x"], ["x", "x"], "J")
    assert frame.columns.tolist() == ["J", "x", "x (2)"]
    assert frame["x (2)"].tolist() == [0.2, 1.0]


def test_connections_are_all_those_that_samples_show(run):
    selection = select_from_run(run, Setting.of(run))
    graph = ConceptGraph.of(selection, ConceptIndex.of(ConflictTable.of(selection.ranking)))
    table = selection.ranking.candidates.concepts
    accepted = np.flatnonzero(selection.rank > 0)
    number = int(table.ids[table.indptr[accepted[0]]])
    met: dict[str, int] = {}
    for row in accepted:
        own = set(table.ids[table.indptr[row] : table.indptr[row + 1]].tolist())
        for other in own - {number} if number in own else ():
            name = table.vocabulary[other]
            met[name] = met.get(name, 0) + 1
    listed = connected(graph, number, Role.NEIGHBOR)
    assert {concept.name: n for concept, n in listed} == met
    counts = [n for _, n in listed]
    assert counts == sorted(counts, reverse=True)


def test_the_funnel_gives_its_numbers(monkeypatch, run):
    overview = open_at("overview", monkeypatch, DEMO)
    overview.session_state["download-funnel"] = True
    overview.run()
    assert not overview.exception
    assert offered(overview) == {"CSV", "Excel (xlsx)", "Parquet"}
