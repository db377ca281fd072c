"""A study end to end on tiny models: cells, resuming, what fails and what is bound."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest
from tiny_study import write_study

from paser_core.engines.side import Bounds, SideJob
from paser_core.errors import PaserError, RunError, StudyError
from paser_core.runs import Run
from paser_core.selection import Setting
from paser_core.selection.of_run import select_from_run
from paser_core.study import schedule
from paser_core.study.cells import CELL
from paser_core.study.damage import damage_table
from paser_core.study.folder import read_study, standing, tree_of
from paser_core.study.gathering import write_results
from paser_core.study.plan import Plan
from paser_core.study.results import Results, development_items
from paser_core.study.schedule import run_study
from paser_core.study.settings import StudyConfig
from paser_core.study.steps import Places
from paser_core.study.work import make
from paser_core.workspace.events import read_events
from paser_core.workspace.store import Store

pytestmark = pytest.mark.timeout(900)  # the first makes a study of sixteen cells


def cells_of(out):
    return {p.parent.name: p.read_bytes() for p in (out / "cells").glob(f"*/{CELL}")}


def test_every_cell_is_there_and_says_what_it_is(done):
    out, config = done
    found = standing(out)
    assert set(found.states.values()) == {"done"}
    assert not found.working
    told = [e for e in read_events(out) if e["event"] == "progress"]
    assert told[-1]["done"] == told[-1]["total"]
    assert any(e["seconds_left"] for e in told)
    cells = Results.open(out).cells
    assert len(cells) == 4 * 2 * 2 + 2
    assert cells["key"].nunique() == len(Plan(config).works)
    assert (cells["samples"] > 0).all()
    assert (cells["cpu_seconds"] > 0).all()


def test_the_selection_of_a_cell_is_that_of_paser_select(done):
    out, config = done
    results = Results.open(out)
    run = Run.open(Places(out, config).run("given"))
    for selector, seed in (("paser", 0), ("random", 1), ("random-matched", 1)):
        key = results.keys("given", selector, "50 %", "sft")[seed]
        setting = Setting.of(
            run, selector=selector, budget=0.5, seed=seed if selector != "paser" else 0
        )
        answer = select_from_run(run, setting)
        assert results.selected(key) == [run.ids[row] for row in answer.rows]


def test_tokens_pay_for_the_longest_beginning(done):
    out, config = done
    results = Results.open(out)
    run = Run.open(Places(out, config).run("given"))
    most = int(0.4 * run.tokens[run.valid].sum())
    for selector in ("paser", "random"):
        key = results.keys("given", selector, "40 % of tokens", "sft")[1]
        ids = results.selected(key)
        setting = Setting.of(
            run, selector=selector, budget=1.0, seed=1 if selector == "random" else 0
        )
        ranked = [run.ids[row] for row in select_from_run(run, setting).rows]
        assert ids == ranked[: len(ids)]
        spent = [int(run.tokens[run.row_of[one]]) for one in ranked]
        assert sum(spent[: len(ids)]) <= most
        assert len(ids) == len(ranked) or sum(spent[: len(ids) + 1]) > most
    matched = results.cells.query("selector == 'random-matched' and budget == '40 % of tokens'")
    assert (matched["tokens"] <= most).all()


def test_full_is_one_cell_whatever_the_budget(done):
    out, _ = done
    cells = Results.open(out).cells.query("selector == 'full'")
    assert (cells.groupby(["compression", "number"])["key"].nunique() == 1).all()


def test_scores_by_arm_are_those_of_the_items(done):
    out, _ = done
    results = Results.open(out)
    arm = results.arm("given", "paser", "50 %", "sft", part="all")
    questions = results.questions("all")
    assert arm.shape == (2, 6)
    assert list(questions["capability"].value_counts().sort_index()) == [3, 3]
    for row, key in zip(arm, results.keys("given", "paser", "50 %", "sft"), strict=True):
        items = pq.read_table(out / "cells" / key / "items.parquet").to_pandas().set_index("id")
        assert list(items.loc[questions["id"], "score"]) == list(row)


def test_the_split_is_drawn_by_ids_alone(done):
    out, _ = done
    results = Results.open(out)
    parts = [set(results.questions(part)["id"]) for part in ("test", "development")]
    assert parts[0].isdisjoint(parts[1])
    assert parts[0] | parts[1] == set(results.questions("all")["id"])
    ids = [f"item {n}" for n in range(4000)]
    chosen = development_items(ids, 0.3)
    assert abs(chosen.mean() - 0.3) < 0.03
    assert list(development_items(ids[::-1], 0.3)[::-1]) == list(chosen)


def test_a_finished_study_repeats_nothing(done, tmp_path):
    out, config = done
    shutil.copytree(out, tmp_path / "out")
    before = cells_of(tmp_path / "out")
    events = len(read_events(tmp_path / "out"))
    run_study(config, tmp_path / "out", jobs=1)
    assert cells_of(tmp_path / "out") == before
    later = read_events(tmp_path / "out")[events:]
    assert not [e for e in later if e["event"] == "step_started" and e["step"].startswith("cell/")]


def test_a_cell_made_twice_selects_and_answers_the_same(done, tmp_path):
    out, config = done
    places = Places(out, config)
    plan = Plan(config)
    key = next(k for k, c in plan.works.items() if c.selector == "random")
    before = (places.cell(key) / "items.parquet").read_bytes()
    chosen = (places.cell(key) / "selection.parquet").read_bytes()
    shutil.move(places.cell(key), tmp_path / "kept")
    from paser_core.study.steps import steps_of

    step = next(s for s in steps_of(plan) if s.id == f"cell/{key}")
    try:
        job = SideJob(make, [(str(out), config, step)], "It", "Look.", Bounds())
        assert job.result().status == "done"
        assert (places.cell(key) / "items.parquet").read_bytes() == before
        assert (places.cell(key) / "selection.parquet").read_bytes() == chosen
        again = json.loads((places.cell(key) / CELL).read_text())
        first = json.loads((tmp_path / "kept" / CELL).read_text())
        assert again["recovery"]["loss"] == first["recovery"]["loss"]
    finally:
        shutil.rmtree(places.cell(key))
        shutil.move(tmp_path / "kept", places.cell(key))


@pytest.fixture
def more(done, tmp_path):
    """The finished study, copied, and a way to make more of it: shared parts are there."""
    out, config = done
    shutil.copytree(out, tmp_path / "out")

    def grown(**changes):
        tree = {
            **tree_of(config),
            "seeds": [0],
            "budgets": [0.5],
            "grid": [],
            "compressions": {"given": config.compressions["given"]},
        }
        run_study(StudyConfig.of_tree({**tree, **changes}), tmp_path / "out", jobs=1)
        return tmp_path / "out"

    return grown


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"original": "./none"}, ["original: ./none", "no such"]),
        ({"compressions": {"given": {"model": "./none"}}}, ["compressions.given: ./none"]),
        ({"compressions": {"cut": {"method": "wanda", "calibration": "no.jsonl"}}},
         ["compressions.cut", "no.jsonl"]),
        ({"run": {"data": {"path": "./no.jsonl"}}}, ["run: the pool is ./no.jsonl"]),
        ({"run": {"clusterin": {}}}, ["run: clusterin", "clustering"]),
        ({"tasks": ["demmo"]}, ["tasks: ", "demmo", "'demo'"]),
        ({"tasks": ["jsonl:no.jsonl"]}, ["tasks: ", "no.jsonl"]),
        ({"evaluate": {"limt": 3}}, ["evaluate: ", "limit"]),
        ({"reference": "longest"}, ["reference names 'longest'", "none of selectors"]),
        ({"selectors": {"rds-plus": {"scores": {"targets": "no.jsonl"}}, "random": {}}},
         ["selectors.rds-plus", "no.jsonl"]),
    ],
)  # fmt: skip
def test_what_is_missing_is_told_before_anything_is_made(changes, words, done, tmp_path):
    tree = {**tree_of(done[1]), "grid": [], **changes}
    with pytest.raises(PaserError) as caught:
        run_study(StudyConfig.of_tree(tree), tmp_path / "out", jobs=1)
    for word in words:
        assert word in str(caught.value)
    assert not (tmp_path / "out").exists()


def test_a_training_that_diverges_is_a_status_and_no_score(more):
    wild = {"method": "sft", "lr": 1e6, "batch": 2}
    out = more(selectors=["random"], recoveries={"sft": {"lr": 1e-3, "batch": 4}, "wild": wild})
    cells = Results.open(out).cells.set_index("recovery")
    assert list(cells.loc[["sft", "wild"], "status"]) == ["done", "diverged"]
    assert "diverged" in cells.loc["wild", "why"]
    results = Results.open(out)
    assert results.arm("given", "random", "50 %", "wild").shape[0] == 0
    assert np.isfinite(results.arm("given", "random", "50 %", "sft")).all()


def test_a_study_is_bound_to_its_files_and_grows(done, more):
    out, config = done
    before = cells_of(out)
    hypothesis = {
        "name": "h",
        "claim": "a",
        "refuted_by": "b",
        "better": "longest",
        "than": "random",
    }
    grown = more(selectors=["longest", "random"], hypotheses=[hypothesis])
    after = cells_of(grown)
    assert len(after) == len(before) + 1
    assert before.items() <= after.items()
    # what was expected once something was known is told as such
    expected = read_study(grown)["expected"]
    assert [one["cells"] for one in expected] == [0, len(before)]
    assert expected[0]["sha256"] != expected[1]["sha256"]
    questions = Path(config.tasks[0].partition(":")[2])
    kept = questions.read_text()
    questions.write_text('{"question": "a", "answer": "b"}\n')
    try:
        with pytest.raises(StudyError, match="other content of jsonl"):
            more(selectors=["longest"], reference="longest")
    finally:
        questions.write_text(kept)


def test_another_folder_is_left_alone(tmp_path):
    tree = write_study(tmp_path / "data")
    with pytest.raises(StudyError, match="holds no study"):
        run_study(StudyConfig.of_tree(tree), tmp_path / "data", jobs=1)
    with pytest.raises(StudyError, match="there is no study"):
        standing(tmp_path / "data")
    with pytest.raises(StudyError, match="jobs is 0"):
        run_study(StudyConfig.of_tree(tree), tmp_path / "out", jobs=0)


def test_two_processes_do_not_work_on_one_study(done):
    from paser_core.workspace.lock import FolderLock

    out, config = done
    with FolderLock(out), pytest.raises(RunError, match="another process"):
        run_study(config, out, jobs=1)


def test_results_alone_can_be_read_elsewhere(done, tmp_path):
    out, _ = done
    shutil.copytree(out / "results", tmp_path / "results")
    alone, whole = Results.open(tmp_path / "results"), Results.open(out)
    pd.testing.assert_frame_equal(alone.cells, whole.cells)
    assert len(alone.of_model("original")) == len(whole.questions())
    with pytest.raises(StudyError, match="no results of a study"):
        Results.open(tmp_path / "none")


def test_results_are_those_of_the_plan_also_before_its_new_cells_are_made(done, tmp_path):
    out, config = done
    shutil.copytree(out, tmp_path / "out")
    tree = {**tree_of(config), "selectors": ["longest", "random"], "grid": [], "budgets": [0.5]}
    seen = []

    def watch(event):
        if event["event"] == "step_started" and not seen:
            seen.append(Results.open(tmp_path / "out").cells)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run_study(StudyConfig.of_tree(tree), tmp_path / "out", jobs=1, watch=watch)
    (cells,) = seen
    assert set(cells["selector"]) == {"longest", "random"}
    assert set(cells.loc[cells["selector"] == "longest", "status"]) == {"pending"}
    known = cells[(cells["selector"] == "random") & (cells["compression"] == "given")]
    assert set(known["status"]) == {"done"}


def test_results_are_there_while_cells_are_made(done, tmp_path, monkeypatch):
    out, config = done
    shutil.copytree(out, tmp_path / "out")
    shutil.rmtree(tmp_path / "out" / "cells")
    monkeypatch.setattr(schedule, "_APART", 0.0)
    monkeypatch.setattr(schedule, "_TIMES", 0.0)
    seen = []

    def watch(event):
        if event["event"] == "step_started" and event["step"].startswith("cell/"):
            found = Results.open(tmp_path / "out")
            states = found.cells["status"].value_counts()
            answered = set(found.items["key"].astype(str))
            keys = found.cells.loc[found.cells["status"] == "done", "key"]
            seen.append((states.get("done", 0), states.get("pending", 0), set(keys) <= answered))

    run_study(config, tmp_path / "out", jobs=1, watch=watch)
    points = len(Plan(config).cells)
    assert len({made for made, _, _ in seen}) > 2
    assert all(whole for _, _, whole in seen)
    assert all(made + left == points for made, left, _ in seen[1:])


def test_a_run_that_is_not_finished_costs_its_damage_only(done, tmp_path):
    out, config = done
    runs = {name: Places(out, config).run(name) for name in config.compressions}
    shutil.copytree(runs["cut"], tmp_path / "cut")
    manifest = json.loads((tmp_path / "cut" / "manifest.json").read_text())
    manifest["state"] = "failed"
    (tmp_path / "cut" / "manifest.json").write_text(json.dumps(manifest))
    whole = damage_table(runs)
    assert damage_table({**runs, "cut": tmp_path / "cut"}) == damage_table({"given": runs["given"]})
    assert len(whole) == 2 * len(damage_table({"given": runs["given"]}))


def test_a_cell_that_failed_says_why_in_the_results(done, tmp_path):
    out, config = done
    shutil.copytree(out, tmp_path / "out")
    key = next(iter(Plan(config).works))
    shutil.rmtree(tmp_path / "out" / "cells" / key)
    manifest = read_study(tmp_path / "out")
    manifest["failed"] = {f"cell/{key}": "The disk is full."}
    (tmp_path / "out" / "manifest.json").write_text(json.dumps(manifest))
    write_results(Plan(config), Store(tmp_path / "out"))
    results = Results.open(tmp_path / "out")
    cells = results.cells.set_index("key")
    assert cells.loc[key, "why"] == "The disk is full."
    with pytest.raises(StudyError, match="is the key of no cell that has selected"):
        results.selected(key)
    assert cells.drop(index=key)["why"].isna().all()
