"""Whether a file of a run holds what :mod:`contents` says of it. Done whenever one is read."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from paser_core.runs.contents import ARRAYS, TABLES, Column, Table
from paser_core.runs.schema import Files


class UnexpectedError(ValueError):
    """A file holds something else than its place in the run says. The message says what."""


@dataclass
class Lengths:
    """What the names of lengths stand for in one run; learnt where they are met first."""

    known: dict[str, int] = field(default_factory=dict)

    def bind(self, name: str | int, length: int, what: str) -> None:
        """Learn a length, or refuse one that is another elsewhere."""
        expected = name if isinstance(name, int) else self.known.setdefault(name, length)
        if length != expected:
            raise UnexpectedError(f"{what} has length {length:,} where {expected:,} are expected")

    def below(self, high: float | str | None) -> float | None:
        """The largest value that is allowed."""
        if not isinstance(high, str):
            return high
        return self.known[high] - 1 if high in self.known else None


def check_schema(name: str, schema: pa.Schema, rows: int, lengths: Lengths) -> None:
    """Refuse a table by its columns, their types and its length.

    Args:
        name: of the file; of a name that is not known nothing is asked.
        schema: its columns and their types.
        rows: its length.
        lengths: those known so far; this one is held against them, and added.

    Raises:
        UnexpectedError: something differs.
    """
    table = TABLES.get(name)
    if table is None:
        return
    missing = [column for column in table.columns if column not in schema.names]
    if missing:
        raise UnexpectedError(f"it lacks the column {', '.join(missing)}")
    for column, kind in _known(table, schema.names).items():
        found = schema.field(column).type
        if schema.names.count(column) > 1:
            raise UnexpectedError(f"the column {column} is there twice")
        if not _is_of(found, kind):
            raise UnexpectedError(f"the column {column} has the type {found}, not {kind.kind}")
    lengths.bind(table.rows, rows, "the table")


def _known(table: Table, names: Sequence[str]) -> dict[str, Column]:
    """The columns of which something is asked."""
    others = {} if table.others is None else dict.fromkeys(names, table.others)
    return others | dict(table.columns)


def check_columns(name: str, read: pa.Table, lengths: Lengths) -> None:
    """Refuse values that a table cannot have.

    Raises:
        UnexpectedError: a value is missing or out of range.
    """
    table = TABLES.get(name)
    for column, kind in _known(table, read.column_names).items() if table else ():
        if column not in read.column_names:
            continue
        values = read[column]
        if values.null_count and not kind.null:
            raise UnexpectedError(f"the column {column} has {values.null_count:,} empty rows")
        if kind.kind in ("texts", "numbers"):
            values = pc.list_flatten(values)
            if values.null_count:
                raise UnexpectedError(f"the column {column} has lists with empty places")
        if kind.kind in ("whole", "number", "numbers"):
            _check_range(f"the column {column}", values, kind, lengths)
    counted = name == Files.CLUSTERS and "cluster" in read.column_names
    if counted and read["cluster"].to_pylist() != list(range(read.num_rows)):
        raise UnexpectedError("the column cluster does not count from 0")


def check_header(
    name: str, headers: Mapping[str, tuple[tuple[int, ...], np.dtype[Any]]], lengths: Lengths
) -> None:
    """Refuse a file of arrays by their names, types and shapes.

    Raises:
        UnexpectedError: something differs.
    """
    for array, expected in ARRAYS.get(name, {}).items():
        what = f"the array {array}" if array else "the array"
        if array not in headers:
            raise UnexpectedError(f"it lacks {what}")
        shape, dtype = headers[array]
        if dtype.kind not in expected.kinds:
            raise UnexpectedError(f"{what} has the type {dtype}")
        if len(shape) != len(expected.shape):
            raise UnexpectedError(
                f"{what} has {len(shape)} dimensions where {len(expected.shape)} are expected"
            )
        for dimension, length in zip(expected.shape, shape, strict=True):
            if dimension == "n+1":
                lengths.bind("n", length - 1, what)
            else:
                lengths.bind(dimension, length, what)


def check_arrays(name: str, arrays: Mapping[str, NDArray[Any]], lengths: Lengths) -> None:
    """Refuse values that an array cannot have.

    Raises:
        UnexpectedError: a value is not a number where one has to be, or is out of range.
    """
    for array, expected in ARRAYS.get(name, {}).items():
        values, what = arrays[array], f"the array {array}" if array else "the array"
        if values.dtype.kind == "U" or not values.size:
            continue
        if values.dtype.kind == "f":
            finite = np.isfinite(values) | np.isnan(values) if expected.nan else np.isfinite(values)
            if not finite.all():
                raise UnexpectedError(f"{what} has values that are no numbers")
        low, high = lengths.below(expected.low), lengths.below(expected.high)
        if low is None and high is None:
            continue
        # fmin and fmax look past NaN.
        least, most = np.fmin.reduce(values, axis=None), np.fmax.reduce(values, axis=None)
        _refuse_outside(what, least, most, low, high)
    if name == Files.MANIFOLD and np.any(np.diff(arrays["rows"].astype(np.int64)) <= 0):
        raise UnexpectedError("the array rows does not ascend")
    if name == Files.CONCEPTS:
        _check_concepts(arrays)


def _check_concepts(arrays: Mapping[str, NDArray[Any]]) -> None:
    indptr, ids = arrays["indptr"].astype(np.int64), arrays["ids"]
    words = arrays["vocabulary"].tobytes()
    try:
        words.decode()
    except UnicodeDecodeError:
        raise UnexpectedError("the array vocabulary is not UTF-8") from None
    known = words.count(b"\n") + 1 if words else 0
    if indptr[0] != 0 or indptr[-1] != len(ids) or np.any(np.diff(indptr) < 0):
        raise UnexpectedError("the array indptr does not fit the array ids")
    if len(ids) and int(ids.max()) >= known:
        raise UnexpectedError(f"the array ids names phrase {int(ids.max()):,} of {known:,}")


def _is_of(found: pa.DataType, column: Column) -> bool:
    if column.kind in ("texts", "numbers"):
        inner = "text" if column.kind == "texts" else "number"
        return _is_list(found) and _is_of(found.value_type, Column(inner))
    if pa.types.is_null(found):  # a column with nothing in it has no other type
        return column.null
    return _TYPES[column.kind](found)


def _is_list(found: pa.DataType) -> bool:
    return bool(pa.types.is_list(found) or pa.types.is_large_list(found))


def _is_number(found: pa.DataType) -> bool:
    return bool(
        pa.types.is_floating(found) or pa.types.is_integer(found) or pa.types.is_null(found)
    )


_TYPES: Mapping[str, Callable[[pa.DataType], bool]] = {
    "text": lambda t: pa.types.is_string(t) or pa.types.is_large_string(t) or pa.types.is_null(t),
    "whole": pa.types.is_integer,
    "number": _is_number,
    "flag": pa.types.is_boolean,
}


def _check_range(what: str, values: Any, column: Column, lengths: Lengths) -> None:
    if pa.types.is_null(values.type) or not len(values):
        return
    if pa.types.is_floating(values.type):
        values = pc.drop_null(values)
        nan = pc.is_nan(values)
        if not column.null and pc.any(nan).as_py():
            raise UnexpectedError(f"{what} has values that are no numbers")
        values = pc.filter(values, pc.invert(nan))
        if pc.any(pc.is_inf(values)).as_py():
            raise UnexpectedError(f"{what} has infinite values")
    found = pc.min_max(values).as_py()
    if found["min"] is not None:
        _refuse_outside(what, found["min"], found["max"], column.low, lengths.below(column.high))


def _refuse_outside(
    what: str, least: Any, most: Any, low: float | None, high: float | None
) -> None:
    for value, wrong in (
        (least, low is not None and least < low),
        (most, high is not None and most > high),
    ):
        if wrong:
            allowed = f"from {low:g}" if high is None else f"{low:g} to {high:g}"
            raise UnexpectedError(f"{what} has the value {value}; allowed: {allowed}")
