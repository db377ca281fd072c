"""The static part of a map: where the points lie, what colors them, what they say."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import partial

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from dashboard import labels, palette
from dashboard.components import drawn
from dashboard.components.scatter_points import LegendEntry, Measure, ScatterPoints
from dashboard.geometry import quantize
from dashboard.runs.opening import remembered
from dashboard.runs.selections import measured
from paser_core.config import SelectionConfig
from paser_core.runs import Run
from paser_core.selection import Selection, Status

LONGEST_VALUE = 40  # letters of a value of a column in the legend
_HOVER_LETTERS = 110
_RAMP_STEPS = 64


class Space(StrEnum):
    """How many dimensions the map has."""

    FLAT = "2-D"
    DEEP = "3-D"


class Coloring(StrEnum):
    """What the map can be colored by, beside the user's own columns."""

    CLUSTER = "Cluster"
    DIVERGENCE = "Divergence"
    EFFICIENCY = "Efficiency (IES)"
    STATUS = "Status"


@dataclass(frozen=True)
class MapData:
    """A map and the rows its points stand for (invalid rows have no place on it)."""

    points: ScatterPoints
    rows: NDArray[np.int64]  # (m,) row numbers of the points


@dataclass(frozen=True)
class Tint:
    """One coloring of the points."""

    index: NDArray[np.uint8]  # (m,) into colors
    colors: tuple[str, ...]
    legend: tuple[LegendEntry, ...] = ()  # for categories
    scale: tuple[str, str] | None = None  # for values: what the two ends mean
    measure: Measure | None = None  # for values: how a color reads as a number


def color_choices(run: Run, selection: Selection | None) -> tuple[str, ...]:
    """What the map can be colored by: ours, then the user's own columns."""
    given = own_columns(run.user_columns)
    if run.has_models:
        return (*Coloring, *given)
    status = () if selection is None else (Coloring.STATUS,)
    return (Coloring.CLUSTER, *status, *given)


def own_columns(columns: Sequence[str]) -> dict[str, str]:
    """Label -> the user's column: one may be called as a coloring of ours is, or not at all."""
    labels: dict[str, str] = {}
    for column in columns:
        label = column if column.strip() else "(column without a name)"
        while label in set(Coloring) or label in labels:
            label = f"{label} (your column)"
        labels[label] = column
    return labels


def map_data(
    run: Run,
    color: str,
    space: Space,
    by: SelectionConfig,
    names: tuple[str, ...],
    selection: Selection | None,
) -> MapData:
    """The map in one coloring. ``names`` ``(K,)`` are the clusters' names for the legend."""
    if color == Coloring.STATUS and selection is not None:
        # Follows every move of the budget: not worth keeping.
        rows = map_rows(run)
        tint = _statuses(selection.status[rows])
        return _assemble(run, rows, space, tint, color, names)
    # Only measured colors depend on how damage is measured: the others stay in the cache.
    shown = by if color in (Coloring.DIVERGENCE, Coloring.EFFICIENCY) else SelectionConfig()
    return _map_data(run, color, space, shown, names)


@remembered(24)
def _map_data(
    run: Run, color: str, space: Space, by: SelectionConfig, names: tuple[str, ...]
) -> MapData:
    rows = map_rows(run)
    if color == Coloring.CLUSTER:
        tint = _categories(run.labels[rows], [labels.excerpt(n, 48) for n in names])
    elif color == Coloring.DIVERGENCE:
        tint = _continuous(measured(run, by)[0][rows], labels.damage_title(by))
    elif color == Coloring.EFFICIENCY:
        tint = _continuous(measured(run, by)[1][rows], color)
    else:
        column = own_columns(run.user_columns)[color]
        tint = _user_column(run.columns(column)[column].iloc[rows])
    return _assemble(run, rows, space, tint, color, names)


def overlay_map(run: Run, space: Space, tint: Tint, what: str, names: tuple[str, ...]) -> MapData:
    """A map in colors of the caller's making; ``tint`` is by point, in the order of the rows."""
    return _assemble(run, map_rows(run), space, tint, what, names)


@remembered(8)
def map_rows(run: Run) -> NDArray[np.int64]:
    """``(m,)`` row numbers of the samples that have a place on the map."""
    return np.flatnonzero(run.labels >= 0)


def tint_of(codes: NDArray[np.int8], entries: Sequence[tuple[int, str, str]]) -> Tint:
    """Categories of the caller's making: code, label and color of each, in the order of the legend."""
    place = np.zeros(max(code for code, _, _ in entries) + 1, np.uint8)
    place[[code for code, _, _ in entries]] = np.arange(len(entries))
    counts = np.bincount(place[codes], minlength=len(entries)).tolist()
    legend = (LegendEntry(e[1], e[2], n) for e, n in zip(entries, counts, strict=True))
    return Tint(place[codes], tuple(color for _, _, color in entries), tuple(legend))


def _assemble(
    run: Run,
    rows: NDArray[np.int64],
    space: Space,
    tint: Tint,
    color: str,
    names: tuple[str, ...],
) -> MapData:
    moves = "Arrow keys move it" if space is Space.FLAT else "Arrow keys turn it"
    label = (
        f"Map of {len(rows):,} samples in {len(names)} clusters, colored by {color}. "
        f"{moves}, plus and minus zoom, 0 resets, Escape removes the lasso."
    )
    if len(rows) > drawn.MOST:
        label += f" {drawn.MOST:,} of them are drawn, all are counted."
    points = ScatterPoints(
        _positions(run, space),
        tint.index,
        tint.colors,
        tint.legend,
        tint.scale,
        partial(_hover, run, rows),
        label,
        tint.measure,
    )
    return MapData(points, rows)


@remembered(8)
def _positions(run: Run, space: Space) -> NDArray[np.uint16]:
    columns = ["x", "y"] if space is Space.FLAT else ["x3", "y3", "z3"]
    return quantize(run.columns(*columns).to_numpy(np.float32)[map_rows(run)])


def _hover(run: Run, rows: NDArray[np.int64], point: int) -> str:
    instruction = run.taken([int(rows[point])], "instruction")["instruction"].iloc[0]
    return labels.excerpt(instruction, _HOVER_LETTERS)


def _user_column(column: pd.Series) -> Tint:
    if column.dtype.kind in "if" and column.nunique() > len(palette.CLUSTERS):
        return _continuous(column.to_numpy(np.float64), str(column.name))
    texts = column.astype("string").fillna("(none)")
    most = texts.value_counts().index[: len(palette.CLUSTERS) - 1].tolist()
    codes = texts.map({m: i for i, m in enumerate(most)}).fillna(-1).to_numpy(np.int64)
    return _categories(codes, [labels.excerpt(str(m), LONGEST_VALUE) for m in most])


def _statuses(status: NDArray[np.int8]) -> Tint:
    present = [s for s in Status if (status == s.code).any()]
    return tint_of(status, [(s.code, labels.STATUS_LABELS[s], palette.STATUS[s]) for s in present])


def _categories(codes: NDArray[np.integer], names: list[str]) -> Tint:
    counts = np.bincount(codes[codes >= 0], minlength=len(names))
    colors = [palette.cluster_color(i) for i in range(len(names))]
    legend = [LegendEntry(n, c, int(k)) for n, c, k in zip(names, colors, counts, strict=True)]
    index = codes.copy()
    if (codes < 0).any():
        index[codes < 0] = len(names)
        colors.append(palette.NONE)
        legend.append(LegendEntry("Other", palette.NONE, int((codes < 0).sum())))
    return Tint(index.astype(np.uint8), tuple(colors), tuple(legend))


def _continuous(values: NDArray[np.float64], name: str) -> Tint:
    known = np.isfinite(values)
    # The extreme 1 % on either side share the end colors: one outlier must not gray the rest.
    low, high = np.percentile(values[known], [1, 99]) if known.any() else (0.0, 1.0)
    share = np.clip((values - low) / max(high - low, 1e-12), 0, 1)
    # What was not measured has a color of its own, behind those of the scale.
    index = np.where(known, np.nan_to_num(share) * (_RAMP_STEPS - 1), _RAMP_STEPS).astype(np.uint8)
    scale = (f"{low:.3g} or less", f"{high:.3g} or more")
    colors = (*palette.ramp(_RAMP_STEPS), palette.NONE)
    return Tint(index, colors, (), scale, Measure(name, float(low), float(high), _RAMP_STEPS))
