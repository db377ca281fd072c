"""Does another damage signal order the clusters otherwise? Ranks side by side, with intervals."""

from __future__ import annotations

import numpy as np
import pandas as pd
import streamlit as st

from dashboard import labels
from dashboard.runs import audit, selections
from dashboard.widgets.download import named
from dashboard.widgets.frame import View
from dashboard.widgets.small_table import small_table
from paser_core.explain.signals import Standings
from paser_core.selection.measures import measure_short, measure_told


def panel(view: View) -> None:
    """The clusters by every signal that the run has; nothing on a run without models."""
    if not view.run.has_models:
        return
    st.header("By other signals", anchor=False)
    if len(selections.signals_of(view.run)) < 2:
        st.text(
            "This run has the paper's signal only. `paser run CONFIG --out RUN --again divergence` measures "
            "the others."
        )
        return
    found = audit.standings_of(view.run, view.setting.measure)
    heads = [labels.capital(measure_short(by)) for by in found.measures]
    if view.setting.tempered and view.setting.temperature != 1.0:
        heads[0] += f" at {view.setting.temperature:g}"
    st.text(labels.together(_said(view, found, heads)))
    small_table(
        ["Cluster", *heads],
        [
            [view.names[k], *(_cell(found, i, k) for i in range(len(heads)))]
            for k in np.argsort(found.ranks[0], kind="stable").tolist()
        ],
        alt="Rank of every cluster by every signal, with its 95 % interval",
        texts=heads,
        name=named(view.run, "ranks-by-signal", view.setting),
        data=lambda: _frame(view, found, heads),
        n=len(heads) * view.run.n_clusters,
    )
    st.caption(
        "Rank of a cluster by its mean damage, 1 for the most damaged, and the 95 % bootstrap interval "
        f"of the rank. First: what the side bar says, the {labels.plain(measure_told(view.setting))}. "
        "An arrow: the interval lies wholly above or below that of the first. The side bar (Damage) makes "
        "any of them the one that selects."
    )


def _frame(view: View, found: Standings, heads: list[str]) -> pd.DataFrame:
    """A line for every signal and cluster."""
    k = view.run.n_clusters
    return pd.DataFrame(
        {
            "Signal": np.repeat(heads, k),
            "Cluster": list(view.names) * len(heads),
            "Rank": found.ranks.ravel(),
            "95 % interval, low": found.low.ravel(),
            "95 % interval, high": found.high.ravel(),
            "Beside the first": found.moved.ravel(),
        }
    )


def _cell(found: Standings, measure: int, cluster: int) -> str:
    """A rank with its interval, and an arrow where that lies beside the first one's."""
    rank = found.ranks[measure, cluster]
    if np.isnan(rank):
        return "not measured"
    low, high = found.low[measure, cluster], found.high[measure, cluster]
    arrow = ""
    if found.moved[measure, cluster]:
        arrow = "\N{NO-BREAK SPACE}↑" if high < found.low[0, cluster] else "\N{NO-BREAK SPACE}↓"
    return f"{rank:.0f} ({low:.0f}\u2060–\u2060{high:.0f}){arrow}"


def _said(view: View, found: Standings, heads: list[str]) -> str:
    """How far the signals agree, in a sentence or two."""
    agreement = found.agreement[1:]
    if not len(agreement) or not np.isfinite(agreement).all():
        return "Too few clusters were measured to be ranked."
    least, most = int(np.argmin(agreement)), int(np.argmax(agreement))
    told = (
        f"With the order by {_lower(heads[0])} that by {_lower(heads[1 + most])} agrees most (rank "
        f"correlation {agreement[most]:.2f}) and that by {_lower(heads[1 + least])} least "
        f"({agreement[least]:.2f})."
    )
    moved = [view.names[k] for k in np.flatnonzero(found.moved[1:].any(axis=0))]
    if not moved:
        return f"{told} No cluster has surely another place by any of them."
    listed = labels.listing([labels.excerpt(name, 40) for name in moved])
    return f"{told} Surely elsewhere by at least one of them: {listed}."


def _lower(head: str) -> str:
    """A name of a signal within a sentence; abbreviations keep their capitals."""
    return head if head[:2].isupper() else f"{head[:1].lower()}{head[1:]}"
