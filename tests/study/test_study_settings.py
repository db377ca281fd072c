"""What a study.yaml may say, and the one sentence that answers what it may not."""

from __future__ import annotations

from pathlib import Path

import pytest

from paser_core.errors import ConfigError
from paser_core.study.budgets import Budget, Unit
from paser_core.study.checking import check_settings
from paser_core.study.folder import load_study, tree_of
from paser_core.study.plan import Plan
from paser_core.study.settings import StudyConfig
from paser_core.study.steps import Places

SMALL = {
    "original": "models/original",
    "compressions": {"wanda": {"sparsity": "2:4"}},
    "budgets": [0.1],
}


def study(**changes):
    return StudyConfig.of_tree({**SMALL, **changes})


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"original": ""}, ["original is empty"]),
        ({"budgets": [], "grid": []}, ["budgets is missing"]),
        ({"budgets": [0]}, ["nothing would be trained on"]),
        ({"budgets": [1]}, ["1.0 or 100 %"]),
        ({"budgets": [{"token": 0.1}]}, ["{tokens: 0.1}"]),
        ({"budgets": [0.1, "10 %"]}, ["10 % twice"]),
        ({"compressions": {}}, ["compressions", "one at least"]),
        ({"compressions": ["wanda", "wanda"]}, ["'wanda' twice"]),
        ({"compressions": {"wanda": 3}}, ["compressions.wanda is 3", "mapping"]),
        ({"selectors": "paser"}, ["selectors is 'paser'", "list of names"]),
        ({"seeds": 0}, ["between 1 and 1000"]),
        ({"seeds": {"select": [1, 2], "train": [1]}}, ["2 for select, 1 for train"]),
        ({"seeds": [3, 3]}, ["select 3 with train 3 twice"]),
        ({"seeds": [-1]}, ["between 0 and"]),
        ({"seeds": "five"}, ["seeds"]),
        ({"tasks": []}, ["tasks is []"]),
        ({"tasks": ["demo", "demo"]}, ["'demo' twice"]),
        ({"run": {"models": {"original": "x"}}}, ["run.models.original has no place"]),
        ({"run": {"selection": {}}}, ["run.selection has no place"]),
        ({"run": {"engine": "ray"}}, ["run.engine has no place", "Set engine"]),
        ({"engine": {"name": "ray", "threads": 2}}, ["engine.threads is 2", "Set threads"]),
        ({"engine": "rya"}, ["engine.name is 'rya'", "Did you mean 'ray'"]),
        ({"grid": [{"selectors": ["paser2"]}]}, ["'paser2'", "none of selectors"]),
        ({"grid": [{"selector": ["paser"]}]}, ["grid[0].selector", "'selectors'"]),
        ({"hypotheses": [{"name": "h"}]}, ["h has no claim"]),
        ({"grid": [{"budgets": [1 / 3]}, {"budgets": ["33.3333 %"]}]}, ["both call 33.3333 %"]),
        ({"budgts": [0.1]}, ["budgts is not a known field", "budgets"]),
    ],
)
def test_what_is_not_accepted_is_said_in_one_sentence(changes, words):
    with pytest.raises(ConfigError) as caught:
        study(**changes)
    for word in words:
        assert word in str(caught.value)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"selectors": ["pasr"]}, ["selectors.pasr", "paser"]),
        ({"selectors": {"paser": {"temprature": 2}}}, ["selectors.paser", "temperature"]),
        ({"recoveries": {"sft": {"lrr": 1}}}, ["recoveries.sft", "lr"]),
        ({"recoveries": ["stf"]}, ["recoveries.stf", "sft"]),
        (
            {"selectors": {"paser": {"budget": 0.3}}},
            ["selectors.paser", "budget is 0.3", "in budgets"],
        ),
        ({"selectors": {"random": {"seed": 3}}}, ["selectors.random", "seeds.select"]),
        ({"recoveries": {"sft": {"seed": 3}}}, ["recoveries.sft", "seeds.train"]),
        ({"evaluate": {"seed": 3}}, ["evaluate", "seeds.evaluate"]),
        ({"compressions": ["wandda"]}, ["compressions.wandda", "'wanda'"]),
        ({"compressions": {"rtn": {"bitts": 3}}}, ["compressions.rtn", "bits"]),
        ({"compressions": {"mine": {"model": "a", "bits": 3}}}, ["compressions.mine", "beside it"]),
    ],
)
def test_settings_of_the_parts_are_tried_before_anything_is_made(changes, words):
    with pytest.raises(ConfigError) as caught:
        check_settings(Plan(study(**changes)))
    for word in words:
        assert word in str(caught.value)


HYPOTHESIS = {"name": "h", "claim": "c", "refuted_by": "r", "better": "paser", "than": "random"}
GRID = [{"selectors": ["paser"]}, {"selectors": ["random"], "budgets": [0.2]}]


@pytest.mark.parametrize(
    ("hypothesis", "changes", "words"),
    [
        ({"than": "paser"}, {}, ["hypotheses.h", "both 'paser'"]),
        (
            {"budgets": [0.1, 0.5]},
            {},
            ["no cells of both paser and random on all of wanda at 50 %"],
        ),
        ({"budgets": [{"tokens": 0.1}]}, {}, ["at 10 % of tokens"]),
        ({}, {"grid": GRID}, ["no cells of both", "could not be tested"]),
        (
            {},
            {
                "compressions": ["wanda", "rtn"],
                "grid": [{"compressions": ["rtn"]}, {"selectors": ["paser"]}],
            },
            ["on all of wanda, rtn"],
        ),
    ],
)
def test_a_hypothesis_that_no_cell_could_test_is_refused(hypothesis, changes, words):
    with pytest.raises(ConfigError) as caught:
        check_settings(Plan(study(**changes, hypotheses=[HYPOTHESIS | hypothesis])))
    for word in words:
        assert word in str(caught.value)


@pytest.mark.parametrize(
    ("hypothesis", "changes"),
    [
        ({"budgets": [0.1]}, {}),
        ({"compressions": ["rtn"]}, {"compressions": ["wanda", "rtn"],
                                     "grid": [{"compressions": ["rtn"]}, {"selectors": ["paser"]}]}),
        ({}, {"recoveries": ["sft", "kd"], "grid": [{"recoveries": ["kd"]}, {"selectors": ["paser"]}]}),
    ],
)  # fmt: skip
def test_a_hypothesis_that_some_cells_test_is_accepted(hypothesis, changes):
    check_settings(Plan(study(**changes, hypotheses=[HYPOTHESIS | hypothesis])))


def test_shared_things_lie_under_what_determines_them():
    """Calibration text is read by the pool's columns; models are asked with the first of the seeds."""
    plain = Places(Path("out"), study(run={"data": {"path": "pool.jsonl"}}))
    fields = {"path": "pool.jsonl", "fields": {"output": "answer"}}
    columns = Places(Path("out"), study(run={"data": fields}))
    assert plain.compressed("wanda") != columns.compressed("wanda")
    assert plain.evaluation("wanda") != columns.evaluation("wanda")
    assert plain.evaluation("original") == columns.evaluation("original")
    moved = Places(Path("out"), study(run={"data": {"path": "elsewhere/pool.jsonl"}}))
    assert plain.compressed("wanda") == moved.compressed("wanda")
    seeded = Places(
        Path("out"), study(seeds={"select": [0, 1], "train": [0, 1], "evaluate": [7, 8]})
    )
    drawn = Places(
        Path("out"), study(seeds={"select": [0, 1], "train": [0, 1], "evaluate": [0, 8]})
    )
    assert seeded.evaluation("original") != drawn.evaluation("original")
    assert drawn.evaluation("original") == Places(Path("out"), study()).evaluation("original")


def test_a_mistake_in_the_file_names_its_line(tmp_path):
    (tmp_path / "study.yaml").write_text(
        "original: a\ncompressions: [rtn]\nbudgets: [0.1]\nseeds: 0\n"
    )
    with pytest.raises(ConfigError, match=r"study\.yaml:4"):
        load_study(tmp_path / "study.yaml")


def test_a_study_reads_back_what_it_writes():
    config = study(
        budgets=[0.1, {"tokens": 0.05}, 400],
        grid=[{"selectors": ["paser"]}, {"budgets": [0.2]}],
        seeds={"select": [4, 5], "train": [6, 7], "evaluate": [0, 1]},
        hypotheses=[
            {"name": "h", "claim": "a", "refuted_by": "b", "better": "paser", "than": "random",
             "budgets": [{"tokens": 0.05}]}
        ],
    )  # fmt: skip
    again = StudyConfig.of_tree(tree_of(config))
    assert Plan(again).cells == Plan(config).cells
    assert again.hypotheses == config.hypotheses


def test_a_budget_says_what_it_counts():
    assert Budget(0.5, Unit.TOKENS).tokens(1000) == 500
    assert Budget(300.0, Unit.TOKENS).tokens(1000) == 300
    assert Budget(1.0, Unit.TOKENS).tokens(1000) == 1000
    assert Budget(0.5).tokens(1000) is None


def test_cells_that_are_determined_by_the_same_are_one():
    plan = Plan(
        study(
            selectors={
                "paser": {}, "same": {"selector": "paser"}, "random": {}, "full": {},
            },
            budgets=[0.1, 0.2],
            seeds=3,
        )
    )  # fmt: skip
    cells = {(c.selector, str(c.budget), c.number): key for c, key in plan.cells.items()}
    assert len(cells) == 4 * 2 * 3
    for number in range(3):
        # one selector under two names; everything, whatever the budget
        assert cells["paser", "10 %", number] == cells["same", "10 %", number]
        assert cells["full", "10 %", number] == cells["full", "20 %", number]
    assert len(set(cells.values())) == 3 * (2 + 2 + 1)


def test_only_what_is_drawn_hangs_on_the_seed_of_draws():
    other = Plan(study(seeds={"select": [9], "train": [0]}))
    plan = Plan(study(seeds={"select": [0], "train": [0]}))
    assert other.setting(next(c for c in other.cells if c.selector == "paser")).seed == 0
    ours, theirs = ({c.selector: k for c, k in p.cells.items()} for p in (plan, other))
    assert ours["paser"] == theirs["paser"]
    assert ours["random"] != theirs["random"]


@pytest.mark.parametrize(
    "changes",
    [
        {"threads": 2},
        {"evaluate": {"answer_tokens": 3}},
        {"run": {"clustering": {"n_clusters": 3}}},
        {"compressions": {"wanda": {"sparsity": 0.5}}},
        {"recoveries": {"sft": {"lr": 0.1}}},
        {"seeds": [7]},
        {"tasks": ["ppl:x"]},
    ],
)
def test_what_determines_a_cell_is_in_its_key(changes):
    before, after = Plan(study(seeds=[0])), Plan(study(**{"seeds": [0], **changes}))
    assert set(before.works).isdisjoint(after.works)


def test_seeds_come_one_after_the_other():
    numbers = [cell.number for cell in Plan(study(seeds=3, selectors=["paser", "random"])).cells]
    assert numbers == sorted(numbers)
