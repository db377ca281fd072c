"""Rows out of CSV and its relatives, as spreadsheets and scripts write them."""

from __future__ import annotations

import csv
import io
import re
import sys
from collections import Counter
from pathlib import Path

from paser_core.config import DataConfig
from paser_core.errors import DataError
from paser_core.notices import Notice, Severity
from paser_core.records import limits, names
from paser_core.records.lines import Found
from paser_core.records.shapes import shortened

_MARKS = ",;\t|"
_SAID = re.compile(r"sep=(.)\r?\n", re.IGNORECASE)  # what Excel puts before the header
_START = 2**20  # characters in which the header must end …
_TRIED = 20  # … and rows that are looked at to tell what separates the cells


def read_csv(path: Path, ending: str, text: str, config: DataConfig, limit: int | None) -> Found:
    """The rows of a text with separated cells.

    Cells are text: CSV has no types, and 007 is not 7. A cell that is not there is None.

    Args:
        path: of the file, for messages.
        ending: of its name; says what separates the cells.
        text: all of it, or its start where there is a limit.
        config: what becomes of a broken line.
        limit: rows at the most; None: all.

    Raises:
        DataError: a line does not fit the header, or quotes do not close.
    """
    csv.field_size_limit(min(sys.maxsize, 2**31 - 1))
    before = 0  # lines before the header
    said = _SAID.match(text)
    if said:
        text, before = text[said.end() :], 1
    mark = said[1] if said else _mark(text, ending, config)
    # A blank between a separator and a quote is for the eye. In a quoted cell the quote is doubled.
    spaced = re.search(rf'{re.escape(mark)} +"(?!")', text[:_START]) is not None
    reader = csv.reader(
        io.StringIO(text, newline=""), delimiter=mark, strict=True, skipinitialspace=spaced
    )
    found = Found(lines=[])
    assert found.lines is not None
    keys: list[str | int] | None = None  # a column without a name has its number until the end
    filled: set[int] = set()
    while limit is None or len(found.rows) < limit:
        line = reader.line_num + 1 + before
        try:
            cells = next(reader, None)
            if cells is None:
                break
            if keys is None:
                keys = _header(cells, path, line)
                continue
            if not cells:
                continue
            if len(cells) > len(keys):
                _nothing_beyond(cells, len(keys), mark, path, line)
        except csv.Error as error:
            broken = _broken(error, path, line)
            if keys is None or "end of data" in str(error):
                raise broken from None
            found.skip(broken, config)
            continue
        except DataError as error:
            if keys is None:
                raise
            found.skip(error, config)
            continue
        row = dict(zip(keys, cells, strict=False))
        filled.update(k for k, cell in row.items() if isinstance(k, int) and cell.strip())
        found.rows.append(row)  # type: ignore[arg-type]  # keys are names in the end
        found.lines.append(line)
    _name(found, [k for k in keys or [] if isinstance(k, int)], filled)
    found.finish("lines")
    return found


def _mark(text: str, ending: str, config: DataConfig) -> str:
    """What separates the cells: the mark that makes most sense of the header and the first rows."""
    f = config.fields
    mapped = {f.instruction, f.input, f.output, f.id, f.messages, f.system, f.history, f.tools}
    ranked = []
    for order, mark in enumerate(_MARKS if ending != ".tsv" else "\t,;|"):
        first = _first_rows(text, mark)
        if first:
            header = [name.strip() for name in first[0]]
            known = sum(c in mapped or names.is_usual(c) for c in header[: limits.MOST_COLUMNS])
            fit = sum(not any(cells[len(header) :]) for cells in first)
            ranked.append((known, fit, sum(map(bool, header)), -order, mark))
    return max(ranked)[-1] if ranked else ","


def _first_rows(text: str, mark: str) -> list[list[str]]:
    """The header and some rows, as far as this mark makes sense of them."""
    rows: list[list[str]] = []
    reader = csv.reader(io.StringIO(text[:_START], newline=""), delimiter=mark, strict=True)
    try:
        for cells in reader:
            rows.append(cells)
            if len(rows) > _TRIED:
                break
    except csv.Error:  # the start may end within quotes
        pass
    return rows


def _header(cells: list[str], path: Path, line: int) -> list[str | int]:
    """Names of the columns, without the blanks around them; a number where there is none."""
    while cells and not cells[-1].strip() and len(cells) > limits.MOST_COLUMNS:
        cells = cells[:-1]
    limits.check_columns(len(cells), str(path))
    stripped = [name.strip() for name in cells]
    twice = next((n for n, times in Counter(stripped).items() if n and times > 1), None)
    if twice is not None:
        raise DataError(
            f"the column '{shortened(twice)}' appears twice. Give each column a name of its own.",
            path=str(path),
            line=line,
        )
    return [name or place for place, name in enumerate(stripped, start=1)]


def _nothing_beyond(cells: list[str], n: int, mark: str, path: Path, line: int) -> None:
    """Spreadsheets write separators for empty cells beside the table; anything else is lost data."""
    if any(cell.strip() for cell in cells[n:]):
        raise DataError(
            f"this line has {len(cells)} cells, the header has {n} (separated by {mark!r}). Put "
            "cells with a separator in them in quotes, or leave broken lines out with "
            "data.on_error: skip.",
            path=str(path),
            line=line,
        )


def _broken(error: csv.Error, path: Path, line: int) -> DataError:
    if "end of data" in str(error):
        what = "a quote that is opened in this line is never closed. Close it"
    else:
        what = (
            f"this is not valid CSV ({str(error)[:200]}). Double the quotes inside a quoted cell, or "
            "leave broken lines out with data.on_error: skip"
        )
    return DataError(f"{what}.", path=str(path), line=line)


def _name(found: Found, nameless: list[int], filled: set[int]) -> None:
    """Columns without a name: gone where nothing is in them, else under a name that can be said."""
    own = {name for row in found.rows[:1] for name in row}
    called: dict[int, str] = {}
    for place in sorted(filled):
        name = "" if len(filled) == 1 else f"column {place}"
        while name in own:
            name += "_"
        called[place] = name
    for row in found.rows if nameless else ():
        for place in nameless:
            cell = row.pop(place, None)  # type: ignore[call-overload]
            if place in called:
                row[called[place]] = cell
    if len(called) > 1:
        listed = ", ".join(f"'{name}'" for name in [*called.values()][:10])
        text = f"{len(called)} columns have no name; they are called {listed}."
        found.notices.append(Notice("data-columns-named", text, Severity.INFO, len(called)))
