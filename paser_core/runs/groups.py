"""Parquet files in groups of rows: who asks for a few rows reads their groups, not the file."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from threading import Lock
from typing import Any

import numpy as np
import pyarrow.parquet as pq
from numpy.typing import NDArray

# Of a million samples a hundred lie in about as many groups whatever their order, so that a page of a
# table costs tenths of a second; half as many rows a group make the file 2 % larger, twice as many the
# page slower.
SAMPLES_A_GROUP = 2048
TOKENS_A_GROUP = 512  # samples, whose tokens are one row each; they are looked at one by one
_KEPT = 32  # columns of groups


class LastRead:
    """What was read last, by key; threads may share it."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._held: OrderedDict[Hashable, Any] = OrderedDict()

    def get(self, key: Hashable, read: Callable[[], Any]) -> Any:
        """What stands under ``key``, read where it is not there."""
        with self._lock:
            if key in self._held:
                self._held.move_to_end(key)
                return self._held[key]
        value = read()
        with self._lock:
            self._held[key] = value
            while len(self._held) > _KEPT:
                self._held.popitem(last=False)
        return value


def group_starts(file: pq.ParquetFile) -> NDArray[np.int64]:
    """``(g + 1,)`` the number of the first row of each group, and of all rows at the end."""
    about = file.metadata
    rows = [about.row_group(group).num_rows for group in range(about.num_row_groups)]
    return np.concatenate([[0], np.cumsum(rows, dtype=np.int64)]).astype(np.int64)
