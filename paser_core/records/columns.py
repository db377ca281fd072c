"""The user's own columns and ids, with their type where a table can keep it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from paser_core.errors import DataError, nearest
from paser_core.records.arrow import is_labelled
from paser_core.records.cells import as_json, is_missing, storable
from paser_core.records.source import Source

_INT64 = 2**63


def user_column(source: Source, name: str) -> pd.Series[Any]:
    """A user's column: numbers, booleans, dates and text keep their type; nested values are JSON.

    Numbers beyond 64 bits and columns of mixed types are text.
    """
    if source.table is not None and not is_labelled(source.table, name):
        typed = _typed(source.table.column(name))
        if typed is not None:
            return typed
    return _inferred(source.column(name))


def _typed(column: Any) -> pd.Series[Any] | None:
    import pyarrow as pa

    kind = column.type
    if pa.types.is_dictionary(kind):
        column = column.cast(kind.value_type)
        kind = column.type
    if pa.types.is_string(kind) or pa.types.is_large_string(kind):
        return pd.Series(column.to_pylist(), dtype="string")
    if pa.types.is_boolean(kind):
        return pd.Series(column.to_pylist(), dtype="boolean")
    if pa.types.is_integer(kind):
        dtype = "UInt64" if pa.types.is_unsigned_integer(kind) else "Int64"
        if column.null_count:
            return pd.Series(column.to_pylist(), dtype=dtype)
        return pd.Series(column.to_numpy())
    if pa.types.is_floating(kind) or pa.types.is_timestamp(kind) or pa.types.is_date(kind):
        try:
            values: pd.Series[Any] = column.to_pandas()
        except (pa.ArrowException, ValueError, OverflowError):
            return None
        return values.astype("float32") if pa.types.is_float16(kind) else values
    return None


def _inferred(values: list[Any]) -> pd.Series[Any]:
    kinds = {type(v) for v in values if v is not None}
    if not kinds or kinds == {str}:
        return pd.Series([None if v is None else storable(v) for v in values], dtype="string")
    if kinds == {bool}:
        return pd.Series(values, dtype="boolean")
    if kinds == {int} and all(v is None or -_INT64 <= v < _INT64 for v in values):
        return pd.Series(values, dtype="Int64" if None in values else "int64")
    if kinds == {float} or (kinds == {int, float} and _fits(values)):
        return pd.Series([None if v is None else float(v) for v in values], dtype="float64")
    return pd.Series([None if v is None else _as_text(v) for v in values], dtype="string")


def _fits(values: list[Any]) -> bool:
    """Whether every whole number among them survives as a float."""
    return all(not isinstance(v, int) or abs(v) <= 2**53 for v in values)


def _as_text(value: Any) -> str:
    return storable(value) if isinstance(value, str) else storable(as_json(value))


def sample_ids(values: Sequence[Any]) -> tuple[list[str], int]:
    """Ids of rows, unique in any case, and how many rows have one that was taken.

    A later row with the id ``a`` is ``a#2``, the next ``a#3``: an answer about ``a`` must mean one
    sample, and no row may disappear. A row without an id has its number.
    """
    numbered = [f"row-{row:06d}" for row in range(len(values))]
    given = [_id_text(value) for value in values]
    own = set(given) - {None}
    taken: set[str] = set()
    times: dict[str, int] = {}
    ids: list[str] = []
    repeats = 0
    for row, text in enumerate(given):
        name = numbered[row] if text is None else text
        repeats += text is not None and text in taken
        unique = name
        while unique in taken or (unique in own and unique != text):
            times[name] = times.get(name, 1) + 1
            unique = f"{name}#{times[name]}"
        taken.add(unique)
        ids.append(unique)
    return ids, repeats


def _id_text(value: Any) -> str | None:
    """An id as text; None where there is none. 7.0 is 7: tables with gaps make floats of numbers."""
    if is_missing(value):
        return None
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    text = _as_text(value)
    return text if text.strip() else None


def vectors_of(source: Source, name: str) -> NDArray[np.float32]:
    """``(n, d)`` embeddings out of a column of lists.

    Raises:
        DataError: there is no such column, or a row has no vector of the same length as the first.
    """
    if name not in source.columns:
        raise DataError(
            f"embedding.precomputed names the column '{name}', which does not exist."
            f"{nearest(name, source.columns)} Name a column of vectors, or a .npy file.",
            path=source.name,
            field=name,
        )
    fast = _arrow_vectors(source.table.column(name)) if source.table is not None else None
    return fast if fast is not None else _plain_vectors(source, name)


def _arrow_vectors(column: Any) -> NDArray[np.float32] | None:
    """Vectors without a Python object per number; None where the column is not that simple."""
    import pyarrow as pa

    kind = column.type
    if not (
        pa.types.is_list(kind) or pa.types.is_large_list(kind) or pa.types.is_fixed_size_list(kind)
    ):
        return None
    if not (pa.types.is_floating(kind.value_type) or pa.types.is_integer(kind.value_type)):
        return None
    parts = []
    width = None
    for chunk in column.chunks:
        flat = chunk.flatten()
        lengths = set(chunk.value_lengths().to_pylist()) if len(chunk) else set()
        if chunk.null_count or flat.null_count or len(lengths) > 1:
            return None
        for length in lengths:
            if not length or (width is not None and length != width):
                return None
            width = length
            parts.append(flat.to_numpy(zero_copy_only=False).reshape(-1, length))
    return np.concatenate(parts).astype(np.float32) if parts else None


def _plain_vectors(source: Source, name: str) -> NDArray[np.float32]:
    values = source.column(name)
    width = next((len(v) for v in values if isinstance(v, list) and v), None)
    for row, value in enumerate(values):
        if not isinstance(value, list) or len(value) != width or not _numbers(value):
            raise DataError(
                f"{source.where(row)} has no vector of {width or 'some'} numbers. Give each "
                f"sample one, or leave embedding.precomputed out.",
                path=source.name,
                line=source.lines[row] if source.lines is not None else None,
                field=name,
            )
    try:
        return np.array(values, np.float32)
    except (TypeError, ValueError, OverflowError) as error:
        raise DataError(
            f"the vectors are not all numbers ({error}). Write them as lists of numbers.",
            path=source.name,
            field=name,
        ) from None


def _numbers(value: Sequence[Any]) -> bool:
    return all(isinstance(v, int | float) and not isinstance(v, bool) for v in value)
