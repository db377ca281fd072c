"""Study: is what was damaged most what recovery brings back?"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
import streamlit as st

from dashboard import labels
from dashboard.charts.labels import label
from dashboard.charts.study import Points, gain_figure
from dashboard.panels.study import words
from dashboard.panels.study.legends import by_number, in_picture
from dashboard.panels.study.page import Shown
from dashboard.state import choices
from dashboard.widgets.download import Offer, file_name
from dashboard.widgets.parts import figure, segments
from dashboard.widgets.small_table import small_table
from paser_core.study.assumption import Damaged, damaged, measures, together
from paser_core.study.statistics.ranks import spearman

_GAINED, _LOST = "gained", "lost"
_COUNTED = {
    _GAINED: "Gained by recovery",
    _LOST: "Lost by the compression",
}


def draw(shown: Shown) -> None:
    """Damage of the pool's samples across, accuracy of the questions upwards, capability by capability."""
    st.header("Damage and gain", anchor=False, help=words.ASSUMPTION_HELP)
    known = measures(shown.results)
    if not known:
        st.info(words.NO_CAPABILITY, icon=":material/info:")
        return
    with st.container(horizontal=True, vertical_alignment="bottom"):
        counted = segments(
            "Accuracy", tuple(_COUNTED), "study-counted", label_of=_COUNTED.__getitem__
        )
        selector = shown.selectors[0]
        if counted == _GAINED:
            selector = choices.choose_one(
                st.selectbox, "Selector", shown.selectors, key="study-selector", width=180
            )
        signal = choices.choose_one(
            st.selectbox, "Signal", list(known), key="study-signal", width=120
        )
        aggregate = choices.choose_one(
            st.selectbox, "Over tokens", known[signal], key="study-aggregate", width=110
        )
    groups = damaged(
        shown.results,
        shown.found,
        selector=selector,
        budget=shown.budget,
        recovery=shown.recovery,
        signal=signal,
        aggregate=aggregate,
    )
    _figure(shown, groups, counted, f"Damage of the pool's samples ({signal}, {aggregate})")
    _told(groups, counted)
    if sentence := words.unmatched(groups):
        st.caption(labels.plain(sentence))


def _figure(shown: Shown, groups: tuple[Damaged, ...], counted: str, measured: str) -> None:
    by_number([group.compression for group in groups])
    drawn = [_points(group, counted) for group in groups]
    if not any(np.isfinite(points.y).any() for points in drawn):
        st.info(
            f"No seed of this selector is finished at {shown.budget}; choose another one.",
            icon=":material/info:",
        )
        return
    title = "Accuracy gained" if counted == _GAINED else "Accuracy lost"
    figure(
        gain_figure(drawn, groups[0].capabilities, measured, title),
        "study-gain-figure",
        f"{title} over damage, a point for every capability and compression. The sentences below say "
        "how they go together.",
        offer=Offer(
            file_name(shown.folder.name, "damage-and-gain", shown.budget),
            f"{title} over damage",
            lambda: _frame(groups),
            in_picture([group.compression for group in groups]),
        ),
    )


def _frame(groups: Sequence[Damaged]) -> pd.DataFrame:
    """A line for every capability and compression, accuracies in points."""
    return pd.concat(
        [
            pd.DataFrame(
                {
                    "Compression": group.compression,
                    "Capability": group.capabilities,
                    "Damage": group.damage,
                    "Samples": group.samples,
                    "Accuracy lost (points)": 100 * group.lost,
                    "Accuracy gained (points)": 100 * group.gained,
                    "Seeds": group.seeds,
                }
            )
            for group in groups
        ],
        ignore_index=True,
    )


def _points(group: Damaged, counted: str) -> Points:
    values = group.gained if counted == _GAINED else group.lost
    hovers = tuple(
        f"<b>{label(name, 60)}</b>, {label(group.compression, 40)}<br>"
        f"damage {damage:.4f} over {labels.plural(int(n), 'sample')}<br>accuracy "
        f"{'gained' if counted == _GAINED else 'lost'}: {100 * value:+.1f} points"
        for name, damage, n, value in zip(
            group.capabilities, group.damage, group.samples, values, strict=True
        )
    )
    return Points(group.compression, group.damage, values, np.full(len(values), np.nan), hovers)


def _told(groups: tuple[Damaged, ...], counted: str) -> None:
    what = "gain" if counted == _GAINED else "loss"
    figures = [group.gained if counted == _GAINED else group.lost for group in groups]
    lines = [
        [group.compression, words.correlation(spearman(group.damage, figure), what)]
        for group, figure in zip(groups, figures, strict=True)
    ]
    if len(groups) > 1:
        lines.append(["Mean of all", words.correlation(together(groups, figures), what)])
    small_table(
        ["Compression", "Do they go together?"],
        lines,
        alt="Rank correlation of damage and accuracy",
        name=file_name("rank-correlation", what),
        texts=["Do they go together?"],
    )
