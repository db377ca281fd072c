"""How much of the selection hangs on the temperature."""

from __future__ import annotations

import numpy as np
import streamlit as st

from dashboard import labels, palette
from dashboard.charts.data import temperature_data
from dashboard.charts.temperatures import temperature_figure
from dashboard.runs import temperatures
from dashboard.widgets.download import Offer, named
from dashboard.widgets.frame import View, show_error
from dashboard.widgets.parts import figure
from dashboard.widgets.small_table import small_table
from paser_core.compare import OverTemperature
from paser_core.errors import PaserError
from paser_core.selection.measures import measure_told


def panel(view: View) -> None:
    """What stays selected at other temperatures, and the order of the clusters there."""
    st.header("Stability over temperature", anchor=False)
    if not view.setting.tempered:
        st.text(
            f"Damage is the {measure_told(view.setting)}; no other temperature was measured for it."
        )
        return
    try:
        found = temperatures.temperatures(view.run, view.setting)
    except PaserError as error:
        show_error(error)
        return
    st.text(labels.together(f"{found.sentence} {_order(view, found)}"))
    # Drawn where somebody asks for it: every move of a knob would draw it again.
    label = "By temperature, as a chart and in numbers"
    with st.expander(label, key="temperature-chart", on_change="rerun") as shown:
        if shown.open:
            _chart(view, found)
            _table(view, found)


def _chart(view: View, found: OverTemperature) -> None:
    names = tuple(view.names)
    figure(
        temperature_figure(found, names, [palette.cluster_color(k) for k in range(len(names))]),
        "temperature-figure",
        "Share of this selection that other temperatures select too, and the rank of every cluster by "
        "CDS at each temperature. The table below says the same in numbers.",
        offer=Offer(
            named(view.run, "temperatures", view.setting),
            f"Stability over temperature, {view.run.name}",
            lambda: temperature_data(found, names),
            tuple((palette.cluster_color(k), name) for k, name in enumerate(view.names)),
        ),
    )
    st.caption(
        "Every temperature was measured in one pass of the models; none is run again. Left: the share "
        "of this selection that the same budget still selects. Right: the clusters in the order of "
        "their damage, the most damaged on top, in the colors of the map; lines that cross are "
        "clusters whose order the temperature decides. Dotted: the temperature of the side bar."
    )


def _order(view: View, found: OverTemperature) -> str:
    """Whether the most damaged cluster is the same at every temperature."""
    known = found.ranks[:, np.isfinite(found.ranks).all(axis=0)]
    numbers = np.flatnonzero(np.isfinite(found.ranks).all(axis=0))
    if not len(numbers):
        return ""
    first = list(dict.fromkeys(numbers[known.argmin(axis=1)].tolist()))
    if len(first) == 1:
        name = labels.excerpt(view.names[first[0]], 40)
        return f"{name} is the most damaged cluster at every temperature."
    listed = labels.listing([labels.excerpt(view.names[k], 40) for k in first])
    return f"Which cluster is the most damaged depends on it: {listed}."


def _table(view: View, found: OverTemperature) -> None:
    heads = ["Cluster", *(f"T = {t:g}" for t in found.temperatures)]
    lines = [
        ["This selection, still selected", *(labels.share(k) for k in found.kept)],
        *(
            [
                view.names[k],
                *(
                    "not measured" if np.isnan(rank) else f"{labels.score(cds)} ({rank:.0f})"
                    for cds, rank in zip(found.cds[:, k], found.ranks[:, k], strict=True)
                ),
            ]
            for k in np.argsort(found.ranks[found.here], kind="stable").tolist()
        ),
    ]
    st.caption("CDS, and in parentheses the rank of the cluster at that temperature.")
    small_table(
        heads,
        lines,
        alt="CDS and rank of every cluster at every temperature",
        name=named(view.run, "temperatures", view.setting),
        data=lambda: temperature_data(found, tuple(view.names)),
        n=found.cds.size + len(found.temperatures),
    )
