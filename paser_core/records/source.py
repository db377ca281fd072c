"""Rows as they were found, before anybody says what they mean."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

Row = dict[str, Any]


@dataclass(frozen=True)
class Source:
    """A table from a file or a data set: Python rows, or an arrow table where the format has types."""

    name: str
    sha256: str  # of the content
    columns: tuple[str, ...]
    n: int
    rows: Sequence[Row] | None = None
    table: Any = None  # pyarrow.Table, instead of rows
    lines: Sequence[int] | None = None  # the line each row came from, where the format has lines

    @classmethod
    def of_rows(
        cls, name: str, sha256: str, rows: Sequence[Row], lines: Sequence[int] | None = None
    ) -> Source:
        """A source of Python rows; a row need not have every column."""
        columns = tuple(dict.fromkeys(c for row in rows for c in row))
        return cls(name, sha256, columns, len(rows), rows=rows, lines=lines)

    @classmethod
    def of_table(cls, name: str, sha256: str, table: Any) -> Source:
        """A source of an arrow table."""
        return cls(name, sha256, tuple(table.column_names), table.num_rows, table=table)

    def head(self, n: int) -> Source:
        """The first ``n`` rows; the hash stays that of the whole."""
        if n >= self.n:
            return self
        if self.table is not None:
            return Source.of_table(self.name, self.sha256, self.table.slice(0, n))
        assert self.rows is not None
        lines = self.lines[:n] if self.lines is not None else None
        return Source.of_rows(self.name, self.sha256, self.rows[:n], lines)

    def column(self, name: str) -> list[Any]:
        """``n`` values of one column as Python objects; None where a row lacks it."""
        if self.rows is not None:
            return [row.get(name) for row in self.rows]
        values: list[Any] = self.table.column(name).to_pylist()
        return values

    def where(self, row: int) -> str:
        """``line 7`` or ``row 7``: how a person finds row number ``row`` (counted from 0)."""
        return f"line {self.lines[row]}" if self.lines is not None else f"row {row + 1}"
