"""Rows of any shape to the table that every stage trusts."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from paser_core import paths
from paser_core.config import DataConfig
from paser_core.errors import DataError
from paser_core.records.columns import is_missing, sample_ids, storable, user_column, vectors_of
from paser_core.records.conversations import conversation
from paser_core.records.files import ENDINGS, did_you_mean, read_file, read_head
from paser_core.records.hub import looks_like_hub_name, read_folder, read_hub
from paser_core.records.shapes import Layout, recognise
from paser_core.records.source import Source

_log = logging.getLogger(__name__)

LONGEST_TEXT = 1_000_000  # characters of one field; longer is not an instruction sample
_KEPT = 1000  # characters kept of a longer one, to show which it is
_TEXTS = ("instruction", "input", "output")
_OWN = ("id", *_TEXTS, "problem")
_PANDAS_INDEX = re.compile(r"__index_level_\d+__")  # what pandas leaves in a parquet file
_UNUSABLE = re.compile("[\x00\ud800-\udfff]")


@dataclass(frozen=True)
class Records:
    """The user's data, one row per sample in the order given."""

    frame: pd.DataFrame  # id, instruction, input, output, problem (text or None), user columns
    user_columns: tuple[str, ...]
    vectors: NDArray[np.float32] | None  # (n, d) embeddings that came with the data
    sha256: str
    source: str
    notes: tuple[str, ...] = ()  # sentences: what was renamed or left out on the way

    @property
    def valid(self) -> NDArray[np.bool_]:
        """``(n,)`` rows without a problem."""
        return np.array([p is None for p in self.frame["problem"]], bool)


@dataclass(frozen=True)
class Preview:
    """The start of the data, before anything is decided: for a page that asks for the mapping."""

    columns: tuple[str, ...]
    rows: tuple[dict[str, Any], ...]  # as they were found
    layout: Layout | None  # None: not recognised; `message` says why and what to do
    message: str | None
    samples: tuple[
        dict[str, str], ...
    ]  # instruction, input, output of the rows, as they will be read
    problems: tuple[str | None, ...]  # one a row


def read_records(config: DataConfig, *, vectors_column: str | None = None) -> Records:
    """Read and validate the data.

    Raises:
        DataError: the file or data set as a whole cannot be used; the message says where.
    """
    source = _open(config, lambda path: read_file(path, config.limit, config.fields))
    if not source.n:
        raise DataError("the data has no rows; there is nothing to select from.", path=source.name)
    if config.limit is not None:
        source = source.head(config.limit)
    layout = recognise(source.columns, config.fields, source.name)
    vectors = None if vectors_column is None else vectors_of(source, vectors_column)
    texts, problems = _texts(source, layout)
    ids, taken = sample_ids(source, layout.fields.id)
    problems = [
        a or _located(b, source, row)
        for row, (a, b) in enumerate(zip(problems, taken, strict=True))
    ]
    frame = pd.DataFrame({"id": ids, **texts})
    frame["problem"] = pd.Series(problems, dtype=object)
    mine = {*layout.used, vectors_column}
    named, notes = _names([c for c in source.columns if c not in mine])
    extra = {new: user_column(source, old) for old, new in named.items()}
    frame = pd.concat([frame, pd.DataFrame(extra, index=frame.index)], axis=1)
    for note in notes:
        _log.warning("%s: %s", source.name, note)
    return Records(frame, tuple(extra), vectors, source.sha256, source.name, notes)


def preview(config: DataConfig, rows: int = 20) -> Preview:
    """The first rows and what they are taken for. Reads only the start of a file made of lines.

    Raises:
        DataError: the data cannot be read at all.
    """
    source = _open(config, lambda path: read_head(path, rows, config.fields)).head(rows)
    cells = {c: source.column(c) for c in source.columns}
    found = tuple({c: cells[c][row] for c in cells} for row in range(source.n))
    try:
        layout = recognise(source.columns, config.fields, source.name)
    except DataError as error:
        return Preview(source.columns, found, None, str(error), (), ())
    texts, problems = _texts(source, layout)
    samples = tuple({name: texts[name][row] for name in _TEXTS} for row in range(source.n))
    return Preview(source.columns, found, layout, None, samples, tuple(problems))


def _open(config: DataConfig, read: Callable[[Path], Source]) -> Source:
    """The file, folder or hub name as a source."""
    if not config.path:
        raise DataError(
            "data.path is missing: name a json, jsonl, csv or parquet file, or a data set."
        )
    path = paths.home(config.path)
    trouble = paths.trouble(path)
    if trouble is not None:
        raise DataError(
            f"this is not a usable path ({trouble}). Name a file or folder that you may read.",
            path=config.path,
        )
    if paths.is_file(path):
        return read(path)
    if paths.is_folder(path):
        return read_folder(path, config)
    near = did_you_mean(path)
    if _is_local(config.path, path, near):
        raise DataError(f"there is no such file or folder.{near}", path=str(path))
    return read_hub(config.path, config, near if "Did you mean" in near else "")


def _is_local(name: str, path: Path, near: str) -> bool:
    """Whether a path that does not exist was meant for this machine, not for the hub."""
    if not looks_like_hub_name(name) or path.suffix.lower() in ENDINGS:
        return True
    # A name like its neighbours, or inside a folder that exists, is a slip of the finger.
    return "Did you mean" in near or ("/" in name and paths.is_folder(path.parent))


def _texts(source: Source, layout: Layout) -> tuple[dict[str, list[str]], list[str | None]]:
    """The three texts of every row, storable in any case, and what is wrong with the row."""
    problems: list[str | None] = [None] * source.n
    columns: Iterable[Sequence[Any]]
    if layout.fields.messages is not None:
        turns = [conversation(value) for value in source.column(layout.fields.messages)]
        columns = [[getattr(t, name) for t in turns] for name in _TEXTS]
        problems = [_located(t.problem, source, row) for row, t in enumerate(turns)]
    else:
        chosen = [getattr(layout.fields, name) for name in _TEXTS]
        columns = [source.column(c) if c else [""] * source.n for c in chosen]
    texts: dict[str, list[str]] = {}
    for name, values in zip(_TEXTS, columns, strict=True):
        clean = texts[name] = []
        for row, value in enumerate(values):
            text, trouble = _text(name, value)
            clean.append(text)
            if trouble is not None and problems[row] is None:
                problems[row] = _located(trouble, source, row, layout.column_of(name), name)
    return texts, problems


def _text(name: str, value: Any) -> tuple[str, str | None]:
    """One field as text that can be stored, and what is wrong with it."""
    required = name != "input"
    if is_missing(value):
        return "", f"The {name} is missing" if required else None
    if not isinstance(value, str):
        return "", f"The {name} is {type(value).__name__}, not text"
    problem = None
    if _UNUSABLE.search(value):
        value = storable(value).replace("\x00", "\ufffd")
        problem = f"The {name} has characters that are not valid text (NUL or half a character)"
    if len(value) > LONGEST_TEXT:
        problem = f"The {name} has {len(value):,} characters; {LONGEST_TEXT:,} is the limit"
        value = value[:_KEPT]
    if required and not value.strip():
        problem = problem or f"The {name} is empty"
    return value, problem


def _located(
    problem: str | None, source: Source, row: int, column: str = "", role: str = ""
) -> str | None:
    """A problem as a sentence that says where: the column if it has another name, and the line."""
    if problem is None:
        return None
    places = [f"column '{storable(column)}'"] if column not in ("", role) else []
    if source.lines is not None:
        places.append(source.where(row))
    return f"{problem} ({', '.join(places)})." if places else f"{problem}."


def _names(columns: Sequence[str]) -> tuple[dict[str, str], tuple[str, ...]]:
    """What the user's columns are called in the table: ours keep their names, and none is lost."""
    named: dict[str, str] = {}
    notes = []
    kept = [c for c in columns if not _PANDAS_INDEX.fullmatch(c)]
    notes += [
        f"The column '{c}' is an index of pandas and was left out."
        for c in columns
        if c not in kept
    ]
    reserved = {*_OWN, *kept}
    for column in kept:
        name = storable(column)
        if column in _OWN or name != column:
            while name in reserved:
                name += "_user"
            reserved.add(name)
            notes.append(f"The column '{storable(column)}' is kept as '{name}'.")
        named[column] = name
    return named, tuple(notes)
