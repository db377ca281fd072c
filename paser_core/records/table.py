"""Rows of any shape to the table that every stage trusts."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from paser_core.config import DataConfig
from paser_core.errors import DataError
from paser_core.notices import Notice, Severity
from paser_core.records import limits
from paser_core.records.cells import storable
from paser_core.records.columns import sample_ids, user_column, vectors_of
from paser_core.records.files import did_you_mean, ending_of, read_file, read_head
from paser_core.records.folders import read_files
from paser_core.records.given import source_of
from paser_core.records.held import Conversations
from paser_core.records.hub import is_saved, looks_like_hub_name, read_hub, read_saved
from paser_core.records.layout import Columns, layout_of, notices_of
from paser_core.records.rows import TEXTS, read_rows
from paser_core.records.shapes import Layout, shortened
from paser_core.records.source import Source
from paser_core.records.texts import each_row
from paser_core.workspace import paths

_OWN = ("id", *TEXTS, "problem")
_PANDAS_INDEX = re.compile(r"__index_level_\d+__")  # what pandas leaves in a parquet file


@dataclass(frozen=True)
class Records:
    """The user's data, one row per sample in the order given."""

    # id, instruction (the last question), input, output (the measured answer), problem (text or
    # None), user columns
    frame: pd.DataFrame
    # n: the whole sample; None where it has a problem. Made when they are asked for, where they can be.
    conversations: Conversations
    originals: Sequence[str]  # n: the row as it came, as JSON text
    user_columns: tuple[str, ...]
    vectors: NDArray[np.float32] | None  # (n, d) embeddings that came with the data
    sha256: str
    source: str
    notices: tuple[Notice, ...] = ()  # what was guessed, renamed, left out or skipped on the way

    @property
    def valid(self) -> NDArray[np.bool_]:
        """``(n,)`` rows without a problem."""
        return np.array([p is None for p in self.frame["problem"]], bool)


@dataclass(frozen=True)
class Preview:
    """The start of the data, before anything is decided: for a page that asks for the mapping."""

    columns: tuple[str, ...]
    rows: tuple[dict[str, Any], ...]  # as they were found
    layout: Layout | None  # None: not recognized; `message` says why and what to do
    message: str | None
    samples: tuple[
        dict[str, str], ...
    ]  # instruction, input, output of the rows, as they will be read
    problems: tuple[str | None, ...]  # one a row


def read_records(
    config: DataConfig, *, vectors_column: str | None = None, rows: Any = None
) -> Records:
    """Read and validate the data.

    Args:
        config: where they are, and how they are read.
        vectors_column: of their columns the one that holds vectors.
        rows: the data themselves, as :func:`~paser_core.records.given.source_of` takes them; the
            path is not looked at then.

    Raises:
        DataError: the file or data set as a whole cannot be used; the message says where.
    """
    if rows is None:
        source = _open(config, lambda path, most: read_file(path, replace(config, limit=most)))
    else:
        source = source_of(rows, config)
    if not source.n:
        raise DataError(
            "the data has no rows; there is nothing to select from. Name another file.",
            path=source.name,
        )
    if config.limit is not None:
        source = source.head(config.limit)
    limits.check_columns(len(source.columns), source.name)
    limits.check_rows(source.n, source.name)
    columns = Columns(source)
    layout = layout_of(source, config.fields, columns)
    vectors = None if vectors_column is None else vectors_of(source, vectors_column)
    samples = read_rows(source, layout, columns)
    ids, repeats = sample_ids(columns.optional(layout.fields.id))
    frame = pd.DataFrame({"id": ids, **samples.texts})
    frame["problem"] = pd.Series(samples.problems, dtype=object)
    used = {*layout.used, vectors_column}
    if repeats:  # then it says something else as well, e.g. where a row is from
        used -= {layout.fields.id}
    named, renamed = _names([c for c in source.columns if c not in used])
    extra = {new: user_column(source, old) for old, new in named.items()}
    frame = pd.concat([frame, pd.DataFrame(extra, index=frame.index)], axis=1)
    conversations = Conversations(frame, samples.conversations, samples.plain)
    notices = (
        *source.notices,
        *notices_of(layout, config.fields, columns, source.n),
        *samples.notices,
        *_repeated(layout.fields.id, repeats, source.n),
        *renamed,
        *_copies(frame, conversations),
    )
    originals = source.kept(without=vectors_column)
    return Records(
        frame,
        conversations,
        originals,
        tuple(extra),
        vectors,
        source.sha256,
        source.name,
        notices,
    )


def preview(config: DataConfig, rows: int = 20) -> Preview:
    """The first rows and what they are taken for. Reads only the start of a file made of lines.

    Raises:
        DataError: the data cannot be read at all.
    """
    source = _open(
        replace(config, limit=rows), lambda path, most: read_head(path, most or rows, config)
    ).head(rows)
    limits.check_columns(len(source.columns), source.name)
    cells = {c: source.column(c) for c in source.columns}
    found = tuple({c: cells[c][row] for c in cells} for row in range(source.n))
    columns = Columns(source)
    try:
        layout = layout_of(source, config.fields, columns)
    except DataError as error:
        return Preview(source.columns, found, None, str(error), (), ())
    samples = read_rows(source, layout, columns)
    texts = tuple({name: samples.texts[name][row] for name in TEXTS} for row in range(source.n))
    return Preview(source.columns, found, layout, None, texts, tuple(samples.problems))


def _open(config: DataConfig, read: Callable[[Path, int | None], Source]) -> Source:
    """The file, folder or hub name as a source; ``read`` reads the first rows of a file, or all."""
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
        return read(path, config.limit)
    if paths.is_folder(path):
        return read_saved(path, config) if is_saved(path) else read_files(path, config, read)
    near = did_you_mean(path)
    if _is_local(config.path, path, near):
        raise DataError(f"there is no such file or folder.{near} Check data.path.", path=str(path))
    return read_hub(config.path, config, near if "Did you mean" in near else "")


def _is_local(name: str, path: Path, near: str) -> bool:
    """Whether a path that does not exist was meant for this machine, not for the hub."""
    if not looks_like_hub_name(name) or ending_of(path.name) is not None:
        return True
    # A name like its neighbors, or inside a folder that exists, is a slip of the finger.
    return "Did you mean" in near or ("/" in name and paths.is_folder(path.parent))


def _repeated(column: str | None, repeats: int, n: int) -> list[Notice]:
    """Ids that several rows have."""
    if not repeats or column is None:
        return []
    text = (
        f"The column '{shortened(column)}' is read as the id, and {repeats:,} of {n:,} rows repeat "
        "one that is taken: they are kept, under ids of their own (a, a#2, a#3, …). If another "
        'column names the samples, set data.fields.id; "" numbers the rows.'
    )
    return [Notice("data-id-repeats", text, Severity.WARNING, repeats, n)]


def _copies(frame: pd.DataFrame, conversations: Conversations) -> list[Notice]:
    """Samples that are another one under an id of their own, word for word."""
    # Told by their hashes first: to number the texts of a million rows takes a gigabyte and more.
    hashes = np.fromiter(map(hash, each_row(frame, TEXTS)), np.int64, len(frame))
    alike = frame["problem"].isna() & pd.Series(hashes, frame.index).duplicated(keep=False)
    rows = np.flatnonzero(alike.to_numpy())
    # Equal texts are not all: conversations may have had another beginning.
    longer = conversations.longer
    keys = pd.Series(
        [
            (*texts, repr((longer[row].messages, longer[row].tools)) if row in longer else "")
            for row, texts in zip(rows.tolist(), each_row(frame.iloc[rows], TEXTS), strict=True)
        ],
        dtype=object,
    )
    copies = int(keys.duplicated().sum())
    if not copies:
        return []
    text = (
        f"{copies:,} of {len(frame):,} samples are, as they are read, word for word an earlier one under "
        "another id. All are kept, and each may be selected; take them out of the data if each shall be "
        "trained on once."
    )
    return [Notice("data-copies", text, Severity.INFO, copies, len(frame))]


def _names(columns: Sequence[str]) -> tuple[dict[str, str], list[Notice]]:
    """What the user's columns are called in the table: ours keep their names, and none is lost."""
    named: dict[str, str] = {}
    kept = [c for c in columns if not _PANDAS_INDEX.fullmatch(c)]
    said = [
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
            said.append(
                f"The column '{shortened(storable(column))}' is kept as '{shortened(name)}'."
            )
        named[column] = name
    return named, [Notice("columns", text, Severity.INFO) for text in said]
