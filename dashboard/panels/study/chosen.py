"""Study: how much the selections have in common, and how long they are."""

from __future__ import annotations

import numpy as np
import streamlit as st

from dashboard import labels
from dashboard.charts.compare import agreement_figure
from dashboard.charts.data import matrix_data
from dashboard.charts.labels import label
from dashboard.panels.study import words
from dashboard.panels.study.page import Shown
from dashboard.widgets.download import Offer, file_name
from dashboard.widgets.parts import figure
from dashboard.widgets.small_table import Cell, Number, small_table
from paser_core.study.retained import Repeats

_BESIDE = 6  # selectors


def draw(shown: Shown) -> None:
    """Jaccard index of every two selectors, and samples and tokens of each."""
    st.header("What was selected", anchor=False)
    arms = [arm for arm in shown.at_budget if arm.keys]
    if not arms:
        st.info(words.nothing_at(shown.budget), icon=":material/info:")
        return
    # Figures in half the page are too small to read with more names.
    beside = len(arms) <= _BESIDE
    left, right = st.columns([1, 1], gap="medium") if beside else (st.container(), st.container())
    with left:
        names = [label(arm.arm.selector, 24) for arm in arms]
        index = shown.study.overlaps(arms)
        figure(
            agreement_figure(index, names, 0.0, diagonal=True),
            "study-overlap-figure",
            f"Jaccard index of every two selections at {shown.budget}: samples in both, divided by "
            "samples in at least one.",
            offer=Offer(
                file_name(shown.folder.name, "overlap", shown.budget),
                f"Jaccard index of every two selections at {shown.budget}",
                lambda: matrix_data(index, names, names, "Jaccard index"),
            ),
        )
        st.caption(
            f"Jaccard index at {labels.plain(shown.budget)}, mean over seeds: 1 is the same, 0 nothing "
            "shared. On the diagonal: the same selector with other seeds, where there are any."
        )
    with right:
        small_table(
            ["Selector", "Samples", "Tokens", "Tokens a sample"],
            [_line(arm) for arm in arms],
            alt="Samples and tokens of every selection",
            name=file_name(shown.folder.name, "selected", shown.budget),
        )
        st.caption("Means over seeds; tokens of prompts and answers, each sample counted once.")


def _line(arm: Repeats) -> list[Cell]:
    samples, tokens = (float(np.mean(arm.costs[name])) for name in ("samples", "tokens"))
    each = tokens / samples if samples else np.nan
    return [
        arm.arm.selector,
        Number(samples, labels.count(samples)),
        Number(tokens, labels.count(tokens)),
        Number(each, f"{each:.1f}" if samples else "–"),
    ]
