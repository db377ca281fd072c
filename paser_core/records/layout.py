"""Which columns are read, decided with a look at the rows: names alone do not tell merged data sets."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from paser_core.config import FieldMap
from paser_core.errors import DataError
from paser_core.notices import Notice, Severity
from paser_core.records import names
from paser_core.records.cells import is_blank, is_missing, structure, text_of
from paser_core.records.conversations import tools_of
from paser_core.records.shapes import Layout, explain, layouts, shortened
from paser_core.records.source import Source

_LOOKED_AT = 200  # cells that decide whether a column is what its name says
# What belongs to the prompt beside the question: names of columns, and what their cells have to be.
_CONTEXT_FORMS = {
    "system": (names.SYSTEMS, "text"),
    "history": (names.HISTORIES, "a list of [question, answer] pairs or of messages"),
    "tools": (names.TOOLS, "a list of objects"),
}
_WAYS = 12  # more ways to read a table than this are not tried row by row


class Columns:
    """Columns of a source as Python objects, each converted once."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._known: dict[str, list[Any]] = {}

    def __getitem__(self, name: str) -> list[Any]:
        if name not in self._known:
            self._known[name] = self._source.column(name)
        return self._known[name]

    @property
    def names(self) -> tuple[str, ...]:
        """All columns."""
        return tuple(self._source.columns)

    def optional(self, name: str | None) -> list[Any]:
        """A column, or as many Nones."""
        return [None] * self._source.n if not name else self[name]


def layout_of(source: Source, mapped: FieldMap, columns: Columns | None = None) -> Layout:
    """How the rows are read. What the user mapped wins; a row without it is read another way.

    Raises:
        DataError: a mapped column does not exist, no known shape fits, or rows have several.
    """
    columns = columns or Columns(source)
    found = layouts(source.columns, mapped, source.name)
    if not found:
        texts = [c for c in source.columns if _is_text(columns[c])] if source.n else []
        raise DataError(explain(source.columns, mapped, found, texts), path=source.name)
    first, *rest = [_with_context(layout, mapped, columns) for layout in found]
    said = mapped.messages is not None or (mapped.instruction and mapped.output)
    if rest:
        filled = [_filled(layout.fields, columns, source.n) for layout in (first, *rest)[:_WAYS]]
        if not said:
            twice = np.sum(filled, axis=0) > 1
            if twice.any() or not any(f.any() for f in filled) or len(rest) >= _WAYS:
                raise DataError(explain(source.columns, mapped, found), path=source.name)
            order = sorted(range(len(filled)), key=lambda i: -int(filled[i].sum()))
            first, *rest = [(first, *rest)[i] for i in order]
            filled = [filled[i] for i in order]
        others = [
            x.fields for x, f in zip(rest, filled[1:], strict=False) if (f & ~filled[0]).any()
        ]
        first = replace(first, others=tuple(others))
    return _with_id(first, mapped, columns, source)


def way_of_rows(layout: Layout, columns: Columns, n: int) -> NDArray[np.int64]:
    """``(n,)`` which of the layout's ways each row is read in: the first that has something."""
    chosen = np.zeros(n, np.int64)
    if layout.others:
        open_ = ~_filled(layout.fields, columns, n)
        for number, way in enumerate(layout.others, start=1):
            here = open_ & _filled(way, columns, n)
            chosen[here] = number
            open_ &= ~here
    return chosen


def notices_of(layout: Layout, mapped: FieldMap, columns: Columns, n: int) -> list[Notice]:
    """What was decided without being asked.

    Args:
        layout: how the rows are read.
        mapped: what the user said of the columns.
        columns: their cells, ``n`` each.
        n: rows.
    """
    said: list[Notice] = []
    fields = layout.fields
    if layout.guessed:
        parts = [f"{role} from '{shortened(getattr(fields, role))}'" for role in layout.guessed]
        text = (
            f"Read by the names of the columns: {', '.join(parts)}. If that is not right, say which "
            "column is which with data.fields."
        )
        said.append(Notice("data-columns-guessed", text, Severity.INFO))
    for role, what in (
        ("system", "as the system prompt"),
        ("history", "as earlier turns"),
        ("tools", "as the tools"),
    ):
        name = getattr(fields, role)
        count = sum(not is_blank(structure(cell)) for cell in columns[name]) if name else 0
        if name and count and getattr(mapped, role) is None:
            text = (
                f"The column '{shortened(name)}' is read {what}: part of the prompt in {count:,} "
                f'rows. Where it is something else, set data.fields.{role} to "".'
            )
            said.append(Notice(f"data-{role}-column", text, Severity.INFO, count, n))
    said += _unread_context(fields, mapped, columns, n)
    if layout.others:
        ways = way_of_rows(layout, columns, n)
        parts = [
            f"{int((ways == i).sum()):,} from {_named(way)}" for i, way in enumerate(layout.ways)
        ]
        text = f"The rows have several forms and are read one by one: {', '.join(parts)}."
        count = int((ways > 0).sum())
        said.append(Notice("data-mixed-shapes", text, Severity.INFO, count, n))
    return said


def _unread_context(fields: FieldMap, mapped: FieldMap, columns: Columns, n: int) -> list[Notice]:
    """Columns whose name says that they belong to the prompt, and whose cells do not."""
    said = []
    for role, (usual, form) in _CONTEXT_FORMS.items():
        if getattr(fields, role) is not None or getattr(mapped, role) is not None:
            continue
        for name in columns.names:
            if names.plain(name) not in usual or name in vars(fields).values():
                continue
            count = sum(not is_blank(structure(value)) for value in columns[name])
            if count:
                why = f"what {count:,} rows have there is not {form}"
                cure = f'Give it in that form if it should be, or set data.fields.{role} to "".'
                if fields.messages and role == "history":
                    why = f"{count:,} rows have messages, which are the whole conversation"
                    cure = f'Name it with data.fields.{role} if it comes before them, or set that to "".'
                text = f"The column '{shortened(name)}' is no part of the prompt: {why}. {cure}"
                said.append(Notice(f"data-{role}-unread", text, Severity.WARNING, count, n))
    return said


def _named(way: FieldMap) -> str:
    if way.messages:
        return f"'{shortened(way.messages)}'"
    return f"'{shortened(way.instruction or '')}' and '{shortened(way.output or '')}'"


def _filled(way: FieldMap, columns: Columns, n: int) -> NDArray[np.bool_]:
    """``(n,)`` rows that have everything this way of reading needs."""
    full = np.ones(n, bool)
    for name in (way.messages,) if way.messages else (way.instruction, way.output):
        assert name is not None
        full &= np.array([not is_blank(value) for value in columns[name]], bool)
    return full


def _is_text(cells: list[Any]) -> bool:
    some = [c for c in cells if not is_blank(c)][:_LOOKED_AT]
    return sum(isinstance(c, str) for c in some) * 2 > len(some)


def _with_context(layout: Layout, mapped: FieldMap, columns: Columns) -> Layout:
    """Without the columns for system, history and tools that hold something else."""
    fits: dict[str, Callable[[Any], bool]] = {
        "system": lambda cell: isinstance(cell, str),
        "history": lambda cell: isinstance(structure(cell), list | tuple),
        "tools": lambda cell: tools_of(cell) is not None,
    }
    way = layout.fields
    for role, fit in fits.items():
        name = getattr(way, role)
        if name and getattr(mapped, role) is None:
            some = [c for c in columns[name] if not is_blank(c)][:_LOOKED_AT]
            # "[]" is how a table saved as CSV has no tools.
            some = [c for c in some if not (isinstance(c, str) and is_blank(structure(c)))]
            if some and not sum(map(fit, some)) * 2 > len(some):
                way = replace(way, **{role: None})
    return replace(layout, fields=way)


def _with_id(layout: Layout, mapped: FieldMap, columns: Columns, source: Source) -> Layout:
    """With the one column that names an id, where each row has its own there."""
    if layout.fields.id is not None or mapped.id is not None:
        return layout
    free = [c for c in source.columns if names.names_an_id(c) and c not in layout.used]
    for name in free:
        texts = [None if is_missing(v) else text_of(v) for v in columns[name]]
        if None not in texts and len(set(texts)) == len(texts):
            fields = replace(layout.fields, id=name)
            return replace(layout, fields=fields, guessed=(*layout.guessed, "id"))
    return layout
