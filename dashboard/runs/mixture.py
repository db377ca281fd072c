"""Whether a cluster is one thing: its places on the manifold, the heights of its damage."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from dashboard.runs.opening import opened
from dashboard.runs.selections import measured
from paser_core.runs import Run
from paser_core.stages.mixture import Mixture, mixtures, representatives

_SPREAD = 5  # samples that stand for a cluster


@dataclass(frozen=True)
class StandIns:
    """Samples spread over a cluster."""

    rows: NDArray[np.int64]  # (e,)
    shares: NDArray[np.float64]  # (e,) of the cluster, that each stands for


def mixture_of(run: Run, cluster: int, temperature: float) -> Mixture:
    """What a cluster is made of, at one temperature; without models only its places."""
    return all_mixtures(run, temperature)[cluster]


def all_mixtures(run: Run, temperature: float) -> tuple[Mixture, ...]:
    """The same for every cluster."""
    return _mixtures(str(run.path), run.content, temperature if run.has_models else 1.0)


@st.cache_resource(max_entries=24, show_spinner=False)
def _mixtures(path: str, content: str, temperature: float) -> tuple[Mixture, ...]:
    run = opened(path, content)
    rows = np.flatnonzero(run.labels >= 0)
    divergence = np.where(run.valid, measured(run, temperature)[0], np.nan)
    return mixtures(
        run.places[rows], divergence[rows], run.labels[rows], run.n_clusters, run.config.seed
    )


def stand_ins(run: Run, cluster: int) -> StandIns:
    """Samples that stand for a cluster, spread over it; the one that stands for most first."""
    return _stand_ins(str(run.path), run.content, cluster)


@st.cache_resource(max_entries=256, show_spinner=False)
def _stand_ins(path: str, content: str, cluster: int) -> StandIns:
    run = opened(path, content)
    rows = np.flatnonzero(run.labels == cluster)
    if not len(rows):
        return StandIns(rows, np.empty(0))
    inside, shares = representatives(run.coordinates[rows], _SPREAD, run.config.seed)
    return StandIns(rows[inside], shares)


def place_rows(run: Run, cluster: int, place: int) -> NDArray[np.int64]:
    """Rows of one place of a cluster."""
    return np.flatnonzero((run.labels == cluster) & (run.places == place))


def central(run: Run, rows: NDArray[np.int64]) -> int:
    """The row whose direction on the manifold is nearest to the mean direction of ``rows``."""
    points = run.coordinates[rows]
    points = points / np.maximum(np.linalg.norm(points, axis=1, keepdims=True), 1e-300)
    return int(rows[int(np.argmax(points @ points.mean(axis=0)))])
