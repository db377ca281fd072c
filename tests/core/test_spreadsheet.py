"""CSV for spreadsheets: nothing that a user wrote becomes a formula, and nothing else changes."""

from __future__ import annotations

import csv
import io

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from paser_core.spreadsheet import spreadsheet_csv

texts = st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\x00"), max_size=8)


def cells(frame):
    text = spreadsheet_csv(frame).decode("utf-8-sig")
    return list(csv.reader(io.StringIO(text, newline="")))


@pytest.mark.parametrize(
    "text",
    [
        '=HYPERLINK("http://x","y")',
        "+1+1",
        "-2+3",
        "@SUM(A1)",
        "\t=1",
        "\r=1",
        "  =1",
        "＝1",
        "\n=1",
    ],
)
def test_a_formula_is_text(text):
    head, row = cells(pd.DataFrame({text: [text]}))
    assert head == row == [f"'{text}"]


@given(st.lists(texts, min_size=1, max_size=5))
def test_every_other_text_is_as_it_was(values):
    rows = [row[1] for row in cells(pd.DataFrame({"n": range(len(values)), "a": values}))[1:]]
    for cell, value in zip(rows, values, strict=True):
        assert cell in (value, f"'{value}")
        assert cell.lstrip(" ")[:1] not in set("=+-@\t\r\n")


def test_numbers_stay_numbers():
    frame = pd.DataFrame(
        {"n": [-1.5, 2], "k": pd.array([-3, None], "Int64"), "t": [["a", "b"], None]}
    )
    assert cells(frame)[1:] == [["-1.5", "-3", "a, b"], ["2.0", "", ""]]
