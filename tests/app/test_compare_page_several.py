"""Three and more selections on the Compare page, against plain sets and the core's own terms."""

from __future__ import annotations

from collections import Counter

import pytest
from app_page import DEMO, lines_of, open_at

from paser_core.compare import terms_of
from paser_core.export import ExportConfig, write_export
from paser_core.runs import Run
from paser_core.selection import Setting
from paser_core.selection.of_run import select_from_run

ADDRESS = {"budget": "400", "against": "random", "also": "ies"}


@pytest.fixture(scope="module")
def run():
    return Run.open(DEMO)


@pytest.fixture(scope="module")
def made(run):
    setting = Setting.of(run, budget=400)
    rules = ("random", "ies")
    return [
        select_from_run(run, setting),
        *(select_from_run(run, setting.alone(rule, 400)) for rule in rules),
    ]


def shown(monkeypatch, **address):
    app = open_at("compare", monkeypatch, DEMO, **ADDRESS | address)
    assert not app.exception, app.exception
    assert not app.error, app.error
    return app


def headers(app):
    return [header.value for header in app.header]


def test_two_are_as_they_were(monkeypatch):
    app = open_at("compare", monkeypatch, DEMO, budget="400", against="random")
    assert not app.exception
    assert not any("side by side" in header for header in headers(app))


def test_samples_in_both_are_those_of_sets(monkeypatch, made):
    app = shown(monkeypatch)
    assert "All 3 side by side" in headers(app)
    sets = [set(s.rows.tolist()) for s in made]
    lines = lines_of(app, "Samples in both, and by chance")
    for k, line in enumerate(lines):
        assert line[0] == "ABC"[k]
        assert [int(cell.split()[0]) for cell in line[1:]] == [len(sets[k] & s) for s in sets]
    assert "by chance" not in lines[0][1]


@pytest.mark.parametrize("reference", [0, 2])
def test_the_reference_is_the_one_of_the_address(monkeypatch, made, reference):
    own = "ABC"[reference]
    app = shown(monkeypatch, reference=own)
    lines = {line[0]: line[1:] for line in lines_of(app, f"Beside {own}: what made the difference")}
    assert len(lines) == 4
    for k, other in enumerate(made):
        if k == reference:
            continue
        for taker, leaver, told in (
            (other, made[reference], f"{'ABC'[k]} takes, {own} leaves"),
            (made[reference], other, f"{own} takes, {'ABC'[k]} leaves"),
        ):
            rows = [r for r in taker.rows.tolist() if r not in set(leaver.rows.tolist())]
            counts = Counter(terms_of(leaver, taker, taker.rows[[r in rows for r in taker.rows]]))
            cells = [int(cell.replace(",", "")) for cell in lines[told]]
            assert cells[0] == len(rows) == sum(cells[1:])
            assert sorted(filter(None, cells[1:])) == sorted(counts.values())


def test_what_one_takes_alone_is_listed(monkeypatch, run, made):
    app = shown(monkeypatch)
    alone = set(made[0].rows.tolist()) - set(made[1].rows.tolist()) - set(made[2].rows.tolist())
    (table,) = [d.value for d in app.dataframe if "term" in d.value.columns]
    assert set(table["id"]) <= {run.ids[row] for row in alone}
    assert len(table) == min(len(alone), 100)
    lines = {line[0]: line[1] for line in lines_of(app, "Alone: what made the difference")}
    assert lines["A takes alone"] == f"{len(alone):,}"


def test_lengths_and_columns_are_those_of_the_samples(monkeypatch, run, made):
    app = shown(monkeypatch)
    lines = lines_of(app, "How long the samples of each selection are")
    for line, selection in zip(lines, made, strict=True):
        assert line[2] == f"{run.tokens[selection.rows].sum():,}"
    column = run.user_columns[0]
    (frame,) = [d.value for d in app.dataframe if {"value", "all", "C"} <= set(d.value.columns)]
    values = run.columns(column)[column]
    first = frame.iloc[0]
    taken = values.iloc[made[2].rows]
    assert first["C"] == pytest.approx(100 * (taken == first["value"]).mean())


def test_exports_and_what_is_not_there(monkeypatch, run, made, tmp_path):
    setting = Setting.of(run, budget=300)
    write_export(run, select_from_run(run, setting), setting, tmp_path / "mine", ExportConfig())
    app = shown(monkeypatch, also="exports", folders=str(tmp_path / "mine"))
    assert "All 3 side by side" in headers(app)
    lines = lines_of(app, "Beside A: what made the difference")
    assert {line[0] for line in lines} >= {"C takes, A leaves", "A takes, C leaves"}
    app = open_at("compare", monkeypatch, DEMO, **ADDRESS | {"also": "exports", "folders": "gone"})
    assert not app.exception
    assert any("not an export folder" in error.value for error in app.error)
    app = open_at("compare", monkeypatch, DEMO, **ADDRESS | {"also": "pinned"})
    assert any("Nothing is pinned" in info.value for info in app.info)
