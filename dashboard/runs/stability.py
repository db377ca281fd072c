"""How much of a selection is chance. The clusterings of other seeds are found once for all settings.

A clustering takes seconds to minutes and is found in a process on the side; everything after it takes
milliseconds, so the sliders stay live.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import streamlit as st
from numpy.typing import NDArray

from dashboard.runs.opening import opened, remembered
from dashboard.runs.selections import ranking_of, select
from paser_core.compare import (
    Axis,
    Reclusterings,
    Spread,
    Stability,
    Varied,
    other_numbers,
    over_clusterings,
    over_damage,
    recluster_beside,
    recluster_numbers_beside,
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


def other_clusterings(run: Run) -> Reclusterings:
    """The clusterings with other numbers of clusters, found in a process on the side."""
    return _numbers(str(run.path), run.content)


def plan(run: Run) -> tuple[int, int]:
    """How many seeds and how many numbers of clusters would be tried; nothing is started."""
    return _SEEDS, len(_numbers_for(run))


def vary_anew(run: Run) -> None:
    """Forget the clusterings of seeds and numbers after a process has failed."""
    for held in (reclusterings(run), other_clusterings(run)):
        if any(later.done() and later.exception() is not None for later in held.futures):
            forget = _numbers if held.numbers else _reclusterings
            forget.clear(str(run.path), run.content)


@remembered(24)
def over_measures(run: Run, setting: Setting, axis: Axis) -> Spread:
    """The selection under other temperatures or signals."""
    return over_damage(run, select(run, setting), setting, axis)


@remembered(24)
def over_seeds(run: Run, setting: Setting, done: int) -> Spread:
    """The selection in the clusters of the first seeds that are ``done``."""
    found = reclusterings(run)
    each = [
        (f"seed {seed}", later.result())
        for seed, later in zip(found.seeds[:done], found.futures, strict=False)
    ]
    return over_clusterings(select(run, setting), setting, Axis.SEED, each)


@remembered(24)
def over_numbers(run: Run, setting: Setting, done: int) -> Spread:
    """The selection in the first ``done`` of other numbers of clusters."""
    found = other_clusterings(run)
    each = []
    for number, later in zip(found.numbers[:done], found.futures, strict=False):
        clusters = later.result()
        fewer = f" ({clusters.n_clusters} found)" if clusters.n_clusters != number else ""
        each.append((f"K = {number}{fewer}", clusters))
    return over_clusterings(select(run, setting), setting, Axis.CLUSTERS, each)


def spread_frame(spreads: Sequence[Spread], own: Varied, names: tuple[str, ...]) -> pd.DataFrame:
    """A line for every variation, as a whole and for every cluster; what is downloaded."""
    lines = []
    for axis, one in [("as it is", own), *((str(s.axis), v) for s in spreads for v in s.varied)]:
        told = {"Varied": axis, "To": one.label}
        lines.append(
            told
            | {"Cluster": "(whole selection)", "Samples": one.n}
            | {"Still selected (%)": 100 * one.kept}
        )
        lines += [
            told
            | {"Cluster": name, "CDS": one.cds[k], "Rank by CDS": one.ranks[k]}
            | {"Share of the budget (%)": 100 * one.shares[k]}
            for k, name in enumerate(names)
        ]
    return pd.DataFrame(lines)


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


@st.cache_resource(max_entries=8, show_spinner=False)
def _numbers(path: str, content: str) -> Reclusterings:
    run = opened(path, content)
    return recluster_numbers_beside(Path(path), run.config.seed, _numbers_for(run))


def _numbers_for(run: Run) -> tuple[int, ...]:
    return other_numbers(run.n_found, int((run.labels >= 0).sum()))


def _reclustered(run: Run, seed: int) -> Clusters:
    found = reclusterings(run)
    return found.futures[found.seeds.index(seed)].result()


@remembered(24)
def _ranking_under(run: Run, setting: Setting, seed: int) -> Ranking:
    """The pass of a setting over the clusters of another seed."""
    own = ranking_of(run, setting)
    return rank_samples(own.candidates.in_clusters(_reclustered(run, seed)), setting, own.overrides)
