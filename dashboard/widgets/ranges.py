"""A range of a number, chosen below the histogram of all samples that have it."""

from __future__ import annotations

import math
import zlib
from collections.abc import Sequence

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from dashboard import labels
from dashboard.charts.histogram import histogram_html
from dashboard.state import narrowed
from dashboard.widgets.frame import View
from paser_core.explain.facets import Facets, Filter, Histogram, Measure, Range
from paser_core.selection.measures import measure_short

_FINEST = 12  # decimals


def title(view: View, measure: Measure) -> str:
    """What a number is called: damage as the setting measures it."""
    if measure is Measure.DAMAGE:
        return labels.capital(labels.damage_title(view.setting.measure))
    return {Measure.TOKENS: "Tokens", Measure.IES: "IES"}[measure]


def by(view: View, measure: Measure) -> str:
    """What else a range depends on: moved, the same two ends are of other samples."""
    if measure is Measure.TOKENS:
        return ""
    knobs = view.setting.measure
    if knobs.tempered:
        away = knobs.temperature != 1
        return f" at temperature {knobs.temperature:.2f}" if away else ""
    return f" by {measure_short(knobs)}" if measure is Measure.IES else ""


def choose(
    view: View,
    facets: Facets,
    measure: Measure,
    asked: Filter,
    among: Sequence[NDArray[np.int64]],
) -> None:
    """Draw the histogram and a slider with two thumbs.

    Args:
        view: what is looked at.
        facets: of its samples.
        measure: the number.
        asked: the filter; the histogram is of what passes all the rest.
        among: sets of row numbers in each of which a row must be.
    """
    name = title(view, measure)
    spread = facets.histogram(measure, asked, *among)
    if spread is None:
        st.caption(labels.plain(f"{name}: all samples that have one have the same."))
        return
    wanted = asked.ranges.get(measure)
    known = steps(spread, wanted)
    ends = [*known][:: len(known) - 1]
    shown = tuple(ends) if wanted is None else (_label(wanted.low), _label(wanted.high))
    # Options are their own labels, and the values that they say. With others it is another widget: a
    # browser sends a label, and the one it has sent last may mean nothing any more.
    widget = f"range-{measure}-{zlib.crc32(' '.join(known).encode()):08x}"
    if st.session_state.get(widget) != shown:
        st.session_state[widget] = shown

    def changed() -> None:
        first, last = st.session_state[widget]
        whole = [first, last] == ends
        narrowed.set_range(measure, None if whole else Range(known[first], known[last]))

    st.caption(labels.plain(name))
    st.html(histogram_html(spread, wanted, f"How samples are spread by {name}"))
    st.select_slider(
        name,
        [*known],
        value=shown,  # two thumbs: it does not look at what the session holds
        label_visibility="collapsed",
        key=widget,
        on_change=changed,
    )
    if spread.unmeasured:
        number = labels.plural(spread.unmeasured, "sample")
        st.caption(f"{number} without this number: no range lists them.")


def steps(spread: Histogram, wanted: Range | None) -> dict[str, float]:
    """What the thumbs can stand at, by what it is called: the borders of the bars, and where they stand.

    Borders are rounded as far as they stay apart, the first down and the last up, so that a label is
    the value and the whole range holds everything.
    """
    digits = next(
        (
            d
            for d in range(_FINEST)
            if len({round(e, d) for e in spread.edges}) == len(spread.edges)
        ),
        _FINEST,
    )
    unit = 10.0**-digits
    low, *inner, high = spread.edges.tolist()
    values = {round(value, digits) for value in inner}
    values |= {math.floor(low / unit) * unit, math.ceil(high / unit) * unit}
    if wanted is not None:
        values |= {wanted.low, wanted.high}
    return {_label(value): float(_label(value)) for value in sorted(values)}


def _label(value: float) -> str:
    return f"{value:.{_FINEST}g}"
