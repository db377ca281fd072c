"""Tables as xlsx and parquet, read back with other libraries: every value, no formula, no silent cut."""

from __future__ import annotations

import io

import numpy as np
import openpyxl
import pandas as pd
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from paser_core import spreadsheet
from paser_core.errors import ExportError
from paser_core.spreadsheet import TABLE_FORMATS, spreadsheet_xlsx, table_parquet


def book_of(frame):
    return openpyxl.load_workbook(io.BytesIO(spreadsheet_xlsx(frame)))


def cells_of(frame):
    return [[cell.value for cell in row] for row in book_of(frame).worksheets[0].iter_rows()]


@pytest.mark.parametrize(
    "text", ["=1+1", "+1", "-1", "@SUM(A1)", "http://x.org", "12", "{=A1}", "＝1"]
)
def test_a_text_is_a_text_in_a_workbook(text):
    sheet = book_of(pd.DataFrame({text: [text]})).worksheets[0]
    for cell in (sheet["A1"], sheet["A2"]):
        assert cell.value == text
        assert cell.data_type == "s"
        assert cell.hyperlink is None


@given(
    st.lists(
        st.floats(-1e300, 1e300, allow_subnormal=False),
        min_size=1,
        max_size=6,
    )
)
def test_numbers_are_not_rounded(values):
    read = [row[0] for row in cells_of(pd.DataFrame({"x": values}))[1:]]
    # openpyxl hands whole numbers back as int; an xlsx number has 16 or 17 digits.
    assert read == pytest.approx(values, rel=1e-15, abs=0)


def test_every_kind_of_value_comes_back():
    frame = pd.DataFrame(
        {
            "id": ["a", None],
            "n": pd.array([7, None], "Int64"),
            "x": [0.1, np.nan],
            "yes": [True, False],
            "list": [["k", "l"], []],
            "large": [2**60, 1],
        }
    )
    first, second = cells_of(frame)[1:]
    assert first == ["a", 7, 0.1, True, "k, l", str(2**60)]
    assert second[:3] == [None, None, None]
    assert second[3] is False
    assert second[5] == 1


def test_a_text_that_no_cell_holds_is_cut_and_listed():
    long = "x" * (spreadsheet.CELL_CHARACTERS + 5)
    book = book_of(pd.DataFrame({"id": ["a", "b"], "text": ["short", long]}))
    assert book.worksheets[0]["B3"].value == long[: spreadsheet.CELL_CHARACTERS]
    listed = [[cell.value for cell in row] for row in book["Cut texts"].iter_rows(min_row=3)]
    assert listed == [[3, "text", len(long)]]
    assert len(book_of(pd.DataFrame({"text": ["short"]})).worksheets) == 1


def test_more_lines_than_a_sheet_holds_are_refused_and_said():
    excel = TABLE_FORMATS["xlsx"]
    assert excel.refusal(1_048_575) is None
    said = excel.refusal(1_048_576)
    assert said is not None
    for part in ("1,048,576 lines", "1,048,575", "CSV or parquet"):
        assert part in said
    with pytest.raises(ExportError, match="1,048,575"):
        spreadsheet_xlsx(pd.DataFrame({"x": np.zeros(1_048_576, np.int8)}))
    with pytest.raises(ExportError, match="16,384"):
        spreadsheet_xlsx(pd.DataFrame(np.zeros((1, 16_385), np.int8)))
    assert all(TABLE_FORMATS[name].refusal(5_000_000) is None for name in ("csv", "parquet"))


def test_parquet_has_texts_and_numbers_as_they_are():
    frame = pd.DataFrame(
        {"id": ["=1", "b"], "x": [1 / 3, np.nan], "k": [["a"], ["b", "c"]], "odd": [1, "one"]}
    )
    table = pq.read_table(io.BytesIO(table_parquet(frame)))
    assert table.column_names == ["id", "x", "k", "odd"]
    assert table["id"].to_pylist() == ["=1", "b"]
    assert table["x"].to_pylist()[0] == 1 / 3
    assert table["k"].to_pylist() == [["a"], ["b", "c"]]
    assert table["odd"].to_pylist() == ["1", "one"]
