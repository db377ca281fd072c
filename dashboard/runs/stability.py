"""How much of a selection is chance. The clusterings of other seeds are found once for all settings.

A clustering takes seconds to minutes and is found in a process on the side; everything after it takes
milliseconds, so the sliders stay live.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import streamlit as st
from numpy.typing import NDArray

from dashboard.runs.opening import opened, remembered
from dashboard.runs.selections import ranking_of, select
from paser_core.compare import (
    Reclusterings,
    Stability,
    recluster_beside,
    stability_of,
)
from paser_core.runs import Run
from paser_core.selection import Clusters, Ranking, Setting, rank_samples, resolve_budget

_SEEDS = 5  # ten pairs


def reclusterings(run: Run) -> Reclusterings:
    """The clusterings of the seeds after the run's own, found in a process on the side."""
    return _reclusterings(str(run.path), run.content)


def recluster_anew(run: Run) -> None:
    """Forget them after the process has failed."""
    _reclusterings.clear(str(run.path), run.content)


@remembered(16)
def stability(run: Run, setting: Setting, seeds: tuple[int, ...]) -> Stability:
    """The selection under each of the seeds, whose clusterings are found, and blind ones beside it."""
    budget = resolve_budget(setting.budget, run.n)
    return stability_of(
        run,
        select(run, setting),
        [_ranking_under(run, setting.ranking, seed).at(budget).rows for seed in seeds],
        seeds,
        [_reclustered(run, seed).n_clusters for seed in seeds],
    )


def stability_frame(
    run: Run, found: Stability, selected: NDArray[np.int64], names: tuple[str, ...]
) -> pd.DataFrame:
    """One line per cluster of the run, the least stable first. ``selected`` ``(K,)``: now."""
    within = found.within(run.labels, run.n_clusters)
    order = np.argsort([np.nan_to_num(c.agreement, nan=2.0) for c in within], kind="stable")
    return pd.DataFrame(
        {
            "cluster": [names[within[i].cluster] for i in order],
            "agreement": [within[i].agreement for i in order],
            "selected": selected[order],
            "always": [within[i].always for i in order],
            "ever": [within[i].ever for i in order],
        }
    )


@st.cache_resource(max_entries=8, show_spinner=False)
def _reclusterings(path: str, content: str) -> Reclusterings:
    first = opened(path, content).config.seed + 1
    return recluster_beside(Path(path), range(first, first + _SEEDS))


def _reclustered(run: Run, seed: int) -> Clusters:
    found = reclusterings(run)
    return found.futures[found.seeds.index(seed)].result()


@remembered(24)
def _ranking_under(run: Run, setting: Setting, seed: int) -> Ranking:
    """The pass of a setting over the clusters of another seed."""
    own = ranking_of(run, setting)
    return rank_samples(own.candidates.in_clusters(_reclustered(run, seed)), setting, own.overrides)
