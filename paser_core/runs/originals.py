"""``originals.parquet``: every row of the user's data as it came, and the conversation read from it.

Both are JSON text: rows of any shape fit, and what is read is what was written. Rows are read by
group, so that one sample costs one group and not the file.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import fields
from functools import lru_cache
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from paser_core.errors import RunError
from paser_core.records.cells import as_json
from paser_core.records.conversations import Conversation
from paser_core.runs.files import reading

ROW, CONVERSATION = "row", "conversation"
GROUP = 512  # rows read at once
_GROUPS = 16  # written at once
_FIELDS = fields(Conversation)


SCHEMA = pa.schema([(ROW, pa.string()), (CONVERSATION, pa.string())])


def originals_tables(
    rows: Iterable[str | None], conversations: Iterable[Conversation | None]
) -> Iterator[pa.Table]:
    """What to write, some groups at a time: the row as JSON text, and its conversation (null for
    invalid rows)."""
    pairs = zip(rows, conversations, strict=True)
    while some := list(islice(pairs, _GROUPS * GROUP)):
        columns = [pa.array([row for row, _ in some], pa.string())]
        columns.append(pa.array([None if c is None else _told(c) for _, c in some], pa.string()))
        yield pa.table(columns, schema=SCHEMA)


def _told(conversation: Conversation) -> str:
    """As JSON; not by dataclasses.asdict, which copies every message first."""
    return as_json({field.name: getattr(conversation, field.name) for field in _FIELDS})


class Originals:
    """Reads ``originals.parquet``."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._group = lru_cache(maxsize=4)(self._read_group)

    def row(self, row: int) -> Any:
        """The user's row."""
        return self._parsed(ROW, row)

    def conversation(self, row: int) -> Conversation | None:
        """The conversation; None for a row that is invalid."""
        return conversation_of(self._parsed(CONVERSATION, row), self._path)

    def each(self, rows: Iterable[int]) -> Iterator[tuple[Any, Conversation | None]]:
        """Row and conversation of many samples, in the order given."""
        with reading(self._path):
            table = self._taken(rows, [ROW, CONVERSATION])
        for text, turns in zip(table[ROW], table[CONVERSATION], strict=True):
            yield (
                self._value(text.as_py()),
                conversation_of(self._value(turns.as_py()), self._path),
            )

    def texts(self, rows: Iterable[int]) -> Iterator[str | None]:
        """The rows as JSON text, in the order given."""
        with reading(self._path):
            column = self._taken(rows, [ROW])[ROW]
        return (text.as_py() for text in column)

    def _taken(self, rows: Iterable[int], columns: list[str]) -> pa.Table:
        """Some rows in the order given; of the others only a group is there at a time."""
        numbers = np.fromiter(rows, np.int64)
        order = np.argsort(numbers, kind="stable")
        groups, places = np.divmod(numbers[order], GROUP)
        bounds = np.searchsorted(groups, np.arange(groups.max(initial=-1) + 2))
        with pq.ParquetFile(self._path, memory_map=False) as file:
            parts = [SCHEMA.empty_table().select(columns)]
            for group in np.unique(groups).tolist():
                inside = places[bounds[group] : bounds[group + 1]]
                parts.append(file.read_row_group(group, columns).take(inside))
        return pa.concat_tables(parts).take(np.argsort(order))

    def _parsed(self, column: str, row: int) -> Any:
        group = self._group(row // GROUP)
        with reading(self._path):
            text = group[column][row % GROUP].as_py()
        return self._value(text)

    def _read_group(self, number: int) -> pa.Table:
        with reading(self._path), pq.ParquetFile(self._path, memory_map=False) as file:
            return file.read_row_group(number)

    def _value(self, text: str | None) -> Any:
        with reading(self._path):
            return None if text is None else json.loads(text, parse_constant=_nothing)


def _nothing(_: str) -> None:
    """NaN and infinities, which Python reads and JSON does not have."""


def conversation_of(tree: Any, path: Path) -> Conversation | None:
    """A conversation out of its JSON.

    Raises:
        RunError: it is not one.
    """
    if tree is None:
        return None
    try:
        return Conversation(
            messages=tuple(dict(message) for message in tree["messages"]),
            answer=int(tree["answer"]),
            instruction=str(tree["instruction"]),
            input=str(tree["input"]),
            tools=None if tree["tools"] is None else tuple(tree["tools"]),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise RunError(
            f"{path}: a conversation in this file of the run is damaged ({error!r}). Copy the whole "
            "folder again, or make the run again with `paser run`."
        ) from error
