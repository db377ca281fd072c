"""The concept graph of a selection, for the pages; made once for all sessions."""

from __future__ import annotations

import streamlit as st

from dashboard.runs.opening import remembered
from dashboard.runs.selections import RankingKey, Setting, concepts_of, conflicts_at, ranking_key
from paser_core.config import ConceptsConfig
from paser_core.explain import graph
from paser_core.explain.graph import ConceptGraph, ConceptIndex
from paser_core.runs import Run
from paser_core.selection import resolve_budget

_BUILDING = "Building the concept graph …"


def concept_graph(run: Run, setting: Setting) -> ConceptGraph:
    """The graph of the selection."""
    return _graph(ranking_key(run, setting), resolve_budget(setting.selection.budget, run.n))


@remembered(4, spinner=_BUILDING)
def pool_graph(run: Run, config: ConceptsConfig) -> ConceptGraph:
    """The graph of all usable samples, as if every one were accepted; for a run without models."""
    return graph.pool_graph(run, concepts_of(run, config))


@st.cache_resource(max_entries=6, show_spinner=_BUILDING)
def _index(key: RankingKey) -> ConceptIndex:
    return ConceptIndex.of(conflicts_at(key))


@st.cache_resource(max_entries=12, show_spinner=False)
def _graph(key: RankingKey, budget: int) -> ConceptGraph:
    index = _index(key)
    # Of the index's own ranking: the cache of the rankings may have made another, equal one since.
    return ConceptGraph.of(index.table.ranking.at(budget), index)
