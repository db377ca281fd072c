"""Overlaps against sets, answers against a reading row by row."""

from __future__ import annotations

from itertools import combinations
from statistics import mean

import numpy as np
import pyarrow.parquet as pq
import pytest

from paser_core.errors import StudyError
from paser_core.study.answers import beside
from paser_core.study.overlaps import Selections
from paser_core.study.retained import retained


def jaccard(a, b):
    return len(set(a) & set(b)) / len(set(a) | set(b))


def test_overlaps_are_those_of_sets(made):
    found, chosen = retained(made), Selections.of(made)
    arms = [dict(zip(a.numbers, a.keys, strict=True)) for a in found.arms if a.arm.budget == "20 %"]
    ids = {
        row["key"]: row["ids"]
        for row in pq.read_table(made.folder / "selections.parquet").to_pylist()
    }
    index = chosen.overlaps(arms)
    assert index.shape == (10, 10)
    unknown = 0
    for i, one in enumerate(arms):
        assert all(list(chosen.ids(key)) == ids[key] for key in one.values())
        for j, other in enumerate(arms):
            if i == j:
                pairs = list(combinations(one.values(), 2))
            else:
                pairs = [(one[n], other[n]) for n in one if n in other]
            if pairs:
                assert index[i, j] == pytest.approx(mean(jaccard(ids[a], ids[b]) for a, b in pairs))
            else:
                assert np.isnan(index[i, j])
                unknown += 1
    assert unknown > 0  # arms that have lost a seed say so
    assert chosen.ids("no such cell") == ()


def test_answers_are_set_side_by_side_item_by_item(made):
    key, other = made.cells["key"][0], "model/magnitude"
    rows = pq.read_table(made.folder / "items.parquet").to_pylist()
    ours, theirs = ({r["id"]: r for r in rows if r["key"] == one} for one in (key, other))
    part = set(made.questions("test")["id"])
    found = beside(made, key, other, "test")
    assert set(found.table["id"]) == part
    for row in found.table.to_dict("records"):
        assert (row["answer"], row["score"]) == (
            ours[row["id"]]["answer"],
            ours[row["id"]]["score"],
        )
        assert row["other_answer"] == theirs[row["id"]]["answer"]
        assert row["other_score"] == theirs[row["id"]]["score"]
        assert row["capability"] == ours[row["id"]]["capability"]
    right = [(ours[i]["score"] == 1, theirs[i]["score"] == 1) for i in part]
    counted = [
        right.count(pair) for pair in ((True, True), (True, False), (False, True), (False, False))
    ]
    assert [found.both, found.ours, found.theirs, found.neither] == counted
    assert len(found.differing) == counted[1] + counted[2]
    assert found.unpaired == 0
    assert len(beside(made, key, other).table) == 240


def test_a_cell_without_answers_is_one_sentence(made):
    lost = made.cells.loc[made.cells["status"] == "diverged", "key"].iloc[0]
    with pytest.raises(StudyError, match="no answers of"):
        beside(made, lost, "model/original")
