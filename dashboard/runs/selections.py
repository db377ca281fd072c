"""Selections and scores for the pages, each computed once for all sessions."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from dashboard import labels, palette
from dashboard.charts.bars import ClusterBars
from dashboard.runs.opening import remembered
from paser_core.config import ConceptsConfig, SelectionConfig
from paser_core.review import ReviewState
from paser_core.runs import Run
from paser_core.runs.signals import damage_of, measured_signals
from paser_core.selection import Ranking, Selection, Setting, resolve_budget
from paser_core.selection.conflicts import ConflictTable
from paser_core.selection.of_run import rank_run
from paser_core.stages.concepts import ConceptTable, filter_concepts
from paser_core.stages.scoring import ClusterScores, cluster_scores, efficiency


def with_people(run: Run, setting: Setting, decided: ReviewState) -> Setting:
    """A setting with what people forced; what decides nothing on this run is left out."""
    rows = run.row_of if decided.forced_in or decided.forced_out else {}
    usable = run.valid & (run.labels >= 0)
    return replace(
        setting,
        forced_in=tuple(i for i in decided.forced_in if i in rows and usable[rows[i]]),
        forced_out=tuple(i for i in decided.forced_out if i in rows),
    )


def select(run: Run, setting: Setting) -> Selection:
    """The same answer as :func:`paser_core.selection.of_run.select_from_run`, with the pass remembered."""
    return ranking_of(run, setting).at(resolve_budget(setting.budget, run.n))


def ranking_of(run: Run, setting: Setting) -> Ranking:
    """The pass behind a selection: one for all budgets where selections are nested."""
    return _ranking(run, setting.ranking)


@remembered(48)
def _ranking(run: Run, setting: Setting) -> Ranking:
    return rank_run(run, setting, concepts_of(run, setting.concepts))


def conflicts_of(run: Run, setting: Setting) -> ConflictTable:
    """The offending pairs of every rejected sample of the pass."""
    return _conflicts(run, setting.ranking)


@remembered(12)
def _conflicts(run: Run, setting: Setting) -> ConflictTable:
    return ConflictTable.of(ranking_of(run, setting))


@remembered(12)
def concepts_of(run: Run, config: ConceptsConfig) -> ConceptTable:
    """The concepts of every sample under the knobs."""
    return filter_concepts(run.concepts, config)


@remembered(8)
def signals_of(run: Run) -> tuple[str, ...]:
    """The damage signals that a run has."""
    return measured_signals(run)


@remembered(48)
def scores_of(run: Run, by: SelectionConfig) -> ClusterScores:
    """CDS with intervals by one measure of damage."""
    divergence = damage_of(run, by)
    return cluster_scores(divergence, run.labels, run.n_clusters, run.valid, run.config.seed)


@remembered(12)
def measured(run: Run, by: SelectionConfig) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """``(n,)`` damage and ``(n,)`` IES by one measure; NaN where nothing was measured."""
    divergence = damage_of(run, by)
    return divergence, efficiency(divergence, run.tokens)


def bars(
    run: Run, selection: Selection, by: SelectionConfig, names: tuple[str, ...]
) -> ClusterBars:
    """The budget figure's numbers, most damaged cluster first."""
    scores = scores_of(run, by)
    order = np.argsort(-scores.cds, kind="stable")
    return ClusterBars(
        names=tuple(names[k] for k in order),
        colors=tuple(palette.cluster_color(int(k)) for k in order),
        sizes=scores.sizes[order],
        cds=scores.cds[order],
        low=scores.low[order],
        high=scores.high[order],
        allocated=None
        if selection.ranking.weights is None or selection.ranking.own is not None
        else selection.allocated[order],
        accepted=selection.accepted[order],
        title=labels.cds_title(by),
    )
