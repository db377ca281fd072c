"""Entries of the map's legend as filters: the same choices as in the filter bar."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np

from dashboard import labels
from dashboard.runs import facets as made
from dashboard.runs import maps
from dashboard.state import choices, session
from dashboard.widgets.frame import View
from paser_core.selection import Status


@dataclass(frozen=True)
class LegendFilter:
    """What a click on an entry chooses, and which entries are chosen."""

    pick: Callable[[int, bool], None]
    pressed: tuple[int, ...]


def legend_filter(view: View, color: str, data: maps.MapData) -> LegendFilter | None:
    """Of a map in this coloring; None where its entries are nothing that one can filter by."""
    key, values = _values(view, color, data)
    if key is None:
        return None
    chosen = session.get(key) or []
    pressed = tuple(i for i, value in enumerate(values) if value is not None and value in chosen)
    return LegendFilter(partial(_pick, key, values), pressed)


def _values(view: View, color: str, data: maps.MapData) -> tuple[str | None, Sequence[object]]:
    """The choice that the legend belongs to, and the option of each entry; None: it has none."""
    legend = data.points.legend
    if color == maps.Coloring.CLUSTER:
        return session.KEY_CLUSTERS, [
            k if k < view.run.n_clusters else None for k in range(len(legend))
        ]
    if color == maps.Coloring.STATUS and view.selection is not None:
        present = np.unique(view.selection.status[data.rows])
        return session.KEY_STATUS, [s for s in Status if s.code in present]
    column = maps.own_columns(view.run.user_columns).get(color)
    kinds = made.columns(view.run)
    if column is None or column not in kinds or not legend:
        return None, ()
    by_label: dict[str, object] = {}
    for value in kinds[column].values:
        label = labels.excerpt(value, maps.LONGEST_VALUE)
        # Two that begin alike cannot be told apart by their label.
        by_label[label] = None if label in by_label else (column, value)
    return session.KEY_VALUES, [by_label.get(entry.label) for entry in legend]


def _pick(key: str, values: Sequence[object], entry: int, also: bool) -> None:
    """Choose what an entry stands for, alone or with others of its kind; once more lets it go."""
    value = values[entry] if entry < len(values) else None
    if value is None:
        return
    chosen = list(session.get(key) or [])
    kind = [v for v in chosen if v in values]
    others = [v for v in chosen if v not in values]
    if also:
        kind = [v for v in kind if v != value] if value in kind else [*kind, value]
    else:
        kind = [] if kind == [value] else [value]
    choices.set_choice(key, [*others, *kind])
