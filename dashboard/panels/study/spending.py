"""Study: what retention costs, and what a larger budget brings."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from dashboard import labels
from dashboard.charts.data import points_data, side_data
from dashboard.charts.labels import label
from dashboard.charts.study import Points, cost_figure, curves_figure
from dashboard.panels.study import cell, words
from dashboard.panels.study.legends import by_number, in_picture
from dashboard.panels.study.page import Shown
from dashboard.widgets.download import Offer, file_name
from dashboard.widgets.parts import figure, segments
from paser_core.study.retained import Repeats

_MEASURES = {"mean": "Mean retention", "worst": "Worst capability"}
_KEY_COST, _KEY_CURVES = "study-cost-figure", "study-curves-figure"
_HERE = "A click on a point shows its first seed below the figure."


def cost(shown: Shown) -> None:
    """A point for every arm: what it cost and what it retained."""
    st.header("Cost and retention", anchor=False, help=words.COSTS_HELP)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        by = segments("Cost", tuple(words.COSTS), "study-cost", label_of=words.COSTS.__getitem__)
        measure = segments(
            "Retention", tuple(_MEASURES), "study-measure", label_of=_MEASURES.__getitem__
        )
    groups, keys = _groups(shown, shown.arms, by, measure)
    if not any(keys):
        st.info(words.nothing_at(), icon=":material/info:")
        return
    by_number(shown.selectors, [group.name for group, own in zip(groups, keys, strict=True) if own])
    figure(
        cost_figure(groups, words.COSTS[by], _MEASURES[measure]),
        _KEY_COST,
        f"{_MEASURES[measure]} over {words.COSTS[by].lower()}, a point for every selector and budget. "
        "The table of cells at the end of the page has the same in numbers.",
        offer=Offer(
            file_name(shown.folder.name, "cost"),
            f"{_MEASURES[measure]} and cost",
            lambda: points_data(groups, words.COSTS[by], _MEASURES[measure]),
            in_picture(shown.selectors, [group.name for group in groups if len(group.x)]),
        ),
        on_select=cell.picked(_KEY_COST, keys, "cost"),
        selection_mode="points",
    )
    st.caption(f"Means over seeds, with the standard deviation of the retention. {_HERE}")
    cell.detail(shown, "cost")


def curves(shown: Shown) -> None:
    """Mean and worst retention over the budget, a line for every selector."""
    st.header("Budget curves", anchor=False, help=words.RETENTION_HELP)
    counts_tokens = shown.study.budgets
    units = [unit for unit in (False, True) if unit in counts_tokens.values()]
    unit = units[0]
    if len(units) > 1:
        unit = segments("Budgets in", units, "study-unit", label_of=lambda u: _unit(u).capitalize())
    own = [arm for arm in shown.arms if counts_tokens[arm.arm.budget] == unit]
    mean, keys = _groups(shown, own, _unit(unit), "mean")
    worst, _ = _groups(shown, own, _unit(unit), "worst")
    if not any(keys):
        st.info(words.nothing_at(), icon=":material/info:")
        return
    before = shown.found.before.get(shown.compression)
    level = (np.nan, np.nan)
    if before is not None and np.isfinite(before).any():
        level = (float(np.nanmean(before)), float(np.nanmin(before)))
    by_number(shown.selectors, [group.name for group, own in zip(mean, keys, strict=True) if own])
    figure(
        curves_figure(mean, worst, f"{_unit(unit).capitalize()} selected", level),
        _KEY_CURVES,
        f"Mean and worst retention over the {_unit(unit)} selected, a line for every selector. The table "
        "below has the same in numbers.",
        offer=Offer(
            file_name(shown.folder.name, "budgets"),
            "Retention over the budget",
            lambda: side_data(
                {
                    title: points_data(groups, f"{_unit(unit)} selected", "Retention")
                    for title, groups in ((_MEASURES["mean"], mean), (_MEASURES["worst"], worst))
                },
                "Measure",
            ),
            in_picture(shown.selectors, [group.name for group in mean if len(group.x)]),
        ),
        on_select=cell.picked(_KEY_CURVES, [*keys, *keys], "curves"),
        selection_mode="points",
    )
    dotted = (
        " The dotted line is the compressed model before recovery." if before is not None else ""
    )
    st.caption(
        f"Means over seeds with their standard deviation; where a selection had fewer {_unit(unit)} than "
        f"its budget, its point stands at what it had.{dotted} {_HERE}"
    )
    cell.detail(shown, "curves")


def _unit(tokens: bool) -> str:
    return "tokens" if tokens else "samples"


def _groups(
    shown: Shown, arms: Sequence[Repeats], by: str, measure: str
) -> tuple[list[Points], list[list[str]]]:
    """Points of every selector from left to right, and the first cell of each."""
    groups, keys = [], []
    for selector in shown.selectors:
        own = [arm for arm in arms if arm.arm.selector == selector and arm.keys]
        own.sort(key=lambda arm: arm.costs[by].mean())
        values = [getattr(arm, measure) for arm in own]
        groups.append(
            Points(
                selector,
                np.array([arm.costs[by].mean() for arm in own]),
                np.array([one.mean() for one in values]),
                np.array([_spread(one) for one in values]),
                tuple(_hover(arm, by, measure) for arm in own),
            )
        )
        keys.append([arm.keys[0] for arm in own])
    return groups, keys


def _spread(values: NDArray[np.float64]) -> float:
    return float(values.std(ddof=1)) if len(values) > 1 else np.nan


def _hover(arm: Repeats, by: str, measure: str) -> str:
    return (
        f"<b>{label(arm.arm.selector)}</b>, {label(arm.arm.budget)}<br>{_MEASURES[measure]}: "
        f"{words.plus_minus(list(getattr(arm, measure)), words.PERCENT)}<br>"
        f"{words.COSTS.get(by, by.capitalize())}: {labels.count(arm.costs[by].mean())}<br>"
        f"{labels.plural(len(arm.keys), 'seed')}"
    )
