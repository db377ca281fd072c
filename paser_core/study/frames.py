"""Frames as this package goes through them: rows as mappings, groups in their order."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import pandas as pd


def records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """The rows of a frame."""
    return [{str(k): v for k, v in row.items()} for row in frame.to_dict("records")]


def grouped(
    frame: pd.DataFrame, columns: Sequence[str]
) -> Iterator[tuple[tuple[str, ...], pd.DataFrame]]:
    """Groups of rows that are equal in columns of text, in the order in which they come."""
    for names, part in frame.groupby(list(columns), sort=False):
        yield tuple(map(str, names if isinstance(names, tuple) else (names,))), part
