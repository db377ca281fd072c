"""The user's own columns, where they sort samples into kinds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from paser_core.runs import Run

MOST_VALUES = 60  # distinct values of a column that sorts samples and does not name them
NO_VALUE = "(none)"  # what an empty cell is called
_FIRST = 10_000  # rows with more values than that settle it


@dataclass(frozen=True)
class Column:
    """One of the user's columns."""

    values: tuple[str, ...]  # the most frequent first
    codes: NDArray[np.int32]  # (n,) which of them


def kinds(run: Run) -> Mapping[str, Column]:
    """The user's columns with 2 to 60 distinct values, in the order of the file."""
    every = {name: _kinds(run, name) for name in run.user_columns}
    return {name: column for name, column in every.items() if column is not None}


def _kinds(run: Run, name: str) -> Column | None:
    texts = run.columns(name)[name].astype("string").fillna(NO_VALUE)
    if texts.iloc[:_FIRST].nunique() > MOST_VALUES:
        return None
    codes, values = texts.factorize()
    if not 2 <= len(values) <= MOST_VALUES:
        return None
    order = np.argsort(-np.bincount(codes, minlength=len(values)), kind="stable")
    places = np.empty(len(values), np.int32)
    places[order] = np.arange(len(values), dtype=np.int32)
    return Column(tuple(str(values[i]) for i in order), places[codes])
