"""The filters: the same on every page that lists samples, with what each further step would leave."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
import streamlit as st
from numpy.typing import NDArray
from streamlit.delta_generator import DeltaGenerator

from dashboard import labels
from dashboard.runs import facets as made
from dashboard.runs import opening
from dashboard.state import choices, filters, focus, narrowed, session
from dashboard.widgets import ranges, searching
from dashboard.widgets.frame import View
from paser_core.explain.facets import Facets, Filter
from paser_core.explain.search import Hits
from paser_core.selection import Status

NOTHING = "No sample passes what narrows this page. Take some of it away, at the top."
_LONGEST = 40  # letters of a name in a list
_RELEASES = narrowed.releases()


@dataclass(frozen=True)
class Narrowed:
    """What passes the filters, the search and what was picked."""

    rows: NDArray[np.int64]  # in the order of the search, else of the data
    hits: Hits | None  # of the search
    narrows: bool  # whether anything narrows

    def of(self, listed: NDArray[np.int64]) -> NDArray[np.int64]:
        """What passes of a list: in the order of the list, or of the search where there is one."""
        if self.hits is not None:
            return self.rows[np.isin(self.rows, listed)]
        return listed[np.isin(listed, self.rows)]


def bar(
    view: View,
    at: DeltaGenerator | None = None,
    *,
    status: bool = False,
    within: NDArray[np.int64] | None = None,
    clusters: bool = True,
) -> Narrowed:
    """Search and filters in one row; what narrows is said at the top of the page.

    Args:
        view: what is looked at.
        at: the row, with what else the page has in it; None: a row of their own.
        status: whether the status has a row of its own above, and not a place among the filters.
        within: row numbers of the list that is narrowed, in its order, which counts are of; None: all
            samples.
        clusters: whether clusters narrow; not where the page is about one.
    """
    facets = made.facets(view.run, view.setting, selected=view.selection is not None)
    above = st.container()
    row = at or st.container(horizontal=True, vertical_alignment="bottom")
    hits = searching.box(view, row, row)
    among = _among(view, hits)
    if within is not None:
        among.append(within)
    asked = narrowed.asked_filter(
        lambda k: labels.excerpt(view.names[k], _LONGEST),
        view.run.n_clusters,
        partial(_values, facets),
        selected=view.selection is not None,
    )
    if not clusters:
        asked = replace(asked, clusters=())
    with_status = view.selection is not None
    if status and with_status:
        with above:
            _statuses(facets, asked, among)
    number = sum(map(bool, (asked.clusters, asked.values))) + len(asked.ranges)
    number += bool(asked.statuses) and not status
    with row.popover(
        f"Filter · {number}" if number else "Filter",
        icon=":material/filter_alt:",
        key="filters",
        on_change="rerun",
    ) as shown:
        if shown.open:
            if not status and with_status:
                _statuses(facets, asked, among)
            if clusters:
                _clusters(view, facets, asked, among)
            _values_of(facets, asked, among)
            for measure in facets.measures:
                ranges.choose(view, facets, measure, asked, among)
    _say(view, asked)
    rows = facets.rows(asked, *among)
    if hits is not None:  # in its order: a search by meaning begins with what is closest
        rows = hits.rows[np.isin(hits.rows, rows)]
    found = Narrowed(rows, hits, bool(asked) or len(among) > (within is not None))
    return found if within is None else replace(found, rows=found.of(within))


def _among(view: View, hits: Hits | None) -> list[NDArray[np.int64]]:
    linked = focus.linked()
    picked = [] if linked is None else [opening.rows_of(view.run, linked.ids)]
    return picked if hits is None else [*picked, hits.rows]


def _values(facets: Facets) -> list[narrowed.Value]:
    return [(name, value) for name, column in facets.columns.items() for value in column.values]


def _statuses(facets: Facets, asked: Filter, among: Sequence[NDArray[np.int64]]) -> None:
    counts = facets.of_status(asked, *among)
    choices.choose_several(
        st.pills,
        "Status",
        [s for s in Status if counts[s.code] or s in asked.statuses],
        label_of=lambda s: f"{labels.STATUS_LABELS[s]} {labels.count(counts[s.code])}",
        selection_mode="multi",
        key=session.KEY_STATUS,
        in_address=True,
    )


def _clusters(
    view: View, facets: Facets, asked: Filter, among: Sequence[NDArray[np.int64]]
) -> None:
    of_cluster = facets.of_cluster(asked, *among)
    choices.choose_several(
        st.multiselect,
        "Cluster",
        range(view.run.n_clusters),
        label_of=lambda k: _counted(labels.excerpt(view.names[k], _LONGEST), of_cluster[k]),
        key=session.KEY_CLUSTERS,
        in_address=True,
        placeholder="All clusters",
    )


def _values_of(facets: Facets, asked: Filter, among: Sequence[NDArray[np.int64]]) -> None:
    """The user's columns."""
    if not facets.columns:
        return
    of_value = {
        (name, value): count
        for name, column in facets.columns.items()
        for value, count in zip(
            column.values, facets.of_value(name, asked, *among).tolist(), strict=True
        )
    }
    choices.choose_several(
        st.multiselect,
        "Columns of the data",
        list(of_value),
        label_of=lambda v: _counted(f"{v[0]}: {labels.excerpt(v[1], _LONGEST)}", of_value[v]),
        token_of=narrowed.token_of,
        key=session.KEY_VALUES,
        in_address=True,
        placeholder="All values",
        help="Columns with 2 to 60 values. Values of one column add up, columns narrow each other.",
    )


def _counted(name: str, count: int) -> str:
    return f"{name} ({labels.count(int(count))})"


def _say(view: View, asked: Filter) -> None:
    """What narrows, at the top of the page."""
    said: dict[str, str] = {}
    if asked.statuses:
        said["status"] = "Status: " + labels.listing(
            [labels.STATUS_LABELS[status] for status in asked.statuses]
        )
    if asked.clusters:
        names = [labels.excerpt(view.names[k], _LONGEST) for k in asked.clusters]
        said["clusters"] = "Cluster: " + labels.listing(names)
    if asked.values:
        said["values"] = " · ".join(
            f"{column}: {labels.listing(list(values))}" for column, values in asked.values.items()
        )
    for measure, wanted in asked.ranges.items():
        said[str(measure)] = (
            f"{ranges.title(view, measure)}{ranges.by(view, measure)}: {wanted.low:,g} to {wanted.high:,g}"
        )
    for name, text in said.items():
        filters.narrow(name, text, _RELEASES[name])
