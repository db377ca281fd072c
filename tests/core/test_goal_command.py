"""``paser select --goal``: the budget is said, kept as a number, and made again without the goal."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

import paser_core as paser
from paser_core.cli import main
from paser_core.config import GoalConfig, describe

DEMO = Path(__file__).parents[2] / "data" / "demo" / "run"


def selection_of(folder):
    return yaml.safe_load((folder / "selection.yaml").read_text(encoding="utf-8"))


def test_the_export_has_the_budget_and_needs_no_goal_to_be_made_again(tmp_path, capsys):
    first, again = tmp_path / "first", tmp_path / "again"
    assert main(["select", str(DEMO), "--goal", "covered=0.6", "--out", str(first)]) == 0
    said = capsys.readouterr().out
    found = paser.open(DEMO).budget_for(covered=0.6)
    assert f"Goal covered=0.6: {found.reason}" in said
    assert selection_of(first)["selection"]["budget"] == found.budget
    assert not {"goal", "covered"} & {*selection_of(first), *selection_of(first)["selection"]}
    assert main(["select", "--config", str(first / "selection.yaml"), "--out", str(again)]) == 0
    assert (again / "train.jsonl").read_bytes() == (first / "train.jsonl").read_bytes()


def test_several_goals_and_other_knobs(tmp_path):
    goals = ["--goal", "tokens=20000", "--goal", "balance=0.3", "--selector", "random"]
    assert main(["select", str(DEMO), *goals, "--out", str(tmp_path / "x")]) == 0
    found = paser.open(DEMO).budget_for(tokens=20_000, balance=0.3, selector="random")
    assert selection_of(tmp_path / "x")["selection"]["budget"] == found.budget


def test_the_front_door_selects_where_the_goal_says():
    run = paser.open(DEMO)
    found = run.budget_for(covered=0.6, temperature=2.0)
    sel = run.select(found.setting, temperature=2.0)
    assert len(sel) == found.budget
    assert sel.budget_for(covered=0.6).budget == found.budget


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--goal", "covered=0.99"], ["covered=0.99", "at most", "Ask for covered="]),
        (["--goal", "coverd=0.5"], ["--goal coverd=0.5", "'covered'"]),
        (["--goal", "covered"], ["--goal covered:", "NAME=VALUE"]),
        (["--goal", "covered=80"], ["--goal covered=80", "between 0 and 1"]),
        (["--goal", "tokens=9", "--goal", "tokens=8"], ["--goal tokens=8", "twice"]),
        (["--goal", "covered=0.5", "--budget", "0.2"], ["--budget 0.2", "Keep one"]),
        (["--goal", "covered=0.5", "--order", "clusterwise"], ["covered=0.5", "interleaved"]),
    ],
)
def test_mistakes(arguments, words, tmp_path, capsys):
    assert main(["select", str(DEMO), *arguments, "--out", str(tmp_path / "x")]) == 2
    said = capsys.readouterr().err
    assert all(word in said for word in words), said
    assert not (tmp_path / "x").exists()


def test_help_says_of_a_goal_what_its_field_says(capsys):
    with pytest.raises(SystemExit):
        main(["select", "--help"])
    said = "".join(capsys.readouterr().out.split())
    for path, field in describe(GoalConfig).items():
        assert "".join(f"{path.rpartition('.')[2]}: {field.help}".split()) in said
