"""What the steps of a study have warned of goes with its results; what a kill leaves does not stay."""

from __future__ import annotations

import json
import shutil

import pytest
from test_study_tables import made

from paser_core.runs import Run
from paser_core.selection import Setting
from paser_core.study.budgets import Budget, Unit
from paser_core.study.cells import CELL, PARTS, CellResult, drop_parts
from paser_core.study.chosen import choose
from paser_core.study.gathering import write_results
from paser_core.study.plan import Plan
from paser_core.study.remarks import remarks_of, warnings_in
from paser_core.study.results import Results
from paser_core.study.steps import Places
from paser_core.study.tables import tables_of
from paser_core.workspace.checkpoints import MANIFEST
from paser_core.workspace.kinds import COMPRESSION
from paser_core.workspace.store import Store

pytestmark = pytest.mark.timeout(900)  # the first that needs it makes a study of sixteen cells


def notice(text, severity="warning"):
    return {"code": "x", "text": text, "severity": severity}


def test_warnings_of_a_folder_are_read_from_where_each_verb_keeps_them(tmp_path):
    assert warnings_in(tmp_path / "none") == []
    manifest = {
        "notices": {"check": [notice("Cut."), notice("Fine.", "info")], "b": [notice("Cut.")]}
    }
    (tmp_path / MANIFEST).write_text(json.dumps(manifest))
    assert warnings_in(tmp_path) == ["Cut."]
    (tmp_path / COMPRESSION).write_text(json.dumps({"notices": [notice("Nothing is smaller.")]}))
    assert warnings_in(tmp_path) == ["Cut.", "Nothing is smaller."]


def test_cells_say_the_same_once_however_many_they_are(tmp_path, done):
    _, config = done
    told = [
        {"selection": {"warnings": ["Only 3 of 40 are there."]}, "warnings": ["Cut."]},
        {"selection": {"warnings": ["Only 12 of 40 are there."]}, "warnings": []},
        {"selection": {"warnings": []}, "warnings": ["Cut."]},
        {"selection": {}},  # of a study begun earlier
    ]
    cells = [CellResult(tmp_path, facts) for facts in told]
    assert remarks_of(Places(tmp_path / "empty", config), cells) == [
        {"where": "2 cells", "text": "One of them: Only 3 of 40 are there."},
        {"where": "2 cells", "text": "Cut."},
    ]


def test_remarks_of_the_runs_go_with_the_results(done, tmp_path):
    out, config = done
    remarks = Results.open(out).study["remarks"]
    for name in config.compressions:
        notices = Run.open(Places(out, config).run(name)).notices
        warned = {one.text for one in notices if one.severity == "warning"}
        assert {one["text"] for one in remarks if one["where"] == f"run of {name}"} == warned
    # Where one of them has more to say, it is read from there.
    here = shutil.copytree(out, tmp_path / "out")
    place = Places(here, config).evaluation("cut") / MANIFEST
    tree = json.loads(place.read_text()) | {"notices": {"check": [notice("No answer was read.")]}}
    place.write_text(json.dumps(tree))
    write_results(Plan(config), Store(here))
    expected = {"where": "evaluation of cut", "text": "No answer was read."}
    assert expected in Results.open(here).study["remarks"]


@pytest.mark.parametrize("selector", ["paser", "random-matched"])
def test_a_budget_that_pays_for_no_sample_says_what_it_costs_all_the_same(done, selector):
    out, config = done
    run = Run.open(Places(out, config).run("given"))
    total = int(run.tokens[run.valid].sum())
    chosen = choose(run, Setting(selector=selector), Budget(0.001, Unit.TOKENS))
    assert len(chosen.ids) == 1
    told = f"pays for {int(0.001 * total)} token"
    assert any(told in text and f"has {chosen.tokens:,}" in text for text in chosen.warnings)
    enough = choose(run, Setting(selector=selector), Budget(0.6, Unit.TOKENS))
    assert enough.tokens <= 0.6 * total
    assert enough.warnings == tuple(enough.selection.warnings)


def test_remarks_stand_in_the_tables(tmp_path):
    results = made(tmp_path)
    assert "remarks" not in {table.name for table in tables_of(results)}
    results.study["remarks"] = [{"where": "pool", "text": "9 of 20 samples were cut."}]
    table = tables_of(results)[-1]
    assert table.name == "remarks"
    assert table.texts.to_dict("records") == results.study["remarks"]


@pytest.mark.parametrize("keeps", [True, False, None])
def test_what_a_kill_leaves_of_a_finished_cell_is_removed_and_what_was_asked_for_stays(
    done, tmp_path, keeps
):
    out, _ = done
    first = next(p.parent for p in sorted((out / "cells").glob(f"*/{CELL}")))
    assert json.loads((first / CELL).read_text())["keeps"] is False
    place = shutil.copytree(first, tmp_path / "cell")
    tree = json.loads((place / CELL).read_text()) | {"keeps": keeps}
    if keeps is None:  # of a study begun earlier
        del tree["keeps"]
    (place / CELL).write_text(json.dumps(tree))
    for part in PARTS:
        (place / part).mkdir()
    drop_parts(place)
    assert all((place / part).exists() == (keeps is not False) for part in PARTS)
    assert (place / CELL).is_file()
