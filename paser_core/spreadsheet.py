"""Tables for spreadsheets: text stays text there, whatever it begins with."""

from __future__ import annotations

import pandas as pd

# What a spreadsheet takes for the start of a formula, or skips before it looks for one.
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


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


def _text(value: object) -> object:
    if isinstance(value, list | tuple):
        value = ", ".join(map(str, value))
    if isinstance(value, str) and value.lstrip(" ").startswith(_FORMULA):
        return f"'{value}"
    return value
