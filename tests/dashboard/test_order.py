"""The order of a long table: by any column, over all rows, what is empty last either way."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from dashboard.runs.tables import ordered_by_column

ROWS = np.array([7, 3, 9, 1, 5])


@pytest.mark.parametrize(
    ("column", "up", "down"),
    [
        (["b", "", "A", "–", "c"], [9, 7, 5, 3, 1], [5, 7, 9, 3, 1]),
        (pd.array([2, None, 1, 2, 3], "Int64"), [9, 7, 1, 5, 3], [5, 7, 1, 9, 3]),
        ([0.5, np.nan, -1.0, 0.5, 2.0], [9, 7, 1, 5, 3], [5, 7, 1, 9, 3]),
    ],
)
def test_ordered_by_a_column(column, up, down):
    assert ordered_by_column(ROWS, pd.Series(column)).tolist() == up
    assert ordered_by_column(ROWS, pd.Series(column), backwards=True).tolist() == down
