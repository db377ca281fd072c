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

from dashboard.runs.opening import opened
from dashboard.runs.selections import RankingKey, Setting, ranking_at, ranking_key
from paser_core.compare import (
    Reclustered,
    Reclusterings,
    Stability,
    recluster_beside,
    stability_of,
)
from paser_core.config import AllocationRule, Order, SelectionConfig, of_count
from paser_core.runs import Run
from paser_core.selection import Ranking, rank_samples, resolve_budget

_SEEDS = 5  # ten pairs


def reclusterings(run: Run) -> Reclusterings:
    """The clusterings of the seeds after the run's own, found in a process on the side."""
    return _reclusterings(str(run.path), run.content)


def recluster_anew(run: Run) -> None:
    """Forget them after the process has failed."""
    _reclusterings.clear(str(run.path), run.content)


def stability(run: Run, setting: Setting, seeds: tuple[int, ...]) -> Stability:
    """The selection under each of the seeds, whose clusterings are found, and blind ones beside it."""
    budget = resolve_budget(setting.selection.budget, run.n)
    return _stability(ranking_key(run, setting), budget, seeds)


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


def _reclustered(path: str, content: str, seed: int) -> Reclustered:
    found = _reclusterings(path, content)
    return found.futures[found.seeds.index(seed)].result()


@st.cache_resource(max_entries=24, show_spinner=False)
def _ranking_under(key: RankingKey, seed: int) -> Ranking:
    """The pass of a key over the clusters of another seed."""
    own = ranking_at(key)
    pool = _reclustered(key.path, key.content, seed).applied_to(own.candidates)
    config = SelectionConfig(
        of_count(key.budget), key.temperature, AllocationRule(key.rule), Order(key.order)
    )
    return rank_samples(pool, config, own.overrides)


@st.cache_resource(max_entries=16, show_spinner=False)
def _stability(key: RankingKey, budget: int, seeds: tuple[int, ...]) -> Stability:
    return stability_of(
        opened(key.path, key.content),
        ranking_at(key).at(budget),
        [_ranking_under(key, seed).at(budget).rows for seed in seeds],
        seeds,
        [_reclustered(key.path, key.content, seed).n_clusters for seed in seeds],
    )
