"""Tables of a study against slow readings of its cells, and what a hypothesis comes to."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import numpy as np
import openpyxl
import pandas as pd
import pyarrow as pa
import pytest

from paser_core.cli import main
from paser_core.errors import StudyError
from paser_core.study.outcomes import outcomes
from paser_core.study.results import FOLDER, Results
from paser_core.study.summary import Summary
from paser_core.study.tables import tables_of
from paser_core.study.write import latex, markdown, write_tables
from paser_core.workspace.store import Store

DEMO = Path(__file__).resolve().parents[2] / "data" / "demo"
CAPABILITIES = ("adding", "naming", "sorting")
ITEMS = 40  # of each
# True accuracy in each capability.
ORIGINAL = (0.9, 0.95, 0.9)
ARMS = {"random": (0.6, 0.7, 0.5), "better": (0.8, 0.85, 0.8), "same": (0.6, 0.7, 0.5)}


def made(folder, seeds=5, compressions=("one", "two"), hypotheses=(), chance=0.1):
    """Results of a study whose truth is known, as files."""
    draw = np.random.default_rng(3)
    cells, items = [], []
    hard = draw.random((3, ITEMS))

    def answers(key, accuracy):
        for capability, share, limits in zip(CAPABILITIES, accuracy, hard, strict=True):
            right = np.clip(0.5 * limits + 0.5 * draw.random(ITEMS), 0, 1) < share
            for number, one in enumerate(right):
                name = f"{capability}-{number}"
                items.append((key, "demo", name, capability, float(one), 1.0, "answer"))

    answers("model/original", ORIGINAL)
    for compression in compressions:
        answers(f"model/{compression}", (0.4, 0.6, 0.3))
        for selector, accuracy in ARMS.items():
            for number in range(seeds):
                key = f"{compression}-{selector}-{number}"
                answers(key, accuracy)
                cells.append(
                    {"key": key, "compression": compression, "selector": selector, "budget": "10 %",
                     "recovery": "sft", "number": number, "status": "done", "samples": 40,
                     "tokens": 900 + number, "tokens_trained": 1800, "cpu_seconds": 10.0,
                     "seconds": 10.0}
                )  # fmt: skip
    store = Store(folder)
    (folder / FOLDER).mkdir(parents=True)
    columns = ["key", "task", "id", "capability", "score", "bits_per_byte", "answer"]
    store.write_table(
        f"{FOLDER}/items.parquet", pa.Table.from_pandas(pd.DataFrame(items, columns=columns))
    )
    store.write_table(f"{FOLDER}/cells.parquet", pa.Table.from_pylist(cells))
    damage = [
        {
            "compression": c,
            "capability": name,
            "signal": "jsd",
            "aggregate": "mean",
            "damage": value,
            "samples": 9,
        }
        for c in compressions
        for name, value in zip(CAPABILITIES, (0.3, 0.1, 0.4), strict=True)
    ]
    store.write_table(f"{FOLDER}/damage.parquet", pa.Table.from_pylist(damage))
    config = {
        "original": "o", "compressions": {c: {"model": c} for c in compressions},
        "selectors": {"random": {}, "better": {"selector": "paser"}, "same": {"selector": "longest"}},
        "budgets": [0.1], "tasks": ["demo"], "seeds": seeds, "split": {"development": 0.0},
        "hypotheses": list(hypotheses),
    }  # fmt: skip
    figures = {name: {"chance": chance} for name in CAPABILITIES}
    store.write_json(
        f"{FOLDER}/study.json",
        {"config": config, "expected": [{"sha256": "0" * 64, "cells": 0}], "failed": {},
         "models": {name: {"demo": {"capabilities": figures}} for name in ("original", *compressions)}},
    )  # fmt: skip
    return Results.open(folder)


def slow(results, key, chance=0.1):
    """Mean and worst retention of one cell, item by item."""
    items = results.items
    shares = []
    for name in CAPABILITIES:
        of = items[items["capability"] == name]
        score = of.loc[of["key"] == key, "score"].mean()
        best = of.loc[of["key"] == "model/original", "score"].mean()
        shares.append(min(1.0, (score - chance) / (best - chance)))
    return np.mean(shares), min(shares)


def test_the_figures_of_an_arm_are_those_of_its_cells(tmp_path):
    results = made(tmp_path)
    arms = Summary(results).arms.set_index(["compression", "selector"])
    for compression in ("one", "two"):
        for selector in ARMS:
            cells = [slow(results, f"{compression}-{selector}-{n}") for n in range(5)]
            means, worst = map(np.array, zip(*cells, strict=True))
            row = arms.loc[compression, selector]
            assert row["retention"] == pytest.approx(means.mean(), abs=1e-9)
            assert row["retention_sd"] == pytest.approx(means.std(ddof=1), abs=1e-9)
            assert row["worst"] == pytest.approx(worst.mean(), abs=1e-9)
            assert row["worst_sd"] == pytest.approx(worst.std(ddof=1), abs=1e-9)
    both = arms.loc["all", "better"]
    assert both["retention"] == pytest.approx(
        np.mean([arms.loc[c, "better"]["retention"] for c in ("one", "two")]), abs=1e-9
    )
    assert list(both["over"]) == ["one", "two"]


def test_a_difference_that_is_there_is_found_and_one_that_is_not_is_not(tmp_path):
    arms = Summary(made(tmp_path)).arms.set_index(["compression", "selector"])
    better, same = arms.loc["all", "better"], arms.loc["all", "same"]
    assert better["retention_gap_low"] > 0.1
    assert better["retention_p_holm"] < 0.001
    assert same["retention_gap_low"] < 0 < same["retention_gap_high"]
    assert same["retention_p_holm"] > 0.05
    assert np.isnan(arms.loc["all", "random"]["retention_gap"])


def test_the_best_is_bold_only_where_it_beats_every_other(tmp_path):
    tables = {t.title: t for t in tables_of(made(tmp_path))}
    table = next(t for title, t in tables.items() if title.startswith("Selectors: one and two"))
    rows = list(table.texts["selector"])
    assert {row for row, _ in table.bold} == {rows.index("better")}
    assert "**" in markdown([table])
    assert any("cannot be seen" in note for note in table.notes)
    alike = made(tmp_path / "alike", compressions=("one",))
    kept = alike.cells[alike.cells["selector"] != "better"]
    object.__setattr__(alike, "cells", kept)
    assert not next(iter(tables_of(alike))).bold


@pytest.mark.parametrize(
    ("better", "than", "margin", "outcome"),
    [
        ("better", "random", 0.0, "supported"),
        ("better", "random", 0.9, "refuted"),
        ("random", "better", 0.0, "refuted"),
        ("same", "random", 0.0, "undecided"),
    ],
)
def test_what_a_hypothesis_comes_to(better, than, margin, outcome, tmp_path):
    hypothesis = {"name": "h", "claim": "c", "refuted_by": "r", "better": better, "than": than,
                  "margin": margin}  # fmt: skip
    (found,) = outcomes(Summary(made(tmp_path, hypotheses=[hypothesis])))
    assert found.outcome == outcome
    assert found.where == "one, two; 10 %; sft"


def test_a_hypothesis_without_cells_is_not_measured(tmp_path):
    hypothesis = {"name": "h", "claim": "c", "refuted_by": "r", "better": "same", "than": "random"}
    results = made(tmp_path, hypotheses=[hypothesis])
    kept = results.cells[results.cells["selector"] != "random"]
    object.__setattr__(results, "cells", kept)
    (found,) = outcomes(Summary(results))
    assert (found.outcome, found.value) == ("not measured", None)


def test_a_hypothesis_that_no_cell_asks_is_not_lost(tmp_path):
    hypothesis = {"name": "h", "claim": "c", "refuted_by": "r", "better": "better", "than": "random",
                  "budgets": [0.5]}  # fmt: skip
    (found,) = outcomes(Summary(made(tmp_path, hypotheses=[hypothesis])))
    assert (found.outcome, found.where) == ("not measured", "no cell of the study")


def test_answers_that_are_neither_right_nor_wrong_cannot_be_compared(tmp_path):
    results = made(tmp_path)
    object.__setattr__(results, "items", results.items.assign(score=np.nan, bits_per_byte=np.nan))
    with pytest.raises(StudyError, match="nothing is right or wrong"):
        tables_of(results)


def test_one_seed_gives_figures_and_no_interval(tmp_path):
    results = made(tmp_path, seeds=1)
    arms = Summary(results).arms
    assert arms["retention_low"].isna().all()
    assert arms["retention"].notna().all()
    table = next(iter(tables_of(results)))
    assert not table.bold
    assert set(table.texts["p"]) == {"–"}


def test_every_format_has_the_same_figures(tmp_path):
    tables = tables_of(made(tmp_path))
    files = {f.name: f for f in write_tables(tables, tmp_path / "out")}
    assert set(files) == {"tables.md", "tables.xlsx"} | {
        f"{t.name}.{end}" for t in tables for end in ("csv", "tex")
    }
    book = openpyxl.load_workbook(files["tables.xlsx"])
    assert len(book.sheetnames) == len(tables)
    for table, sheet in zip(tables, book.worksheets, strict=True):
        rows = list(csv.DictReader(io.StringIO(files[f"{table.name}.csv"].read_text("utf-8-sig"))))
        assert len(rows) == len(table.numbers) == len(table.texts)
        header = [cell.value for cell in sheet[1]]
        if "retention" in header:
            at = header.index("retention")
            for row, cells in zip(rows, sheet.iter_rows(min_row=2, values_only=True), strict=False):
                assert float(row["retention"]) == pytest.approx(cells[at])
        text = files["tables.md"].read_text()
        assert f"## {table.title}" in text
        assert f"\\caption{{{table.title.replace('%', chr(92) + '%')}}}" in latex(table)
    # a bold text is marked in LaTeX as well
    best = next(t for t in tables if t.bold)
    assert "\\textbf{" in latex(best)


def test_the_command_shows_and_writes_tables(tmp_path, capsys):
    made(tmp_path / "study")
    assert main(["study", "tables", str(tmp_path / "study")]) == 0
    assert "## Selectors: one, 10 %, sft" in capsys.readouterr().out
    assert main(["study", "tables", str(tmp_path / "study"), "--out", str(tmp_path / "t")]) == 0
    assert (tmp_path / "t" / "tables.md").is_file()
    assert main(["study", "tables", str(tmp_path)]) == 2
    assert "no results of a study" in capsys.readouterr().err
    assert main(["study", "tables"]) == 2
    assert "needs the folder of a study" in capsys.readouterr().err
    assert main(["study", "plan.yaml"]) == 2
    assert "--out is missing" in capsys.readouterr().err
    assert main(["study", "plan.yaml", "x", "--out", "y"]) == 2
    assert "Write paser study PLAN.yaml" in capsys.readouterr().err


@pytest.mark.parametrize(
    "command",
    [
        "plan PLAN --out x",
        "status S --jobs 2",
        "tables S --jobs 2",
        "plan.yaml --out x --items all",
    ],
)
def test_what_has_no_effect_is_refused(command, capsys):
    """--out of plan would promise a folder, --items of a study that other questions are asked."""
    assert main(["study", *command.split()]) == 2
    assert "has no effect" in capsys.readouterr().err


def test_the_command_says_how_much_a_plan_is(tmp_path, capsys):
    (tmp_path / "plan.yaml").write_text(
        f"original: {DEMO}/models/original\nrun: {{data: {{path: {DEMO}/pool.jsonl}}}}\n"
        "compressions: [rtn]\nselectors: [paser, random, full]\nbudgets: [0.1, 0.2]\nseeds: 3\n"
    )
    assert main(["study", "plan", str(tmp_path / "plan.yaml")]) == 0
    told = capsys.readouterr().out
    assert "15 cells (18 points of the grid, some determined by the same) with 3 seeds" in told
    assert "rtn, 10 %, sft: 9 cells" in told
    assert "1 × pool" in told


def test_the_report_of_a_study_is_one_page(tmp_path, capsys):
    made(tmp_path / "study")
    assert main(["report", str(tmp_path / "study"), "--out", str(tmp_path / "r.html")]) == 0
    page = (tmp_path / "r.html").read_text()
    for table in tables_of(Results.open(tmp_path / "study")):
        assert f'id="{table.name}"' in page
    assert "<strong>" in page
    assert "http" not in page.replace("http-equiv", "")
    assert "<script" not in page


def test_no_table_is_said(tmp_path):
    with pytest.raises(StudyError, match="nothing to lay side by side"):
        write_tables((), tmp_path / "out")
    (tmp_path / "file").write_text("")
    with pytest.raises(StudyError, match="is a file"):
        write_tables(tables_of(made(tmp_path / "s")), tmp_path / "file")


def test_items_that_a_cell_lacks_are_no_zeros(tmp_path):
    results = made(tmp_path, compressions=("one",))
    gone = (results.items["key"] == "one-better-0") & (results.items["id"] == "adding-3")
    object.__setattr__(results, "items", results.items[~gone])
    assert np.isnan(results.arm("one", "better", "10 %", "sft")).sum() == 1
    full = made(tmp_path / "full", compressions=("one",))
    dropped = full.items[full.items["id"] != "adding-3"]
    object.__setattr__(full, "items", dropped)
    ours, theirs = (Summary(r).arms.set_index("selector") for r in (results, full))
    # compared on the items that all have
    assert ours.loc["better", "score_gap"] == pytest.approx(theirs.loc["better", "score_gap"])


def test_results_say_when_hypotheses_were_written(tmp_path):
    results = made(tmp_path)
    study = json.loads((tmp_path / FOLDER / "study.json").read_text())
    assert results.written == (
        f"Hypotheses {study['expected'][0]['sha256'][:12]} were written down when 0 of the study's cells "
        "were finished.",
    )
