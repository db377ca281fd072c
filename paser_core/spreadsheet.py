"""Tables as files: CSV and xlsx for spreadsheets, where text stays text, and parquet for programs."""

from __future__ import annotations

import io
import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from paser_core.errors import ExportError

# What a spreadsheet takes for the start of a formula, or skips before it looks for one.
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")

# What one sheet of an xlsx file holds (Microsoft: "Excel specifications and limits").
SHEET_LINES = 1_048_576 - 1  # below the line of the names
SHEET_COLUMNS = 16_384
CELL_CHARACTERS = 32_767
_EXACT = 2**53  # its numbers are doubles: a larger integer would change
_SHEET, _CUT_SHEET = "Table", "Cut texts"


def spreadsheet_csv(frame: pd.DataFrame) -> bytes:
    """A table as CSV that spreadsheets open as it is: UTF-8 with its mark, texts without formulas.

    A text that a spreadsheet would execute begins with an apostrophe, its own mark for text. Numbers
    are numbers, negative ones as well.
    """
    safe = frame.rename(columns=_text).copy()
    for place, kind in enumerate(frame.dtypes):
        if not pd.api.types.is_numeric_dtype(kind):
            safe.isetitem(place, frame.iloc[:, place].map(_text, na_action="ignore").to_numpy())
    return safe.to_csv(index=False, lineterminator="\r\n").encode("utf-8-sig")


def spreadsheet_xlsx(frame: pd.DataFrame) -> bytes:
    """A table as a workbook. Every text is a cell of text, so that none is a formula or a link.

    A text longer than a cell holds is cut, and a second sheet lists each that was.

    Raises:
        ExportError: a sheet has not so many lines or columns.
    """
    # Imported here: only who asks for a workbook waits for it.
    import xlsxwriter

    refused = _too_long(len(frame)) or _too_wide(frame.shape[1])
    if refused is not None:
        raise ExportError(refused)
    buffer = io.BytesIO()
    options = {
        "in_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
    }
    cut: list[tuple[int, str, int]] = []
    with xlsxwriter.Workbook(buffer, options) as book:
        sheet = book.add_worksheet(_SHEET)
        sheet.freeze_panes(1, 1)
        names = [str(name) for name in frame.columns]
        for place, name in enumerate(names):
            sheet.write_string(0, place, name[:CELL_CHARACTERS], book.add_format({"bold": True}))
        for place, name in enumerate(names):
            for line, value in enumerate(frame.iloc[:, place].tolist(), start=1):
                length = _write_cell(sheet, line, place, value)
                if length > CELL_CHARACTERS:
                    cut.append((line + 1, name, length))
        if cut:
            _list_cut(book.add_worksheet(_CUT_SHEET), cut)
    return buffer.getvalue()


def table_parquet(frame: pd.DataFrame) -> bytes:
    """A table as parquet, values as they are; a column of unlike kinds is written as text."""
    buffer = io.BytesIO()
    columns = {str(name): _arrow(frame.iloc[:, i]) for i, name in enumerate(frame.columns)}
    pq.write_table(pa.table(columns), buffer, compression="zstd")
    return buffer.getvalue()


@dataclass(frozen=True)
class TableFormat:
    """A kind of file that a table is written as."""

    name: str
    ending: str
    mime: str
    write: Callable[[pd.DataFrame], bytes]
    told: str  # what it is good for, in a sentence
    lines: int | None = None  # that it holds at most

    def refusal(self, n: int) -> str | None:
        """Why a table of ``n`` lines cannot be written so; None: it can."""
        return None if self.lines is None or n <= self.lines else _too_long(n)


TABLE_FORMATS: Mapping[str, TableFormat] = MappingProxyType(
    {
        made.ending: made
        for made in (
            TableFormat(
                "CSV",
                "csv",
                "text/csv",
                spreadsheet_csv,
                "UTF-8; a text that begins like a formula has an apostrophe before it.",
            ),
            TableFormat(
                "Excel (xlsx)",
                "xlsx",
                "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
                spreadsheet_xlsx,
                "Texts are cells of text, never formulas; at most "
                f"{SHEET_LINES:,} lines, and {CELL_CHARACTERS:,} characters a cell.",
                SHEET_LINES,
            ),
            TableFormat(
                "Parquet",
                "parquet",
                "application/vnd.apache.parquet",
                table_parquet,
                "For pandas, polars, DuckDB: values and texts exactly as they are.",
            ),
        )
    }
)


def _too_long(n: int) -> str | None:
    if n <= SHEET_LINES:
        return None
    return (
        f"The table has {n:,} lines, and a sheet of an xlsx file holds at most {SHEET_LINES:,} below its "
        "head. Take CSV or parquet, or narrow the table first."
    )


def _too_wide(n: int) -> str | None:
    if n <= SHEET_COLUMNS:
        return None
    return (
        f"The table has {n:,} columns, and a sheet of an xlsx file holds at most {SHEET_COLUMNS:,}. "
        "Take CSV or parquet."
    )


def _write_cell(sheet: Any, line: int, place: int, value: object) -> int:
    """Write one value; returns the length of its text, 0 for what is none."""
    if isinstance(value, list | tuple):
        value = ", ".join(map(str, value))
    elif value is None or value is pd.NA or value is pd.NaT:
        return 0
    if isinstance(value, bool):
        sheet.write_boolean(line, place, value)
        return 0
    if isinstance(value, int) and abs(value) <= _EXACT:
        sheet.write_number(line, place, value)
        return 0
    if isinstance(value, float) and math.isnan(value):
        return 0
    if isinstance(value, float) and math.isfinite(value):
        sheet.write_number(line, place, value)
        return 0
    text = str(value)
    sheet.write_string(line, place, text[:CELL_CHARACTERS])
    return len(text)


def _list_cut(sheet: Any, cut: Iterable[tuple[int, str, int]]) -> None:
    sheet.write_string(
        0,
        0,
        f"A cell holds {CELL_CHARACTERS:,} characters. These texts were cut; CSV and parquet have them "
        "whole.",
    )
    for place, head in enumerate(("Line", "Column", "Characters")):
        sheet.write_string(1, place, head)
    for number, (line, column, length) in enumerate(cut, start=2):
        sheet.write_number(number, 0, line)
        sheet.write_string(number, 1, column)
        sheet.write_number(number, 2, length)


def _arrow(column: pd.Series[Any]) -> pa.Array:
    try:
        return pa.Array.from_pandas(column)
    except (pa.ArrowInvalid, pa.ArrowTypeError):
        return pa.Array.from_pandas(column.map(str, na_action="ignore"), type=pa.string())


def _text(value: object) -> object:
    if isinstance(value, list | tuple):
        value = ", ".join(map(str, value))
    if isinstance(value, str) and value.lstrip(" ").startswith(_FORMULA):
        return f"'{value}"
    return value
