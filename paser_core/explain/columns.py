"""The user's own columns, where they sort samples into kinds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from paser_core.runs import Run

if TYPE_CHECKING:
    import pandas as pd

MOST_VALUES = 60  # distinct values of a column that sorts samples and does not name them
NO_VALUE = "(none)"  # what an empty cell is called, unless another cell says just that
_OTHERWISE = "(empty)"
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
    texts = run.columns(name)[name].astype("string")
    if texts.iloc[:_FIRST].nunique() > MOST_VALUES:
        return None
    codes, values = texts.fillna(_empty(texts)).factorize()
    if not 2 <= len(values) <= MOST_VALUES:
        return None
    order = np.argsort(-np.bincount(codes, minlength=len(values)), kind="stable")
    places = np.empty(len(values), np.int32)
    places[order] = np.arange(len(values), dtype=np.int32)
    return Column(tuple(str(values[i]) for i in order), places[codes])


def _empty(texts: pd.Series[str]) -> str:
    """What the empty cells of a column are called: something that no other cell says."""
    known = set(texts.dropna().unique())
    name = NO_VALUE if NO_VALUE not in known else _OTHERWISE
    while name in known:
        name = f"({name})"
    return name
