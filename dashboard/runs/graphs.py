"""The concept graph of a selection, and why a phrase is not in it; made once for all sessions."""

from __future__ import annotations

import math
from bisect import bisect_left
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from dashboard.runs.opening import opened
from dashboard.runs.selections import RankingKey, Setting, concepts_of, conflicts_at, ranking_key
from paser_core.config import ConceptsConfig, SelectionConfig
from paser_core.explain.graph import ConceptGraph, ConceptIndex, ConflictTable, Found
from paser_core.runs import Run
from paser_core.selection import Candidates, Overrides, rank_samples, resolve_budget
from paser_core.stages.concepts import ConceptTable, highest_frequency

_STEP = 1e-4  # of the cap on document frequency: the side bar shows two decimals of a per cent


class Absence(StrEnum):
    """Why a phrase is no concept of the graph."""

    UNKNOWN = "unknown"  # no sample of the run has it
    TOO_LONG = "too_long"
    TOO_FREQUENT = "too_frequent"
    CROWDED_OUT = "crowded_out"  # in no sample among the best phrases that count
    LATER = "later"  # a larger budget brings it in
    NEVER = "never"  # no sample that has it is accepted


@dataclass(frozen=True)
class Missing:
    """What is known of a phrase that is no vertex."""

    why: Absence
    samples: int = 0  # of the run, that have the phrase
    enters_at: int = 0  # budget, where a larger one brings it in


def concept_graph(run: Run, setting: Setting) -> ConceptGraph:
    """The graph of the selection."""
    return _graph(ranking_key(run, setting), resolve_budget(setting.selection.budget, run.n))


def pool_graph(run: Run, config: ConceptsConfig) -> ConceptGraph:
    """The graph of all usable samples, as if every one were accepted; for a run without models."""
    concepts = (config.per_sample, config.max_words, config.max_document_frequency)
    return _pool_graph(str(run.path), run.content, concepts)


@st.cache_resource(max_entries=6, show_spinner="Building the concept graph …")
def _index(key: RankingKey) -> ConceptIndex:
    return ConceptIndex.of(conflicts_at(key))


@st.cache_resource(max_entries=12, show_spinner=False)
def _graph(key: RankingKey, budget: int) -> ConceptGraph:
    index = _index(key)
    # Of the index's own ranking: the cache of the rankings may have made another, equal one since.
    return ConceptGraph.of(index.table.ranking.at(budget), index)


@st.cache_resource(max_entries=4, show_spinner="Building the concept graph …")
def _pool_graph(path: str, content: str, concepts: tuple[int, int, float]) -> ConceptGraph:
    run = opened(path, content)
    pool = Candidates(
        divergence=np.zeros(run.n),  # nothing was measured, and nothing is ranked
        tokens=np.full(run.n, 2, np.int64),
        labels=run.labels,
        n_clusters=run.n_clusters,
        valid=run.valid,
        concepts=concepts_of(run, ConceptsConfig(*concepts)),
        problems=run.problems,
    )
    # Forced samples are not checked: all of them enter, in the order of the data set.
    everyone = Overrides(forced_in=tuple(np.flatnonzero(pool.usable).tolist()))
    ranking = rank_samples(pool, SelectionConfig(1.0), everyone)
    return ConceptGraph.of(ranking.at(run.n), ConceptIndex.of(ConflictTable.of(ranking)))


def concept_frequency(run: Run, concept: int) -> int:
    """How many samples of the run have a phrase, before any knob; what the cap looks at."""
    return int(_frequencies(str(run.path), run.content)[concept])


@st.cache_resource(max_entries=8, show_spinner=False)
def _frequencies(path: str, content: str) -> NDArray[np.int64]:
    table = opened(path, content).concepts
    return np.bincount(table.ids, minlength=len(table.vocabulary))


def frequency_limit(config: ConceptsConfig, n: int) -> int:
    """In how many of ``n`` samples a phrase may be and still count."""
    return highest_frequency(config.max_document_frequency, n)


def cap_without(samples: int, n: int) -> float | None:
    """The highest cap (a share, in steps of the side bar) under which a phrase no longer counts.

    ``samples`` of ``n`` have the phrase. None: it is so rare that no cap drops it.
    """
    steps = _steps(samples, n)
    return round((steps - 1) * _STEP, 4) if steps else None


def cap_with(samples: int, n: int) -> float:
    """The lowest cap (a share, in steps of the side bar) under which a phrase counts."""
    return round(_steps(samples, n) * _STEP, 4)


def _steps(samples: int, n: int) -> int:
    if highest_frequency(0.0, n) >= samples:
        return 0
    steps = math.floor(samples / n / _STEP)
    while highest_frequency(round(steps * _STEP, 4), n) < samples:
        steps += 1
    return steps


def why_absent(run: Run, config: ConceptsConfig, graph: ConceptGraph, name: str) -> Missing:
    """Why ``name`` is no vertex of the graph."""
    table = run.concepts
    number = bisect_left(table.vocabulary, name)  # it is in alphabetical order
    if number == len(table.vocabulary) or table.vocabulary[number] != name:
        return Missing(Absence.UNKNOWN)
    samples = concept_frequency(run, number)
    if _counts(graph.selection.ranking.candidates.concepts, number):
        enters_at = int(graph.index.table.brought_at[number])
        why = Absence.LATER if enters_at > graph.selection.budget else Absence.NEVER
        return Missing(why, samples, enters_at)
    if samples > frequency_limit(config, run.n):
        return Missing(Absence.TOO_FREQUENT, samples)
    if name.count(" ") + 1 > config.max_words:
        return Missing(Absence.TOO_LONG, samples)
    return Missing(Absence.CROWDED_OUT, samples)


def _counts(table: ConceptTable, number: int) -> bool:
    return bool((table.ids == number).any())


def only_because_of(graph: ConceptGraph, rejected: NDArray[np.int64]) -> int:
    """Of samples that a pair rejected, those that no other pair rejected."""
    table = graph.index.table
    return int((table.counts[np.searchsorted(table.rows, rejected)] == 1).sum())


def common_concepts(graph: ConceptGraph, most: int) -> Found:
    """The concepts in most samples."""
    order = np.argsort(-graph.samples, kind="stable")[:most]
    return Found(tuple(graph.vertex(int(p)) for p in order), graph.n_concepts - len(order))
