"""The filters: the same on every page that lists samples, with what each further step would leave."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
import streamlit as st
from numpy.typing import NDArray
from streamlit.delta_generator import DeltaGenerator

from dashboard import labels
from dashboard.charts.histogram import histogram_html
from dashboard.runs import facets as made
from dashboard.runs import opening
from dashboard.state import choices, filters, focus, narrowed, session
from dashboard.widgets import searching
from dashboard.widgets.frame import View
from paser_core.explain.facets import Facets, Filter, Measure, Range
from paser_core.explain.search import Hits
from paser_core.selection import Status
from paser_core.selection.measures import measure_short

_LONGEST = 40  # letters of a name in a list
_RELEASES = narrowed.releases()


@dataclass(frozen=True)
class Narrowed:
    """What passes the filters, the search and what was picked."""

    rows: NDArray[np.int64]  # in the order of the data
    hits: Hits | None  # of the search
    narrows: bool  # whether anything narrows


def bar(view: View, at: DeltaGenerator | None = None, *, status: bool = False) -> Narrowed:
    """Search and filters in one row; what narrows is said at the top of the page.

    Args:
        view: what is looked at.
        at: the row, with what else the page has in it; None: a row of their own.
        status: whether the status has a row of its own above, and not a place among the filters.
    """
    facets = made.facets(view.run, view.setting, selected=view.selection is not None)
    above = st.container()
    row = at or st.container(horizontal=True, vertical_alignment="bottom")
    hits = searching.box(view, row, row)
    among = _among(view, hits)
    asked = narrowed.asked_filter(
        lambda k: labels.excerpt(view.names[k], _LONGEST),
        view.run.n_clusters,
        partial(_values, facets),
        selected=view.selection is not None,
    )
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
            _lists(view, facets, asked, among)
            for measure in facets.measures:
                _range(view, facets, measure, asked, among)
    _say(view, asked)
    rows = facets.rows(asked, *among)
    return Narrowed(rows, hits, bool(asked) or bool(among))


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


def _lists(view: View, facets: Facets, asked: Filter, among: Sequence[NDArray[np.int64]]) -> None:
    """Clusters and the user's columns."""
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


def _range(
    view: View,
    facets: Facets,
    measure: Measure,
    asked: Filter,
    among: Sequence[NDArray[np.int64]],
) -> None:
    """A histogram and the range below it."""
    title = _title(view, measure)
    spread = facets.histogram(measure, asked, *among)
    if spread is None:
        st.caption(labels.plain(f"{title}: all samples that have one have the same."))
        return
    wanted = asked.ranges.get(measure)
    low, high = float(spread.edges[0]), float(spread.edges[-1])
    steps = {*spread.edges.tolist(), *(() if wanted is None else (wanted.low, wanted.high))}
    shown = (low, high) if wanted is None else (wanted.low, wanted.high)

    def changed(ends: tuple[float, float]) -> None:
        chosen = Range(*map(float, ends))
        whole = chosen.low <= low and chosen.high >= high
        narrowed.set_range(measure, None if whole else chosen)

    st.caption(labels.plain(title))
    st.html(histogram_html(spread, wanted, f"How samples are spread by {title}"))
    choices.choose_range(
        title,
        sorted(steps),
        shown,
        key=f"range-{measure}",
        label_of=_names(measure, sorted(steps)).__getitem__,
        on_choose=changed,
        label_visibility="collapsed",
    )
    if spread.unmeasured:
        number = labels.plural(spread.unmeasured, "sample")
        st.caption(f"{number} without this number: no range lists them.")


def _title(view: View, measure: Measure) -> str:
    if measure is Measure.DAMAGE:
        return labels.capital(labels.damage_title(view.setting.measure))
    return {Measure.TOKENS: "Tokens", Measure.IES: "IES"}[measure]


def _by(view: View, measure: Measure) -> str:
    """What else a range depends on: moved, the same two ends are of other samples."""
    if measure is Measure.TOKENS:
        return ""
    knobs = view.setting.measure
    if knobs.tempered:
        away = knobs.temperature != 1
        return f" at temperature {knobs.temperature:.2f}" if away else ""
    return f" by {measure_short(knobs)}" if measure is Measure.IES else ""


def _number(measure: Measure, value: float) -> str:
    if measure is Measure.TOKENS:
        return labels.count(round(value))
    return f"{value:.4f}" if measure is Measure.IES else labels.damage(value)


def _names(measure: Measure, steps: Sequence[float]) -> dict[float, str]:
    """What steps are called; where decimals would call two of them alike, by their first digits.

    A browser sends the name of a step: of two with one name it would be the wrong one.
    """
    often = Counter(_number(measure, step) for step in steps)
    names: dict[float, str] = {}
    for step in steps:
        name = _number(measure, step)
        if often[name] > 1:
            name = f"{step:.3g}"
        names[step] = repr(step) if name in names.values() else name
    return names


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
        low, high = (_number(measure, value) for value in (wanted.low, wanted.high))
        said[str(measure)] = f"{_title(view, measure)}{_by(view, measure)}: {low} to {high}"
    for name, text in said.items():
        filters.narrow(name, text, _RELEASES[name])
