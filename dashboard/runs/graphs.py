"""The concept graph of a selection, and of a pool; made once for all sessions."""

from __future__ import annotations

from dashboard.runs.opening import remembered
from dashboard.runs.selections import concepts_of, conflicts_of
from paser_core.config import ConceptsConfig
from paser_core.explain import graph
from paser_core.explain.graph import Communities, ConceptGraph, ConceptIndex
from paser_core.runs import Run
from paser_core.selection import Setting, resolve_budget

_BUILDING = "Building the concept graph …"


@remembered(12)
def concept_graph(run: Run, setting: Setting) -> ConceptGraph:
    """The graph of the selection."""
    index = _index(run, setting.ranking)
    # Of the index's own ranking: the cache of the rankings may have made another, equal one since.
    return ConceptGraph.of(index.table.ranking.at(resolve_budget(setting.budget, run.n)), index)


@remembered(4, spinner=_BUILDING)
def pool_graph(run: Run, config: ConceptsConfig) -> ConceptGraph:
    """The graph of all usable samples, as if every one were accepted; for a run without models."""
    return graph.pool_graph(run, concepts_of(run, config))


@remembered(6, spinner=_BUILDING)
def _index(run: Run, setting: Setting) -> ConceptIndex:
    return ConceptIndex.of(conflicts_of(run, setting))


@remembered(8, spinner="Sorting the concepts into communities …")
def communities(run: Run, setting: Setting, *, selected: bool) -> Communities:
    """The whole graph in a few dozen parts.

    Args:
        run: whose concepts.
        setting: of the selection.
        selected: whether there is a selection; else the graph is that of all samples.
    """
    known = concept_graph(run, setting) if selected else pool_graph(run, setting.concepts)
    return graph.communities(known)
