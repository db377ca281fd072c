"""What the selection hangs on: temperature, signal, seed and number of clusters side by side."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import streamlit as st

from dashboard import labels
from dashboard.charts.spread import spread_figure
from dashboard.runs import stability
from dashboard.state import pending, session
from dashboard.widgets.download import Offer, named
from dashboard.widgets.frame import View, show_error
from dashboard.widgets.parts import button, figure
from dashboard.widgets.small_table import Cell, Number, small_table
from paser_core.compare import Axis, Reclusterings, Spread, as_it_is, chance_kept
from paser_core.errors import PaserError
from paser_core.selection import Selection

KEY = "hangs-on"
_EVERY = 1.0  # seconds between two looks at the work on the side
_HEADS = {
    Axis.TEMPERATURE: "Temperature",
    Axis.SIGNAL: "Signal",
    Axis.SEED: "Seed of the clusters",
    Axis.CLUSTERS: "Number of clusters",
}


def panel(view: View, selection: Selection) -> None:
    """Drawn, and worked out, only while it is open."""
    with st.expander(
        "What does this selection hang on?", icon=":material/balance:", key=KEY, on_change="rerun"
    ) as shown:
        if not shown.open:
            return
        st.caption(
            "One thing is varied at a time, all others stay as in the side bar, and as many samples are "
            "selected again. Temperatures and signals are those that the run has measured; no model is run."
        )
        if view.decided.corrections:
            st.caption(labels.CLUSTERED_ANEW)
        asked = pending.asked_clusterings() == view.run.content
        if not asked:
            _draw(view, selection, [])
            _offer(view)
            return
        working = not all(job.ended for job in _jobs(view))
        st.fragment(_live, run_every=_EVERY if working else None)(view, selection, working)


def open_it() -> None:
    """Have it open when the page is drawn."""
    session.put(KEY, True)


def _jobs(view: View) -> tuple[Reclusterings, Reclusterings]:
    return stability.reclusterings(view.run), stability.other_clusterings(view.run)


def _offer(view: View) -> None:
    """The button for what takes long, and how long."""
    seeds, numbers = stability.plan(view.run)
    seconds = float(view.run.manifest["stages"]["clustering"]["seconds"])
    button(
        f"Cluster again: {seeds} other seeds, {numbers} other numbers of clusters",
        "measure-clusterings",
        "timer",
        pending.ask_clusterings,
        view.run.content,
    )
    st.caption(
        f"All {labels.count(view.run.n)} samples are clustered again, {seeds + numbers} times, from the "
        "manifold of the run; nothing is sampled. The run's own clustering, which tried "
        f"{labels.plural(max(1, len(view.run.errors_per_k)), 'number')} of clusters, took "
        f"{labels.seconds(seconds)}; each of these takes no longer than that on a like machine, so all of "
        f"them at most {labels.seconds((seeds + numbers) * seconds)}. It is done on the side, at low "
        "priority, once for all settings; the page can be used meanwhile."
    )


def _live(view: View, selection: Selection, working: bool) -> None:
    """Drawn again every second, alone, until the last clustering is there."""
    jobs = _jobs(view)
    if working and all(job.ended for job in jobs):
        st.rerun()  # once: the looking stops
    try:
        done = [len(job.done) for job in jobs]
    except PaserError as error:
        show_error(error)
        button(
            "Measure again", "measure-clusterings-again", "refresh", stability.vary_anew, view.run
        )
        return
    of = sum(len(job.futures) for job in jobs)
    if sum(done) < of:
        st.progress(sum(done) / of, f"Clustering again: {sum(done)} of {of} done")
    _draw(
        view,
        selection,
        [
            stability.over_seeds(view.run, view.setting, done[0]),
            stability.over_numbers(view.run, view.setting, done[1]),
        ],
    )


def _draw(view: View, selection: Selection, clusterings: Sequence[Spread]) -> None:
    try:
        spreads = [
            stability.over_measures(view.run, view.setting, axis)
            for axis in (Axis.TEMPERATURE, Axis.SIGNAL)
        ]
    except PaserError as error:
        show_error(error)
        return
    for spread in spreads:
        if not spread.varied:
            st.caption(_nothing(view, spread.axis))
    shown = [spread for spread in (*spreads, *clusterings) if spread.varied]
    if not shown:
        return
    own, chance = as_it_is(selection), chance_kept(selection)
    heads = [_HEADS[spread.axis] for spread in shown]
    name = named(view.run, "hangs-on", view.setting)
    figure(
        spread_figure(shown, heads, chance),
        "hangs-on-figure",
        "Share of this selection that is still selected, a dot for every variation. The table below says "
        "the same in numbers.",
        offer=Offer(
            name,
            f"Still selected of {labels.plural(selection.n_selected, 'sample')}, {view.run.name}",
            lambda: stability.spread_frame(shown, own, view.names),
        ),
    )
    st.caption(
        f"Of the {labels.count(selection.n_selected)} selected samples. Dotted: what a blind draw of as many "
        f"keeps, {labels.share(chance)}. Point at a dot for what was varied to."
    )
    order = np.argsort(own.ranks, kind="stable").tolist()
    lines: list[list[Cell]] = [
        ["Whole selection: still selected", "–", *(_percents(s.kept) for s in shown)],
        *(
            [view.names[k], _now(own.ranks[k], own.shares[k]), *(_moved(s, k) for s in shown)]
            for k in order
        ),
    ]
    small_table(
        ["Cluster", "Now", *heads],
        lines,
        alt="What the selection hangs on, as a whole and by cluster",
        texts=["Now", *heads],
        name=name,
        data=lambda: stability.spread_frame(shown, own, view.names),
        n=(1 + sum(len(s.varied) for s in shown)) * (1 + view.run.n_clusters),
    )
    st.caption(
        "Least to most over the variations. By cluster: its rank by CDS (1: the most damaged), and its share "
        "of what is selected. Clusters are those of the run throughout; under another clustering a cluster's "
        "samples are in several, and the mean of the CDS that they count with there stands for it."
    )


def _nothing(view: View, axis: Axis) -> str:
    if axis is Axis.TEMPERATURE:
        return (
            "Temperature: this selection has none, because its selector reads no damage, or damage by a "
            "signal that was measured at one temperature."
        )
    return (
        "Signal: nothing to vary. The selector reads no damage, or this run has one signal only; `paser run "
        "CONFIG --out RUN --again divergence` measures the others."
    )


def _percents(ends: tuple[float, float, float]) -> str:
    low, _, high = ends
    if np.isnan(low):
        return "–"
    return _range(f"{100 * low:.0f}", f"{100 * high:.0f}") + " %"


def _moved(spread: Spread, cluster: int) -> Cell:
    low, mean, high = spread.ranks(cluster)
    if np.isnan(low):
        return "not measured"
    told = f"rank {_range(f'{low:.0f}', f'{high:.0f}')}, {_percents(spread.shares(cluster))}"
    return Number(mean, told)


def _now(rank: float, share: float) -> Cell:
    if np.isnan(rank):
        return "not measured"
    return Number(rank, f"rank {rank:.0f}, {labels.share(share, digits=0)}")


def _range(low: str, high: str) -> str:
    return low if low == high else f"{low}–{high}"
