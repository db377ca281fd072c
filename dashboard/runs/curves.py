"""How much data is enough: the marginal curves of the clusters, thinned for the screen."""

from __future__ import annotations

import streamlit as st

from dashboard import palette
from dashboard.charts.curves import Curve
from dashboard.runs.selections import RankingKey, Setting, ranking_at, ranking_key
from paser_core.runs import Run
from paser_core.selection import resolve_budget
from paser_core.selection.curves import MarginalCurves, marginal_curves

_POINTS = 60  # of a curve: a move of a slider sends all of them


def curves(run: Run, setting: Setting) -> MarginalCurves:
    """What each further sample adds, and where the budget stands."""
    return _curves(ranking_key(run, setting), resolve_budget(setting.selection.budget, run.n))


@st.cache_resource(max_entries=24, show_spinner=False)
def _curves(key: RankingKey, budget: int) -> MarginalCurves:
    return marginal_curves(ranking_at(key).at(budget), _POINTS)


def curves_of(found: MarginalCurves, names: tuple[str, ...]) -> tuple[Curve, ...]:
    """The curves as they are drawn, in the colors of the map; clusters without a sample left out."""
    return tuple(
        Curve(
            names[c.cluster],
            palette.cluster_color(c.cluster),
            c.seats,
            c.marginal,
            c.share,
            c.now,
        )
        for c in found.clusters
        if c.n_seats
    )
