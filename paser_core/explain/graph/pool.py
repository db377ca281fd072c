"""The graph of a run without models: what occurs together in any of its samples."""

from __future__ import annotations

import numpy as np

from paser_core.config import SelectionConfig
from paser_core.explain.graph.graph import ConceptGraph
from paser_core.explain.graph.index import ConceptIndex
from paser_core.runs import Run
from paser_core.selection import Candidates, Overrides, rank_samples
from paser_core.selection.conflicts import ConflictTable
from paser_core.stages.concepts import ConceptTable


def pool_graph(run: Run, concepts: ConceptTable) -> ConceptGraph:
    """The graph of all usable samples, as if every one were accepted."""
    pool = Candidates(
        divergence=np.zeros(run.n),  # nothing was measured, and nothing is ranked
        tokens=np.full(run.n, 2, np.int64),
        labels=run.labels,
        n_clusters=run.n_clusters,
        valid=run.valid,
        concepts=concepts,
        problems=run.problems,
    )
    # Forced samples are not checked: all of them enter, in the order of the data set.
    everyone = Overrides(forced_in=tuple(np.flatnonzero(pool.usable).tolist()))
    ranking = rank_samples(pool, SelectionConfig(1.0), everyone)
    return ConceptGraph.of(ranking.at(run.n), ConceptIndex.of(ConflictTable.of(ranking)))
