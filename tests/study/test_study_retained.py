"""What was retained, against a reading of the files row by row."""

from __future__ import annotations

import hashlib
import json
from statistics import mean

import numpy as np
import pyarrow.parquet as pq
import pytest

from paser_core.errors import StudyError
from paser_core.study.results import Results
from paser_core.study.retained import Arm, retained


def slowly(results, part):
    """``{(key, capability): retention}`` by the definition."""
    rows = pq.read_table(results.folder / "items.parquet").to_pylist()
    study = json.loads((results.folder / "study.json").read_text())
    figures = study["models"]["original"]["demo"]["capabilities"]

    def counts(row):
        drawn = int(hashlib.sha256(row["id"].encode()).hexdigest()[:16], 16) / 2**64 < 0.3
        return part == "all" or drawn == (part == "development")

    scores = {}
    for row in rows:
        if counts(row):
            scores.setdefault((row["key"], row["capability"]), []).append(row["score"])
    found = {}
    for (key, name), own in scores.items():
        top, chance = mean(scores["model/original", name]), figures[name]["chance"]
        found[key, name] = min(1.0, (mean(own) - chance) / (top - chance))
    return found


@pytest.mark.parametrize("part", ["test", "development", "all"])
def test_every_seed_of_every_arm_has_the_share_of_the_definition(made, part):
    found, slow = retained(made, part), slowly(made, part)
    names = [name for _, name in found.capabilities]
    assert len(names) == 12
    seen = 0
    for arm in found.arms:
        for i, key in enumerate(arm.keys):
            row = [slow[key, name] for name in names]
            assert arm.shares[i] == pytest.approx(row)
            assert arm.mean[i] == pytest.approx(mean(row))
            assert arm.worst[i] == pytest.approx(min(row))
            assert names[arm.worst_of[i]] == names[row.index(min(row))]
            seen += 1
    assert seen == (made.cells["status"] == "done").sum() == 97
    for name, shares in found.before.items():
        assert shares == pytest.approx([slow[f"model/{name}", one] for one in names])
    assert int(found.items.sum()) == made.questions(part)["id"].nunique()


def test_arms_say_what_became_of_their_seeds_and_what_they_cost(made):
    found = retained(made)
    lost = made.cells[made.cells["status"] != "done"]
    assert sum(arm.diverged for arm in found.arms) == (lost["status"] == "diverged").sum() == 1
    assert sum(arm.missing for arm in found.arms) == 2
    cells = made.cells.set_index("key")
    for arm in found.arms:
        assert list(arm.costs["tokens"]) == [cells.loc[key, "tokens"] for key in arm.keys]
    one = found.arms[0]
    assert found.of(one.arm) is one
    assert found.of(Arm("x", "paser", "1 %", "sft")) is None


def test_a_question_that_one_cell_was_not_asked_counts_for_none(made, tmp_path):
    """Missing is not wrong: shares stay those of the questions that all have."""
    for file in made.folder.iterdir():
        (tmp_path / file.name).write_bytes(file.read_bytes())
    table = pq.read_table(tmp_path / "items.parquet")
    keys, ids = table["key"].to_pylist(), table["id"].to_pylist()
    part = set(made.questions("test")["id"])
    gone = next(i for i in ids if i in part)
    kept = [not (k == made.cells["key"][0] and i == gone) for k, i in zip(keys, ids, strict=True)]
    pq.write_table(table.filter(kept), tmp_path / "items.parquet")
    found, before = retained(Results.open(tmp_path)), retained(made)
    assert found.left_out == 1
    assert before.left_out == 0
    assert int(found.items.sum()) == int(before.items.sum()) - 1
    assert np.isfinite(found.arms[0].shares).all()


def test_without_scores_or_without_the_original_it_is_one_sentence(made, tmp_path):
    for file in made.folder.iterdir():
        (tmp_path / file.name).write_bytes(file.read_bytes())
    table = pq.read_table(tmp_path / "items.parquet")
    others = [key != "model/original" for key in table["key"].to_pylist()]
    pq.write_table(table.filter(others), tmp_path / "items.parquet")
    with pytest.raises(StudyError, match="original was not evaluated"):
        retained(Results.open(tmp_path))
    pq.write_table(table.filter([False] * len(table)), tmp_path / "items.parquet")
    with pytest.raises(StudyError, match="no cell has answered questions"):
        retained(Results.open(tmp_path))
