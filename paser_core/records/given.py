"""Rows that are in memory already: a list of dicts, a DataFrame or a Hugging Face data set."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd
import pyarrow as pa

from paser_core.config import DataConfig
from paser_core.errors import DataError, shortened
from paser_core.records.hub import of_dataset
from paser_core.records.source import Row, Source

_ACCEPTED = (
    "a path or hub name, a list of dicts, a pandas DataFrame or a data set of the library datasets"
)


def source_of(rows: Any, config: DataConfig) -> Source:
    """The rows as a source, in their order. What the caller does with them later has no effect.

    Raises:
        DataError: they are something else, or a data set without the split of ``config``.
    """
    if isinstance(rows, pd.DataFrame):
        return _of_frame(rows)
    # By its name: whoever brings no data set shall not wait for the library.
    if type(rows).__module__.partition(".")[0] == "datasets":
        return of_dataset(rows, config, "a data set in memory")
    if isinstance(rows, Sequence) and not isinstance(rows, str | bytes):
        return _of_rows(rows)
    raise DataError(f"The data are a {type(rows).__name__}; accepted: {_ACCEPTED}.")


def _of_rows(rows: Sequence[Any]) -> Source:
    copied: list[Row] = []
    for number, row in enumerate(rows):
        if not isinstance(row, Mapping) or not all(isinstance(name, str) for name in row):
            raise DataError(
                f"Element {number} of the data is {shortened(row)}; every row must be a dict with "
                "the names of its columns as keys."
            )
        copied.append(dict(row))
    return Source.of_rows("rows in memory", "", copied).hashed()


def _of_frame(frame: pd.DataFrame) -> Source:
    frame = frame.rename(columns=str)
    try:
        table = pa.Table.from_pandas(frame, preserve_index=False)
    except (pa.ArrowException, ValueError):  # a column of several types: cell by cell
        cells = frame.astype(object).where(frame.notna(), None)
        return _of_rows(cells.to_dict("records"))
    return Source.of_table("a DataFrame in memory", "", table).hashed()
