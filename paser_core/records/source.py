"""Rows as they were found, before anybody says what they mean."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from paser_core.notices import Notice
from paser_core.records.arrow import plain_column
from paser_core.records.cells import as_json
from paser_core.records.texts import Texts

Row = dict[str, Any]
_AT_ONCE = 1000  # rows of a table that are Python objects at the same time


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
    texts: Sequence[str] | None = None  # each row as JSON text, where the format has it
    files: Sequence[str] | None = None  # the file each row came from, where there are several
    problems: Mapping[int, str] = field(default_factory=dict)  # row -> what is wrong with it
    notices: tuple[Notice, ...] = ()  # what was not read, and how the rest was taken

    @classmethod
    def of_rows(
        cls,
        name: str,
        sha256: str,
        rows: Sequence[Row],
        lines: Sequence[int] | None = None,
        **more: Any,
    ) -> Source:
        """A source of Python rows; a row need not have every column.

        Args:
            name: of the source, for messages.
            sha256: of its content.
            rows: mappings of column to cell.
            lines: the line each row came from.
            more: other fields of the source.
        """
        columns: dict[str, None] = {}
        for row in rows:
            columns.update(dict.fromkeys(row))
        return cls(name, sha256, tuple(columns), len(rows), rows=rows, lines=lines, **more)

    @classmethod
    def of_table(cls, name: str, sha256: str, table: Any, **more: Any) -> Source:
        """A source of an arrow table."""
        return cls(name, sha256, tuple(table.column_names), table.num_rows, table=table, **more)

    def hashed(self) -> Source:
        """With the hash of its rows, where no file has one."""
        digest = hashlib.sha256()
        for line in self.originals():
            digest.update(line.encode())
        return replace(self, sha256=digest.hexdigest())

    def head(self, n: int) -> Source:
        """The first ``n`` rows; the hash stays that of the whole."""
        if n >= self.n:
            return self
        cut = replace(
            self,
            n=n,
            rows=self.rows[:n] if self.rows is not None else None,
            table=self.table.slice(0, n) if self.table is not None else None,
            lines=self.lines[:n] if self.lines is not None else None,
            texts=self.texts[:n] if self.texts is not None else None,
            files=self.files[:n] if self.files is not None else None,
            problems={row: problem for row, problem in self.problems.items() if row < n},
        )
        if cut.rows is not None:
            columns = dict.fromkeys(name for row in cut.rows for name in row)
            cut = replace(cut, columns=tuple(columns))
        return cut

    def column(self, name: str) -> list[Any]:
        """``n`` values of one column as Python objects; None where a row lacks it."""
        if self.rows is not None:
            return [row.get(name) for row in self.rows]
        return plain_column(self.table, name)

    def as_rows(self) -> Sequence[Row]:
        """``n`` rows as Python objects."""
        if self.rows is not None:
            return self.rows
        columns = [plain_column(self.table, c) for c in self.columns]
        if not columns:
            return [{} for _ in range(self.n)]
        return [dict(zip(self.columns, cells, strict=True)) for cells in zip(*columns, strict=True)]

    def kept(self, without: str | None = None) -> Texts:
        """The same as :meth:`originals`, held without an object for each row."""
        if isinstance(self.texts, Texts) and (without is None or without not in self.columns):
            return self.texts
        return Texts(self.originals(without))

    def originals(self, without: str | None = None) -> Iterator[str]:
        """``n`` rows as JSON text, as they came; the column ``without`` is left out."""
        if self.texts is not None and (without is None or without not in self.columns):
            yield from self.texts
            return
        if self.rows is not None:
            for row in self.rows:
                yield as_json({k: v for k, v in row.items() if k != without})
            return
        kept = [c for c in self.columns if c != without]
        for start in range(0, self.n, _AT_ONCE):
            part = self.table.slice(start, _AT_ONCE)
            columns = [plain_column(part, c) for c in kept]
            for cells in zip(*columns, strict=True) if columns else [()] * part.num_rows:
                yield as_json(dict(zip(kept, cells, strict=True)))

    def where(self, row: int) -> str:
        """``line 7`` or ``row 7``: how a person finds row number ``row`` (counted from 0)."""
        place = f"line {self.lines[row]}" if self.lines is not None else f"row {row + 1}"
        return f"{place} of {self.files[row]}" if self.files is not None else place
