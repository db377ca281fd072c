"""For the curious: why there are this many clusters, and what the manifold kept."""

from __future__ import annotations

import numpy as np
import streamlit as st

from dashboard.charts.clusters_k import PerK, per_k_figure, spectrum_figure
from dashboard.charts.data import per_k_data, spectrum_data
from dashboard.widgets.download import Offer, named
from dashboard.widgets.frame import View
from dashboard.widgets.parts import figure
from paser_core.config import Criterion

_CRITERIA = {Criterion.AUTO: "Modularity", Criterion.FROBENIUS: "Score (minus the error)"}


def curious(view: View) -> None:
    """Drawn only when it is opened."""
    with st.expander(
        "For the curious: number of clusters and spectrum",
        icon=":material/query_stats:",
        key="cluster-method",
        on_change="rerun",
    ) as shown:
        if shown.open:
            left, right = st.columns(2, gap="large")
            with left:
                _number(view)
            with right:
                _spectrum(view)


def _number(view: View) -> None:
    run = view.run
    st.subheader("Why this many clusters", anchor=False)
    st.text(run.reason_for_k)
    errors, scores = run.errors_per_k, run.scores_per_k
    if len(errors) < 2:
        st.caption("No other number was tried, so there is no curve.")
        return
    curve = PerK(
        np.array(list(errors)),
        np.array(list(errors.values())),
        np.array([scores[k] for k in errors]),
        _CRITERIA[run.config.clustering.criterion],
        run.n_clusters,
    )
    figure(
        per_k_figure(curve),
        "cluster-per-k",
        offer=Offer(
            named(run, "number-of-clusters"), "Number of clusters", lambda: per_k_data(curve)
        ),
        alt=f"Criterion and factorization error for every number of clusters tried; {run.n_clusters}"
        " was taken.",
    )
    st.caption(
        "The error of the factorization falls with every further cluster, so it cannot choose their "
        "number by itself. The large marker is the number that was taken."
    )


def _spectrum(view: View) -> None:
    spectrum = view.run.spectrum
    st.subheader("What the manifold kept", anchor=False)
    st.text(
        f"{len(spectrum.eigenvalues)} coordinates at diffusion time {spectrum.time:.2f}; the last "
        f"one counts {spectrum.weights[-1]:.3f} of a coordinate with eigenvalue 0."
    )
    figure(
        spectrum_figure(spectrum.eigenvalues, spectrum.weights),
        "cluster-spectrum",
        offer=Offer(
            named(view.run, "spectrum"),
            "Spectrum of the manifold",
            lambda: spectrum_data(spectrum.eigenvalues, spectrum.weights),
        ),
        alt="Eigenvalues of the normalized Laplacian, ascending, and the weight of each coordinate.",
    )
    st.caption(
        "Small eigenvalues are slow directions: groups that hardly mix. A jump in the upper curve "
        "says how many groups the data falls into; the weight is exp(−t λ)."
    )
