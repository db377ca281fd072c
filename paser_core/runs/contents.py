"""What the files of a run hold, as data: columns, types, shapes, ranges. :mod:`checking` sees to it.

Lengths have names, and a name is one number throughout a run: ``n`` samples, ``m`` temperatures, ``v``
samples on the manifold, ``K`` clusters. More columns and arrays may stand beside those listed here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from paser_core.runs.schema import Files

_SLACK = 1e-3  # a divergence is in [0, 1] up to rounding, and up to what an interpolant overshoots


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


TABLES: Mapping[str, Table] = {
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
OUR_COLUMNS = tuple(TABLES[Files.SAMPLES].columns)
_ONE = ""  # the name of the array in a file that has only one
ARRAYS: Mapping[str, Mapping[str, Array]] = {
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
