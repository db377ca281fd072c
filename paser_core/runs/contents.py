"""What the files of a run hold, as data: columns, types, shapes, ranges. Checked whenever one is read.

Lengths have names, and a name is one number throughout a run: ``n`` samples, ``m`` temperatures, ``v``
samples on the manifold, ``K`` clusters. More columns and arrays may stand beside those listed here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from paser_core.runs.schema import Files

_SLACK = 1e-3  # a divergence is in [0, 1] up to rounding, and up to what an interpolant overshoots


class UnexpectedError(ValueError):
    """A file holds something else than its place in the run says. The message says what."""


@dataclass(frozen=True)
class Column:
    """One column of a table."""

    kind: str  # text, whole, number, flag, texts or numbers (a list in every row)
    null: bool = False
    low: float | None = None
    high: float | str | None = None  # a name: below that length


@dataclass(frozen=True)
class Table:
    """One table; ``rows`` names its length."""

    rows: str
    columns: Mapping[str, Column]
    others: Column | None = None  # what every further column is; None: anything


@dataclass(frozen=True)
class Array:
    """One array. A dimension is a name, or a number where it is fixed."""

    kinds: str  # of numpy: f float, i signed, u unsigned whole number, U text
    shape: tuple[str | int, ...]
    nan: bool = False
    low: float | None = None
    high: float | str | None = None


_TABLES: Mapping[str, Table] = {
    Files.SAMPLES: Table(
        "n",
        {
            **{name: Column("text") for name in ("id", "instruction", "input", "output")},
            **{
                name: Column("whole", null=True, low=0)
                for name in ("prompt_tokens", "response_tokens")
            },
            "cluster": Column("whole", low=-1, high="K"),
            "membership": Column("number", null=True, low=-_SLACK, high=1 + _SLACK),
            **{name: Column("number", null=True) for name in ("x", "y", "x3", "y3", "z3")},
            "concepts": Column("texts"),
            "divergence": Column("number", null=True, low=-_SLACK, high=1 + _SLACK),
            "problem": Column("text", null=True),
        },
    ),
    Files.TOKENS: Table(
        "n",
        {
            "tokens": Column("texts"),
            "divergence": Column("numbers", null=True, low=-_SLACK, high=1 + _SLACK),
            "truncated": Column("flag"),
            "prompt_tokens": Column("whole", low=0),
            "response_tokens": Column("whole", low=0),
            "problem": Column("text", null=True),
        },
    ),
    # Named by what was measured; finite, of either sign.
    Files.SIGNALS: Table("n", {}, others=Column("number", null=True)),
    Files.READING: Table(
        "n",
        {
            "tokens": Column("whole", null=True, low=0),
            "unknown": Column("whole", null=True, low=0),
            "problem": Column("text", null=True),
        },
    ),
    Files.ORIGINALS: Table(
        "n", {"row": Column("text", null=True), "conversation": Column("text", null=True)}
    ),
    Files.CLUSTERS: Table(
        "K",
        {
            "cluster": Column("whole", low=0, high="K"),
            "size": Column("whole", low=0),
            "name": Column("text"),
            "keywords": Column("texts"),
            "exemplars": Column("texts"),
            "damaged": Column("texts"),
            **{
                name: Column("number", null=True, low=-_SLACK, high=1 + _SLACK)
                for name in ("cds", "cds_low", "cds_high")
            },
        },
    ),
}
# Columns of samples.parquet that are ours; a user's column of that name gets the suffix `_user`.
OUR_COLUMNS = tuple(_TABLES[Files.SAMPLES].columns)
_ONE = ""  # the name of the array in a file that has only one
_ARRAYS: Mapping[str, Mapping[str, Array]] = {
    Files.DIVERGENCE: {
        _ONE: Array("f", ("n", "m"), nan=True, low=-_SLACK, high=1 + _SLACK),
    },
    Files.EMBEDDINGS: {_ONE: Array("f", ("n", "d"))},
    Files.MANIFOLD: {
        "rows": Array("iu", ("v",), low=0, high="n"),
        "coordinates": Array("f", ("v", "r")),
        "eigenvalues": Array("f", ("r",)),
        "time": Array("fiu", (), low=0),
    },
    Files.CLUSTERING: {
        "labels": Array("iu", ("v",), low=0, high="K"),
        "memberships": Array("f", ("v", "K"), low=-_SLACK, high=1 + _SLACK),
        "k": Array("iu", ("tried",), low=1),
        "errors": Array("f", ("tried",), nan=True),
        "scores": Array("f", ("tried",), nan=True),
        "reason": Array("U", ()),
    },
    Files.LAYOUT: {"flat": Array("f", ("v", 2)), "deep": Array("f", ("v", 3))},
    Files.CONCEPTS: {
        "vocabulary": Array("u", ("bytes",)),
        "indptr": Array("iu", ("n+1",), low=0),
        "ids": Array("iu", ("phrases",), low=0),
    },
}


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
    table = _TABLES.get(name)
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
    table = _TABLES.get(name)
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
    for array, expected in _ARRAYS.get(name, {}).items():
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
    for array, expected in _ARRAYS.get(name, {}).items():
        values, what = arrays[array], f"the array {array}" if array else "the array"
        if values.dtype.kind == "U" or not values.size:
            continue
        if values.dtype.kind == "f":
            finite = np.isfinite(values) | np.isnan(values) if expected.nan else np.isfinite(values)
            if not finite.all():
                raise UnexpectedError(f"{what} has values that are no numbers")
        low, high = lengths.below(expected.low), lengths.below(expected.high)
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
