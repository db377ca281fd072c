"""A table of a study: figures for programs, and the same as people read them."""

from __future__ import annotations

from dataclasses import dataclass, field

import pandas as pd


@dataclass(frozen=True)
class Table:
    """One table.

    Args:
        name: of its file.
        title: what stands above it.
        numbers: for programs.
        texts: for people, as many rows.
        bold: row and column of what a test calls best.
        notes: what a reader has to know, a sentence each.
    """

    name: str
    title: str
    numbers: pd.DataFrame
    texts: pd.DataFrame
    bold: frozenset[tuple[int, str]] = frozenset()
    notes: tuple[str, ...] = field(default=())
