"""RDS+ against its definition, and what it says of its targets."""

from __future__ import annotations

import json

import numpy as np
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from slow_reading import SlowReader

from paser_core.cli import main
from paser_core.config import ScoresConfig
from paser_core.errors import ConfigError, DataError
from paser_core.measure.scores.make import make_scores
from paser_core.measure.scores.rds import take_turns
from paser_core.runs.scores import read_scores
from paser_core.selection import Setting
from paser_core.selection.of_run import select_from_run

TARGETS = [
    {"instruction": "Add 14 and 25.", "output": "39"},
    {"instruction": "Say thank you in French.", "output": "merci"},
    {"instruction": "Sort these words: pear, apple.", "output": "apple, pear"},
]


@pytest.fixture
def targets(tmp_path):
    file = tmp_path / "targets.jsonl"
    file.write_text("".join(json.dumps(row) + "\n" for row in TARGETS), encoding="utf-8")
    return file


def slow_vector(reader, messages):
    prompt, answer = reader.split(messages)
    hidden = reader.hidden([*prompt, *answer]).numpy()
    weights = np.arange(1, len(hidden) + 1)
    mean = sum(w * h for w, h in zip(weights, hidden, strict=True)) / weights.sum()
    return mean / np.linalg.norm(mean)


def slow_turns(likeness):
    """The literal round robin."""
    k, n = likeness.shape
    left, taken = set(range(n)), []
    while left:
        for target in range(k):
            if left:
                best = min(left, key=lambda row: (-likeness[target, row], row))
                left.remove(best)
                taken.append((best, target))
    return taken


def test_cosines_and_turns_are_those_of_single_passes(run, targets):
    config = ScoresConfig(targets=str(targets))
    scores = make_scores(run, "rds", config)
    reader = SlowReader("compressed")
    asked = [
        [{"role": "user", "content": t["instruction"]},
         {"role": "assistant", "content": t["output"]}]
        for t in TARGETS
    ]  # fmt: skip
    wanted = np.array([slow_vector(reader, messages) for messages in asked])
    rows = np.flatnonzero(run.valid)
    pool = np.array([slow_vector(reader, run.conversation(int(r)).messages) for r in rows])
    likeness = wanted @ pool.T
    cosine, target = scores.column("cosine"), scores.column("target").astype(int)
    expected = slow_turns(likeness)
    for turn, (place, by) in enumerate(expected, start=1):
        row = rows[place]
        assert scores.column("turn")[row] == turn
        assert target[row] == by
        assert cosine[row] == pytest.approx(likeness[by, place], abs=1e-5)
    setting = Setting.of(run, selector="rds-plus", budget=9, scores=config)
    selection = select_from_run(run, setting)
    assert selection.rows.tolist() == [rows[place] for place, _ in expected[:9]]
    np.testing.assert_array_equal(selection.ranking.score, cosine)
    assert scores.cost.passes == len(rows) + 3


@given(st.integers(1, 4), st.integers(1, 9), st.randoms(use_true_random=False))
@settings(max_examples=60)
def test_turns_of_any_likeness(k, n, chance):
    likeness = np.array([[chance.randint(0, 3) / 3 for _ in range(n)] for _ in range(k)])
    turn, by = take_turns(likeness)
    taken = [(int(row), int(by[row])) for row in np.argsort(turn)]
    assert sorted(turn) == list(range(1, n + 1))
    assert taken == slow_turns(likeness)


def test_without_targets_it_says_what_it_needs(run, tmp_path, capsys):
    out = str(tmp_path / "out")
    assert main(["select", str(run.path), "--selector", "rds-plus", "--out", out]) == 2
    said = capsys.readouterr().err
    assert "--targets" in said
    assert "Traceback" not in said
    with pytest.raises(ConfigError, match=r"nowhere\.jsonl.*cannot be read"):
        make_scores(run, "rds", ScoresConfig(targets="nowhere.jsonl"))


def test_the_command_line_takes_targets_and_the_recipe_keeps_them(run, targets, tmp_path):
    out, again = tmp_path / "out", tmp_path / "again"
    command = ["select", str(run.path), "--selector", "rds-plus", "--targets", str(targets)]
    assert main([*command, "--budget", "6", "--out", str(out)]) == 0
    assert main(["select", "--config", str(out / "selection.yaml"), "--out", str(again)]) == 0
    one, two = (pq.read_table(f / "scores.parquet").to_pylist() for f in (out, again))
    assert str(one) == str(two)
    # Other targets at the same path are other scores.
    before = read_scores(run, "rds", ScoresConfig(targets=str(targets))).folder
    targets.write_text(json.dumps(TARGETS[0]) + "\n", encoding="utf-8")
    after = make_scores(run, "rds", ScoresConfig(targets=str(targets))).folder
    assert before != after


def test_targets_of_the_pool_and_lost_ones_are_counted(run, tmp_path):
    own = run.sample(int(np.flatnonzero(run.valid)[0]))
    rows = [
        {"instruction": own.instruction, "input": own.input, "output": own.output},
        {"instruction": "Say a word.", "output": ""},
        TARGETS[0],
    ]
    file = tmp_path / "own.jsonl"
    file.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    scores = make_scores(run, "rds", ScoresConfig(targets=str(file)))
    told = {notice.code: notice for notice in scores.notices}
    assert (told["targets-in-pool"].count, told["targets-in-pool"].total) == (1, 3)
    assert told["targets-lost"].count == 1
    assert scores.column("cosine")[own.row] == pytest.approx(1.0, abs=1e-6)
    file.write_text(json.dumps(rows[1]) + "\n", encoding="utf-8")
    with pytest.raises(DataError, match="none of the 1 targets"):
        make_scores(run, "rds", ScoresConfig(targets=str(file)))
