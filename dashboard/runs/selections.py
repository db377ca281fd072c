"""Selections and scores for the pages, each computed once for all sessions.

Caches are keyed on (folder, content) and on the setting of the knobs, never on arrays. Nothing
that is cached is ever changed.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from dashboard import palette
from dashboard.charts.bars import ClusterBars
from dashboard.runs.opening import opened, remembered, rows_of
from paser_core import selection as core
from paser_core.config import AllocationRule, ConceptsConfig, Order, SelectionConfig, of_count
from paser_core.runs import Run
from paser_core.selection import Overrides, Ranking, Selection, rank_samples, resolve_budget
from paser_core.selection.conflicts import ConflictTable
from paser_core.selection.of_run import candidates
from paser_core.stages.concepts import ConceptTable, filter_concepts
from paser_core.stages.scoring import ClusterScores, cluster_scores, efficiency


@dataclass(frozen=True)
class Setting:
    """Everything that determines a selection on one run."""

    selection: SelectionConfig
    concepts: ConceptsConfig
    overrides: Overrides = field(default_factory=Overrides)

    def at(self, **changes: Any) -> Setting:
        """The same setting with another budget, temperature, …"""
        return replace(self, selection=replace(self.selection, **changes))


def setting_of(
    run: Run,
    selection: SelectionConfig,
    concepts: ConceptsConfig,
    forced_in: tuple[str, ...] = (),
    forced_out: tuple[str, ...] = (),
) -> Setting:
    """A setting with forced samples by id; ids that decide nothing on this run are left out."""
    usable = run.valid & (run.labels >= 0)
    return Setting(
        selection,
        concepts,
        Overrides(
            tuple(int(r) for r in rows_of(run, forced_in) if usable[r]),
            tuple(int(r) for r in rows_of(run, forced_out)),
        ),
    )


def select(run: Run, setting: Setting) -> Selection:
    """The same answer as :func:`paser_core.selection.of_run.select_from_run`, with the pass remembered."""
    return ranking_of(run, setting).at(resolve_budget(setting.selection.budget, run.n))


@dataclass(frozen=True)
class RankingKey:
    """What determines a pass, as plain values: the key of everything that follows from one."""

    path: str
    content: str
    temperature: float
    rule: str
    order: str
    budget: int  # 0 where the ranking answers every budget
    concepts: tuple[int, int, float]
    forced: tuple[tuple[int, ...], tuple[int, ...]]


def ranking_key(run: Run, setting: Setting) -> RankingKey:
    """The key of the pass behind a selection; one for all budgets where they nest."""
    knobs, concepts, overrides = setting.selection, setting.concepts, setting.overrides
    return RankingKey(
        str(run.path),
        run.content,
        knobs.temperature,
        str(knobs.allocation),
        str(knobs.order),
        0 if knobs.nested else resolve_budget(knobs.budget, run.n),
        (concepts.per_sample, concepts.max_words, concepts.max_document_frequency),
        (overrides.forced_in, overrides.forced_out),
    )


def ranking_of(run: Run, setting: Setting) -> Ranking:
    """The pass behind a selection, made once."""
    return ranking_at(ranking_key(run, setting))


@st.cache_resource(max_entries=48, show_spinner=False)
def ranking_at(key: RankingKey) -> Ranking:
    """The pass that a key stands for."""
    run = opened(key.path, key.content)
    config = SelectionConfig(
        of_count(key.budget), key.temperature, AllocationRule(key.rule), Order(key.order)
    )
    table = concepts_of(run, ConceptsConfig(*key.concepts))
    pool = candidates(run, core.Setting(temperature=key.temperature), table)
    return rank_samples(pool, config, Overrides(*key.forced))


def conflicts_of(run: Run, setting: Setting) -> ConflictTable:
    """The offending pairs of every rejected sample of the pass, made once."""
    return conflicts_at(ranking_key(run, setting))


@st.cache_resource(max_entries=12, show_spinner=False)
def conflicts_at(key: RankingKey) -> ConflictTable:
    """The offending pairs of the pass that a key stands for."""
    return ConflictTable.of(ranking_at(key))


@remembered(12)
def concepts_of(run: Run, config: ConceptsConfig) -> ConceptTable:
    """The concepts of every sample under the knobs."""
    return filter_concepts(run.concepts, config)


@remembered(48)
def scores_of(run: Run, temperature: float) -> ClusterScores:
    """CDS with intervals at one temperature."""
    divergence = run.divergence_at(temperature)
    return cluster_scores(divergence, run.labels, run.n_clusters, run.valid, run.config.seed)


@remembered(12)
def measured(run: Run, temperature: float) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """``(n,)`` divergence and ``(n,)`` IES at one temperature; NaN where nothing was measured."""
    divergence = run.divergence_at(temperature)
    return divergence, efficiency(divergence, run.tokens)


def bars(run: Run, selection: Selection, temperature: float, names: tuple[str, ...]) -> ClusterBars:
    """The budget figure's numbers, most damaged cluster first."""
    scores = scores_of(run, temperature)
    order = np.argsort(-scores.cds, kind="stable")
    return ClusterBars(
        names=tuple(names[k] for k in order),
        colors=tuple(palette.cluster_color(int(k)) for k in order),
        sizes=scores.sizes[order],
        cds=scores.cds[order],
        low=scores.low[order],
        high=scores.high[order],
        allocated=selection.allocated[order],
        accepted=selection.accepted[order],
    )
