"""How much of the selection is chance: the same setting over clusterings from other seeds."""

from __future__ import annotations

import numpy as np
import streamlit as st

from dashboard import labels
from dashboard.charts.compare import agreement_figure
from dashboard.charts.data import matrix_data
from dashboard.runs import stability
from dashboard.state import pending
from dashboard.widgets.cards import Card, cards
from dashboard.widgets.download import Offer, named
from dashboard.widgets.frame import View, show_error
from dashboard.widgets.parts import button, figure, table
from paser_core.compare import Stability
from paser_core.errors import PaserError
from paser_core.selection import Selection

_EVERY = 1.0  # seconds between two looks at the work on the side
_LARGE = 10_000  # samples from which a clustering takes long enough to be warned of


def measure(view: View, selection: Selection) -> None:
    """Measured when asked for, once for all settings; then it follows the knobs."""
    st.header("Stability over seeds", anchor=False)
    st.caption(
        "The clustering starts from a random point. Here it is found again from five other seeds, with "
        "as many clusters, and the side bar's setting is selected from each. This speaks of "
        "the clustering only: the vectors, the models' scores, the temperature and the concepts stay."
    )
    if view.decided.corrections:
        st.caption(labels.CLUSTERED_ANEW)
    if pending.asked_seeds() == view.run.content:
        working = not stability.reclusterings(view.run).ended
        st.fragment(_live, run_every=_EVERY if working else None)(view, selection, working)
        return
    button("Measure", "measure-seeds", "timer", pending.ask_seeds, view.run.content)
    if view.run.n > _LARGE:
        st.caption(
            f"{labels.count(view.run.n)} samples: every seed takes a minute or more. The work is done on "
            "the side, at low priority; the page can be used meanwhile, and what is found is kept."
        )


def _live(view: View, selection: Selection, working: bool) -> None:
    """Drawn again every second, alone, until the last seed is done."""
    later = stability.reclusterings(view.run)
    if working and later.ended:
        st.rerun()  # once: the looking stops
    try:
        done = later.done
    except PaserError as error:
        show_error(error)
        button("Measure again", "measure-again", "refresh", stability.recluster_anew, view.run)
        return
    if len(done) < len(later.seeds):
        left = later.seconds_left()
        st.progress(
            len(done) / len(later.seeds),
            f"Clustering: {len(done)} of {len(later.seeds)} seeds done"
            + ("" if left is None else f", about {labels.seconds(left)} left"),
        )
    if len(done) > 1:
        seeds = later.seeds[: len(done)]
        _result(view, selection, stability.stability(view.run, view.setting, seeds))


def _result(view: View, selection: Selection, found: Stability) -> None:
    pairs = found.jaccard[np.triu_indices(len(found.seeds), 1)]
    cards(
        Card(
            "Two seeds",
            labels.score(found.mean),
            f"{labels.score(pairs.min())} to {labels.score(pairs.max())}",
            "Mean Jaccard index of the selections of two seeds, and its range over all pairs.",
        ),
        Card(
            "Two random draws",
            labels.score(found.random_mean),
            "agreement by chance",
            "Mean Jaccard index of two random selections of this size.",
        ),
        Card(
            "With this selection",
            labels.score(float(found.with_run.mean())),
            f"{labels.score(found.with_run.min())} to {labels.score(found.with_run.max())}",
            "Mean Jaccard index of the run's own selection and that of another seed.",
        ),
        Card(
            "In every selection",
            labels.count(found.always),
            f"of {labels.count(found.ever)} in some",
            "Samples that are selected whatever the seed, of those that some seed selects.",
        ),
    )
    fewer = [k for k in found.n_clusters if k < view.run.n_found]
    if fewer:
        st.caption(
            f"{labels.plural(len(fewer), 'seed')} found fewer clusters than the "
            f"{view.run.n_found} of this run: {min(fewer)} at least."
        )
    left, right = st.columns([2, 3], gap="medium")
    with left:
        _heat_map(view, found)
    with right:
        _table(view, selection, found)


def _heat_map(view: View, found: Stability) -> None:
    index = np.block(
        [[np.ones((1, 1)), found.with_run[None, :]], [found.with_run[:, None], found.jaccard]]
    )
    names = ["run", *(str(seed) for seed in found.seeds)]
    alt = "Jaccard index of every two selections: the run's own and that of each seed"
    figure(
        agreement_figure(index, names, found.random_mean),
        "agreement-figure",
        alt,
        offer=Offer(
            named(view.run, "agreement-of-seeds", view.setting),
            "Jaccard index, by seed",
            lambda: matrix_data(index, names, names, "Jaccard index"),
        ),
    )
    st.caption(
        "Jaccard index of every two selections, by seed; dark: the same, pale: as good as random."
    )


def _table(view: View, selection: Selection, found: Stability) -> None:
    number = st.column_config.NumberColumn
    columns = {
        "cluster": st.column_config.TextColumn("Cluster", width="medium"),
        "agreement": st.column_config.ProgressColumn(
            "Agreement",
            width="small",
            format="%.2f",
            min_value=0.0,
            max_value=1.0,
            help="Jaccard index of what two seeds select among the cluster's samples.",
        ),
        "selected": number("Selected", format="localized"),
        "always": number("Always", format="localized", help="Under every seed."),
        "ever": number("In some", format="localized", help="Under some seed."),
    }
    frame = stability.stability_frame(view.run, found, selection.accepted, view.names)
    name, alt = named(view.run, "stability", view.setting), "Stability of every cluster"
    table(frame, name, columns, f"{alt}, the least stable first", key="stability")
