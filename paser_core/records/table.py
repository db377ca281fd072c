"""Plain rows to the table that every stage trusts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from paser_core.config import DataConfig
from paser_core.errors import DataError, nearest
from paser_core.records.readers import Row, Source, read_source
from paser_core.records.shapes import Layout, conversation, recognise

LONGEST_TEXT = 1_000_000  # characters of one field; longer is not an instruction sample
_TEXTS = ("instruction", "input", "output")
_OWN = ("id", *_TEXTS, "problem")


@dataclass(frozen=True)
class Records:
    """The user's data, one row per sample in the order given."""

    frame: pd.DataFrame  # id, instruction, input, output, problem (text or None), user columns
    user_columns: tuple[str, ...]
    vectors: NDArray[np.float32] | None  # (n, d) embeddings that came with the data
    sha256: str
    source: str

    @property
    def valid(self) -> NDArray[np.bool_]:
        """``(n,)`` rows without a problem."""
        return np.array([p is None for p in self.frame["problem"]], bool)


def read_records(config: DataConfig, *, vectors_column: str | None = None) -> Records:
    """Read and validate the data.

    Raises:
        DataError: the file or data set as a whole cannot be used; the message says where.
    """
    source = read_source(config)
    columns = list(dict.fromkeys(c for row in source.rows for c in row))
    layout = recognise(columns, config.fields, source.name)
    vectors = None
    if vectors_column is not None:
        vectors = _vectors(source, columns, vectors_column)
    texts, problems = _texts(source.rows, layout)
    ids, taken = _ids(source, layout)
    frame = pd.DataFrame({"id": ids, **texts})
    problems = [a or b for a, b in zip(problems, taken, strict=True)]
    frame["problem"] = pd.Series(problems, dtype=object)
    users = [c for c in columns if c not in layout.used and c != vectors_column]
    named = {c: (f"{c}_user" if c in _OWN else str(c)) for c in users}
    extra = {named[c]: _column([row.get(c) for row in source.rows]) for c in users}
    frame = pd.concat([frame, pd.DataFrame(extra, index=frame.index)], axis=1)
    return Records(frame, tuple(named.values()), vectors, source.sha256, source.name)


def _texts(rows: Sequence[Row], layout: Layout) -> tuple[dict[str, list[str]], list[str | None]]:
    texts: dict[str, list[str]] = {name: [] for name in _TEXTS}
    problems: list[str | None] = []
    fields = layout.fields
    for row in rows:
        if fields.messages is not None:
            turns = conversation(row.get(fields.messages))
            values: tuple[Any, ...] = (turns.instruction, turns.input, turns.output)
            problem = turns.problem
        else:
            values = tuple(
                row.get(c) if c else "" for c in (fields.instruction, fields.input, fields.output)
            )
            problem = None
        clean = []
        for name, value in zip(_TEXTS, values, strict=True):
            text, trouble = _text(name, value)
            clean.append(text)
            problem = problem or trouble
        for name, text in zip(_TEXTS, clean, strict=True):
            texts[name].append(text)
        problems.append(problem)
    return texts, problems


def _text(name: str, value: Any) -> tuple[str, str | None]:
    """One field as text that can be stored, and what is wrong with it."""
    required = name != "input"
    if value is None or (isinstance(value, float) and np.isnan(value)):
        return "", f"The {name} is missing." if required else None
    if not isinstance(value, str):
        return "", f"The {name} is {type(value).__name__}, not text."
    if len(value) > LONGEST_TEXT:
        return value[
            :1000
        ], f"The {name} has {len(value):,} characters; {LONGEST_TEXT:,} is the limit."
    if any("\ud800" <= c <= "\udfff" for c in value):
        clean = value.encode("utf-8", "replace").decode()
        return clean, f"The {name} has characters that are not valid Unicode."
    if required and not value.strip():
        return value, f"The {name} is empty."
    return value, None


def _ids(source: Source, layout: Layout) -> tuple[list[str], list[str | None]]:
    """Ids, unique in any case, and the problem of each row whose id was taken.

    A repeated id makes the later row invalid under an id of its own (``a``, ``a#2``, ``a#3``): an
    answer about `a` must mean one sample, and no row may disappear.
    """
    column = layout.fields.id
    if column is None:
        return [f"row-{n:06d}" for n in range(len(source.rows))], [None] * len(source.rows)
    first: dict[str, int] = {}
    ids: list[str] = []
    problems: list[str | None] = []
    for place, row in enumerate(source.rows):
        value = row.get(column)
        line = source.lines[place] if source.lines is not None else place + 1
        if value is None or value == "" or (isinstance(value, float) and np.isnan(value)):
            value = f"row-{place:06d}"
        text = original = str(value).encode("utf-8", "replace").decode()
        times = 1
        while text in first:
            times += 1
            text = f"{original}#{times}"
        where = "line" if source.lines is not None else "row"
        problems.append(
            None
            if times == 1
            else f"The id '{original[:80]}' is taken by {where} {first[original]}."
        )
        first[text] = line
        ids.append(text)
    return ids, problems


def _vectors(source: Source, columns: Sequence[str], name: str) -> NDArray[np.float32]:
    if name not in columns:
        raise DataError(
            f"embedding.precomputed names the column '{name}', which does not exist."
            f"{nearest(name, columns)}",
            path=source.name,
            field=name,
        )
    width = None
    for place, row in enumerate(source.rows):
        value = row.get(name)
        length = len(value) if isinstance(value, Sequence | np.ndarray) else None
        width = width if width is not None else length
        if length is None or isinstance(value, str) or length != width:
            line = source.lines[place] if source.lines is not None else None
            raise DataError(
                f"row {place + 1} has no vector of {width or 'some'} numbers.",
                path=source.name,
                line=line,
                field=name,
            )
    try:
        return np.array([row[name] for row in source.rows], np.float32)
    except (TypeError, ValueError) as error:
        raise DataError(
            f"the vectors are not all numbers ({error}).", path=source.name, field=name
        ) from None


def _column(values: list[Any]) -> pd.Series[Any]:
    """A user's column with its type where it has one; mixed or nested values become text."""
    kinds = {type(v) for v in values if v is not None}
    if kinds <= {int} or kinds <= {bool} or kinds <= {int, float} or kinds <= {str}:
        series = pd.Series(values, dtype=object if kinds <= {str} else None)
        if kinds <= {str}:
            return series.map(
                lambda v: v if v is None else v.encode("utf-8", "replace").decode()
            ).astype("string")
        if kinds == {int} and None in values:
            return series.astype("Float64")
        return series
    return pd.Series([None if v is None else str(v) for v in values], dtype="string")
