"""Compile the selection passes once, so that the first page need not: ``python -m …selection.warm``.

numba keeps what it compiled beside the modules; an installation does this as its last step.
"""

from __future__ import annotations

import numpy as np

from paser_core.config import ConceptsConfig, SelectionConfig
from paser_core.selection import Candidates, select
from paser_core.selection.conflicts import ConflictTable
from paser_core.stages.concepts import build_table, filter_concepts


def warm_up() -> None:
    """One selection from two samples: every compiled function runs once."""
    candidates = Candidates(
        divergence=np.array([0.2, 0.1]),
        tokens=np.array([8, 8], np.int64),
        labels=np.zeros(2, np.int32),
        n_clusters=1,
        valid=np.ones(2, bool),
        concepts=filter_concepts(build_table([["a"], ["a", "b"]]), ConceptsConfig()),
        problems=[None, None],
    )
    ConflictTable.of(select(candidates, SelectionConfig(budget=2)).ranking)


if __name__ == "__main__":
    warm_up()
