"""Samples as tables: one page at a time, so that a move of a slider sends little."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from dashboard import labels
from paser_core.runs import Run
from paser_core.selection import Selection

PAGE = 100  # rows of a table in the browser at once


class SortBy(StrEnum):
    """Orders in which samples are listed."""

    GIVEN = "File order"
    RANK = "Rank (order of acceptance)"
    DIVERGENCE = "Divergence, highest first"
    EFFICIENCY = "IES, highest first"


def orders(run: Run, selection: Selection | None) -> list[SortBy]:
    """The orders there are: by rank where something is selected, by damage where it was measured."""
    if selection is None:
        return [SortBy.GIVEN]
    return list(SortBy) if run.has_models else [SortBy.GIVEN, SortBy.RANK]


def pages(n: int) -> int:
    """How many pages ``n`` rows fill; at least one."""
    return max(1, -(-n // PAGE))


def page_of(rows: NDArray[np.int64], page: int) -> NDArray[np.int64]:
    """The rows on one page, counted from 1; a page past the end is the last one."""
    page = min(max(page, 1), pages(len(rows)))
    return rows[(page - 1) * PAGE : page * PAGE]


def ordered(
    rows: NDArray[np.int64], by: SortBy, selection: Selection | None, *, backwards: bool = False
) -> NDArray[np.int64]:
    """The rows in the order asked for; what has no value comes last, ties in data-set order."""
    if selection is None or by is SortBy.GIVEN:
        return rows[::-1] if backwards else rows
    ranking = selection.ranking
    if by is SortBy.RANK:
        rank = ranking.rank[rows].astype(np.float64)
        keys = np.where(rank > 0, rank, np.nan)
    elif by is SortBy.DIVERGENCE:
        keys = -ranking.candidates.divergence[rows]
    else:
        keys = -ranking.ies[rows]
    return ordered_by_column(rows, pd.Series(keys), backwards=backwards)


def ordered_by_column(
    rows: NDArray[np.int64], column: pd.Series[Any], *, backwards: bool = False
) -> NDArray[np.int64]:
    """The rows in the order of a column of their table: numbers from the lowest, texts from A.

    What is empty comes last in either direction, ties in the order given.
    """
    keys = column.reset_index(drop=True)
    if not pd.api.types.is_numeric_dtype(keys):
        keys = keys.map(lambda text: None if text in ("", "–") else str(text).casefold())
    found = keys.sort_values(ascending=not backwards, kind="stable", na_position="last")
    return rows[found.index.to_numpy(np.int64)]


def sample_frame(
    run: Run,
    rows: NDArray[np.int64],
    names: tuple[str, ...],
    selection: Selection | None,
    *,
    whole: bool = False,
) -> pd.DataFrame:
    """One line per sample: id, start of the instruction, cluster, and how it fared.

    Args:
        run: what they belong to.
        rows: their row numbers.
        names: ``(K,)`` of the clusters.
        selection: what became of them; None: nothing is selected.
        whole: the instructions to their end, which a screen has no room for.
    """
    samples = run.taken(rows, "id", "instruction")
    clusters = run.labels[rows]
    frame = pd.DataFrame(
        {
            "id": samples["id"].to_numpy(),
            "instruction": samples["instruction"].tolist()
            if whole
            else [labels.excerpt(t, 120) for t in samples["instruction"]],
            "cluster": [names[k] if k >= 0 else "–" for k in clusters],
        }
    )
    if selection is not None:
        frame["status"] = [labels.STATUS_LABELS[selection.status_of(int(r))] for r in rows]
    if selection is not None and run.has_models:
        ranking = selection.ranking
        frame["divergence"] = ranking.candidates.divergence[rows]
        frame["ies"] = ranking.ies[rows]
    return frame


def points_frame(
    run: Run, rows: NDArray[np.int64], names: tuple[str, ...], selection: Selection | None
) -> pd.DataFrame:
    """The points of a map: a line per sample with its places in two and three dimensions."""
    frame = sample_frame(run, rows, names, selection, whole=True)
    places = run.taken(rows, "x", "y", "x3", "y3", "z3")
    for place, name in enumerate(places.columns, start=1):
        frame.insert(place, name, places[name].to_numpy())
    return frame
