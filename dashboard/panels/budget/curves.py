"""How much data is enough: curves, and the budgets in words."""

from __future__ import annotations

import streamlit as st

from dashboard import labels, palette
from dashboard.charts.curves import marginal_figure
from dashboard.charts.data import marginal_data
from dashboard.runs import curves
from dashboard.state import session
from dashboard.widgets.download import Offer, named
from dashboard.widgets.frame import View
from dashboard.widgets.parts import button, figure
from paser_core.selection import selector_of
from paser_core.selection.measures import measure_short


def enough(view: View) -> None:
    """Drawn only while it is open: the curves follow every move of the knobs."""
    with st.expander(
        "How much data is enough?", icon=":material/trending_down:", key="enough", on_change="rerun"
    ) as shown:
        if not shown.open:
            return
        found = curves.curves(view.run, view.setting)
        damage = "divergence" if view.setting.tempered else "damage"
        rule = selector_of(view.setting.selector)
        st.text(
            f"At this budget {labels.share(found.now)} of all {damage} is covered. "
            + (
                f"Reachable damage: {labels.share(found.reachable)} of it; the graph keeps out the rest."
                if rule.graph
                else rule.graph_told
            )
        )
        if found.complete:
            with st.container(horizontal=True, vertical_alignment="center"):
                st.text("Set the budget to cover")
                for step in found.enough:
                    if step.budget:
                        share, key = labels.share(step.share, digits=0), f"enough-{step.share}"
                        label = f"{share}: {labels.count(step.budget)} samples"
                        button(label, key, None, session.put, session.KEY_BUDGET, step.budget)
        alt = f"{labels.capital(damage)} of the next sample and share of the damage covered, by cluster"
        title = damage if view.setting.tempered else measure_short(view.setting)
        name = named(view.run, "worth", view.setting)
        figure(
            marginal_figure(found.clusters, view.names, title),
            "worth-figure",
            alt,
            offer=Offer(
                name,
                alt,
                lambda: marginal_data(found.clusters, view.names),
                tuple((palette.cluster_color(k), name) for k, name in enumerate(view.names)),
            ),
        )
        st.caption(
            f"Left: the {damage} of the sample that takes the next seat of a cluster, as a running "
            "mean; where it is low, a further sample adds little. Dots: where this budget stands. "
            "Colors are those of the map."
        )
