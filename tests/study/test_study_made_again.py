"""Cells of one study that another made again: one made on another day must not answer otherwise."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

DEMO = Path(__file__).resolve().parents[2] / "data" / "demo"
SAME = ["compression", "selector", "budget", "recovery", "number"]


def _items(name: str) -> pd.DataFrame:
    frame = pd.read_parquet(DEMO / name / "items.parquet")
    return frame.astype(dict.fromkeys(("key", "task", "id", "answer"), str))


def test_equal_cells_have_equal_keys_and_equal_answers():
    first, again = (pd.read_parquet(DEMO / s / "cells.parquet") for s in ("study", "study-costly"))
    both = first.merge(again, on=SAME, suffixes=("", "_again"))
    assert set(both["selector"]) == {"random", "paser", "full"}
    assert len(both) == 2 * 3 * 5 + 5
    assert (both["key"] == both["key_again"]).all()
    assert (both["tokens"] == both["tokens_again"]).all()
    joined = _items("study").merge(
        _items("study-costly"), on=["key", "task", "id"], suffixes=("", "_again")
    )
    assert set(both["key"]) <= set(joined["key"])
    assert len(joined) == 779 * (len(both) + 4)  # and the four models before any recovery
    assert (joined["answer"] == joined["answer_again"]).all()
    for column in ("score", "bits_per_byte"):
        np.testing.assert_array_equal(joined[column], joined[f"{column}_again"])
