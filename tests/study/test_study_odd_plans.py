"""Names and questions that an author did not think of: nothing is overwritten, mixed up or lost."""

from __future__ import annotations

import json
import re

import numpy as np
import pandas as pd
import pytest
from test_study_tables import DEMO, made, slow

import paser_core as paser
from paser_core.errors import ConfigError, StudyError
from paser_core.study.checking import check_settings, check_study
from paser_core.study.folder import bound_to, tree_of
from paser_core.study.plan import Plan
from paser_core.study.retained import retained
from paser_core.study.settings import StudyConfig
from paser_core.study.statistics import Measure, Questions, difference
from paser_core.study.steps import steps_of
from paser_core.study.summary import Summary
from paser_core.study.tables import tables_of
from paser_core.study.write import latex, markdown, write_tables

SMALL = {"original": "models/original", "budgets": [0.1], "seeds": 1}


def plan(**changes):
    return Plan(StudyConfig.of_tree({**SMALL, "compressions": ["wanda"], **changes}))


def changed(results, *, study=None, items=None):
    """The same results with another study.json, or other items."""
    if study is not None:
        tree = json.loads(json.dumps(results.study))
        study(tree)
        object.__setattr__(results, "study", tree)
    if items is not None:
        object.__setattr__(results, "items", items(results.items.copy()))
    return results


def test_two_methods_that_set_nothing_are_two_cells():
    names = {"compressions": ["wanda", "magnitude"], "selectors": ["random"]}
    assert len(plan(**names).works) == 2
    recipes = plan(recoveries=["sft", "kd", "kd-sft"], selectors=["random"])
    assert len(recipes.works) == 3


def test_a_method_that_its_name_says_is_the_method_that_is_written():
    short = plan(compressions={"wanda": {"sparsity": "2:4"}}, recoveries={"kd": {"lr": 1e-4}})
    long = plan(
        compressions={"wanda": {"method": "wanda", "sparsity": "2:4"}},
        recoveries={"kd": {"method": "kd", "lr": 1e-4}},
    )
    assert list(short.works) == list(long.works)
    usual = (
        plan(recoveries={"sft": {"lr": 1e-3}}),
        plan(recoveries={"x": {"method": "sft", "lr": 1e-3}}),
    )
    assert list(usual[0].works) == list(usual[1].works)


def test_a_recovery_trains_a_compression_as_it_says_for_it():
    asked = plan(
        compressions=["wanda", "magnitude"],
        selectors=["random"],
        recoveries={"sft": {"lr": 1e-3, "batch": 8, "compressions": {"wanda": {"lr": 1e-4}}}},
    )
    trained = {cell.compression: asked.recovery(cell) for cell in asked.cells}
    assert {name: one.lr for name, one in trained.items()} == {"wanda": 1e-4, "magnitude": 1e-3}
    assert {one.batch for one in trained.values()} == {8}
    plain = plan(
        compressions=["wanda", "magnitude"],
        selectors=["random"],
        recoveries={"sft": {"lr": 1e-3, "batch": 8}},
    )
    keys = [{cell.compression: key for cell, key in one.cells.items()} for one in (asked, plain)]
    assert keys[0]["magnitude"] == keys[1]["magnitude"]
    assert keys[0]["wanda"] != keys[1]["wanda"]
    assert StudyConfig.of_tree(tree_of(asked.config)) == asked.config


@pytest.mark.parametrize(
    ("own", "words"),
    [
        ([1e-4], "must be a mapping from compressions to settings"),
        ({"wnada": {"lr": 1e-4}}, "Did you mean 'wanda'"),
        ({"wanda": 1e-4}, "recoveries.sft.compressions.wanda is 0.0001"),
        ({"wanda": {"learning_rate": 1e-4}}, "recoveries.sft.compressions.wanda: learning_rate"),
        ({"wanda": {"seed": 3}}, "a study has it in seeds.train"),
    ],
)
def test_what_a_recovery_says_for_a_compression_is_checked(own, words):
    asked = plan(recoveries={"sft": {"compressions": own}})
    with pytest.raises(ConfigError, match=re.escape(words)):
        check_settings(asked)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"compressions": {"original": {"model": "x"}}}, "'original' as a name"),
        ({"compressions": {"all": {"model": "x"}}}, "'all' as a name"),
        ({"compressions": {"a\nb": {"model": "x"}}}, "one line of text"),
        ({"budgets": [0.1, 0.100000001]}, "10 % twice"),
    ],
)
def test_names_that_the_tables_could_not_tell_apart_are_refused(changes, words):
    with pytest.raises(ConfigError, match=words):
        plan(**changes)


@pytest.mark.parametrize(
    "name", ["retention", "score", "worst", "tokens", "seeds", "selector", "p"]
)
def test_a_capability_that_is_called_like_a_figure_replaces_none(name, tmp_path):
    results = made(tmp_path)
    known = {t.title: t for t in tables_of(results)}["Selectors: one, 10 %, sft"]

    def renamed(items):
        return items.assign(capability=items["capability"].astype(object).replace("adding", name))

    def told(tree):
        tree["models"]["original"]["demo"]["capabilities"][name] = {"chance": 0.1}

    other = changed(made(tmp_path / "other"), study=told, items=renamed)
    found = {t.title: t for t in tables_of(other)}["Selectors: one, 10 %, sft"]
    for frame, before in ((found.texts, known.texts), (found.numbers, known.numbers)):
        new = f"{name} (capability)"
        assert list(frame[new]) == list(before["adding"])
        # How much too low the worst reads is drawn in the order of the capabilities.
        apart = ("adding", "least in", "worst gap", "worst p", "worst_")
        kept = [column for column in before.columns if not column.startswith(apart)]
        pd.testing.assert_frame_equal(frame[kept], before[kept])


def test_names_that_are_the_same_in_a_file_name_have_files_of_their_own(tmp_path):
    names = ("a/b", "a-b", "A-B", "Ä", "Ö", "it's one's")
    tables = tables_of(made(tmp_path / "s", compressions=names))
    files = write_tables(tables, tmp_path / "out")
    assert len(set(files)) == 2 + 2 * len(tables)
    assert len({file.name.lower() for file in files}) == len(files)
    for table in tables:
        assert table.title in (tmp_path / "out" / f"{table.name}.tex").read_text().replace(
            "\\%", "%"
        )


def test_signs_of_a_format_in_a_name_are_text_in_it(tmp_path):
    def two_lines(items):
        return items.assign(
            capability=items["capability"].astype(object).replace("adding", "a|\nb")
        )

    table = tables_of(changed(made(tmp_path, compressions=("x^2", "one")), items=two_lines))[0]
    assert "\\caption{Selectors: x\\textasciicircum{}2, " in latex(table)
    rows = [line for line in markdown([table]).splitlines() if line.startswith("|")]
    assert len(rows) == 2 + len(table.texts)
    assert "| a\\| b |" in rows[0]


def test_a_capability_of_one_question_has_figures_without_intervals(tmp_path):
    def few(items):
        return items[(items["capability"] != "sorting") | (items["id"] == "sorting-1")]

    results = changed(made(tmp_path), items=few)
    arms = Summary(results).arms.set_index(["compression", "selector"])
    kept = [slow(results, f"one-better-{n}")[0] for n in range(5)]
    assert arms.loc[("one", "better"), "retention"] == pytest.approx(np.mean(kept), abs=1e-6)
    assert arms["retention_low"].isna().all()
    table = tables_of(results)[0]
    assert set(table.texts["p"]) == {"–"}
    assert not table.bold
    assert any("Only one item is there of sorting" in note for note in table.notes)


@pytest.mark.parametrize("measure", Measure)
def test_one_item_of_a_capability_gives_no_interval_but_a_reason(measure):
    a, b = np.array([[1.0, 0, 1], [1, 1, 1]]), np.array([[0.0, 0, 1], [0, 1, 0]])
    found = difference(a, b, Questions(["a", "a", "b"], [1, 1, 1]), measure)
    assert found.p is found.low is found.high is None
    assert "one item is there of b" in found.why_not
    assert np.isfinite(found.value)
    assert np.isfinite(found.observed)


def test_a_part_without_questions_is_said(tmp_path):
    with pytest.raises(StudyError, match=r"none of the 120 questions .*split.development is 0[)]"):
        tables_of(made(tmp_path), "development")


def test_a_part_that_there_is_not_is_refused_and_not_read_as_another(tmp_path):
    with pytest.raises(ConfigError, match="items is 'dev'; accepted: test, development, all"):
        tables_of(made(tmp_path), "dev")


def test_an_original_that_guesses_is_said(tmp_path):
    def guessing(tree):
        for figure in tree["models"]["original"]["demo"]["capabilities"].values():
            figure["chance"] = 1.0

    with pytest.raises(StudyError, match="no better than chance in any of adding, naming, sorting"):
        tables_of(changed(made(tmp_path), study=guessing))


@pytest.mark.parametrize("damaged", [True, False])
def test_a_compression_that_was_not_evaluated_costs_itself_only(damaged, tmp_path):
    def more(tree):
        tree["config"]["compressions"]["three"] = {"model": "x"}

    results = changed(made(tmp_path), study=more)
    if damaged:
        lost = results.damage[results.damage["compression"] == "one"].assign(compression="three")
        object.__setattr__(results, "damage", pd.concat([results.damage, lost]))
    ours, theirs = tables_of(results), tables_of(made(tmp_path / "other"))
    assert [t.title for t in ours] == [t.title for t in theirs]
    for table, other in zip(ours, theirs, strict=True):
        pd.testing.assert_frame_equal(table.numbers, other.numbers)
        assert table.notes == other.notes


def test_an_arm_whose_trainings_diverged_has_dashes(tmp_path):
    results = made(tmp_path)
    status = results.cells["status"].mask(results.cells["selector"] == "better", "diverged")
    object.__setattr__(results, "cells", results.cells.assign(status=status))
    table = tables_of(results)[0]
    row = table.texts.set_index("selector").loc["better"]
    assert set(row.drop("seeds")) == {"–"}


def test_a_training_that_diverged_is_in_no_figure(tmp_path):
    results = made(tmp_path)
    wild = (results.cells["key"] == "one-better-4").to_numpy()
    cells = results.cells.assign(status=results.cells["status"].mask(wild, "diverged"))
    object.__setattr__(results, "cells", cells)
    arms = Summary(results).arms.set_index(["compression", "selector"])
    assert arms.loc[("one", "better"), "tokens"] == 900 + np.mean([0, 1, 2, 3])
    assert arms.loc[("all", "same"), "tokens"] == 902


def test_damage_is_laid_beside_what_was_lost_also_with_several_tasks(tmp_path):
    alone = {t.name: t for t in tables_of(made(tmp_path))}["signals"]

    def two(tree):
        tree["config"]["tasks"] = ["demo", "ppl:text.txt"]

    both = {t.name: t for t in tables_of(changed(made(tmp_path / "two"), study=two))}
    pd.testing.assert_frame_equal(both["signals"].numbers, alone.numbers)


def test_what_was_brought_back_is_said_to_be_of_the_cells_that_it_is_of(tmp_path):
    results = made(tmp_path)
    kd = (results.cells["compression"] == "two") & (results.cells["number"] > 2)
    cells = results.cells.assign(recovery=results.cells["recovery"].mask(kd, "kd"))
    object.__setattr__(results, "cells", cells)
    notes = {t.name: t for t in tables_of(results)}["signals"].notes
    assert "Brought back at: one 10 %, sft; two 10 %, kd." in notes  # those with most tokens
    none = cells.assign(status="failed")
    object.__setattr__(results, "cells", none)
    assert not any("Brought back at" in note for t in tables_of(results) for note in t.notes)


def test_chance_of_questions_without_a_capability_is_that_of_their_task(tmp_path):
    def some(items):
        whole = items["capability"].astype(object).where(items["capability"] != "sorting", None)
        return items.assign(capability=whole)

    def told(tree):
        for task in tree["models"].values():
            task["demo"] |= {"chance": 0.1}

    results = changed(made(tmp_path), study=told, items=some)
    summary, found = Summary(results), retained(results)
    assert summary.questions.chance == {"adding": 0.1, "naming": 0.1, "demo": 0.1}
    arms = summary.arms.set_index(["compression", "selector"])
    (same,) = [
        one for one in found.arms if (one.arm.compression, one.arm.selector) == ("one", "same")
    ]
    assert arms.loc[("one", "same"), "retention"] == pytest.approx(same.mean.mean(), abs=1e-9)
    assert arms.loc[("one", "same"), "worst"] == pytest.approx(same.worst.mean(), abs=1e-9)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"budgets": [], "grid": [{"selectors": ["paser"]}]}, r"grid\[0\] has no budgets"),
        ({"budgets": [], "grid": [{"budgets": [0.3]}, {}]}, r"grid\[1\] has no budgets"),
    ],
)
def test_a_part_of_the_grid_without_budgets_is_no_empty_part(changes, words):
    with pytest.raises(ConfigError, match=words):
        plan(**changes)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"compressions": {"rtn": {"loading": 3}}}, "compressions.rtn: loading is 3; it must be a mapping"),
        ({"compressions": {"rtn": {"data": 3}}}, "compressions.rtn: data is 3; it must be a mapping"),
        ({"compressions": ["rtn"], "run": {}}, r"run: data\.path is missing"),
        ({"compressions": ["rtn"], "selectors": ["random", "rds-plus"]},
         "selectors.rds-plus: .* needs examples .* scores.targets"),
    ],
)  # fmt: skip
def test_what_no_cell_could_do_without_is_told_before_anything_is_made(changes, words, tmp_path):
    (tmp_path / "pool.jsonl").write_text("{}\n")
    pool = {"data": {"path": str(tmp_path / "pool.jsonl")}}
    tree = {**SMALL, "original": str(DEMO / "models" / "original"), "run": pool, **changes}
    with pytest.raises(ConfigError, match=words):
        check_study(Plan(StudyConfig.of_tree(tree)))


def test_compressions_that_share_cells_are_each_evaluated():
    model = {"model": "models/pruned"}
    same = plan(compressions={"one": model, "two": model}, selectors=["random"])
    assert len(same.works) == 1
    made_once = {step.id for step in steps_of(same)}
    assert {"evaluate/one", "evaluate/two", "run/two"} <= made_once


def test_a_study_is_bound_to_the_examples_that_a_selector_aims_at(tmp_path):
    (tmp_path / "targets.jsonl").write_text("{}\n")
    aimed = {"rds-plus": {"scores": {"targets": str(tmp_path / "targets.jsonl")}}}
    tree = {
        **SMALL,
        "original": str(DEMO / "models" / "original"),
        "compressions": ["rtn"],
        "selectors": aimed,
    }
    before = bound_to(StudyConfig.of_tree(tree))
    (tmp_path / "targets.jsonl").write_text("{ }\n")
    after = bound_to(StudyConfig.of_tree(tree))
    assert {name for name in before if before[name] != after[name]} == {"targets of rds-plus"}


def test_a_study_is_bound_to_the_vectors_that_its_runs_read(tmp_path):
    (tmp_path / "vectors.npy").write_bytes(b"one")
    tree = {
        **SMALL,
        "original": str(DEMO / "models" / "original"),
        "compressions": ["rtn"],
        "run": {"embedding": {"precomputed": str(tmp_path / "vectors.npy")}},
    }
    before = bound_to(StudyConfig.of_tree(tree))
    (tmp_path / "vectors.npy").write_bytes(b"two")
    after = bound_to(StudyConfig.of_tree(tree))
    assert {name for name in before if before[name] != after[name]} == {"vectors"}


def test_a_folder_that_is_no_name_is_refused_in_one_sentence():
    with pytest.raises(ConfigError, match=r"path is 3; it must be the folder of a study"):
        paser.Study(3)
