"""The embeddings of a run, asked without all of them in memory where they are many."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from paser_core.runs.folder import Run
from paser_core.runs.schema import Files

HELD = 1 << 27  # bytes that a run keeps in memory: 87,000 samples of the default encoder


def cosines(run: Run, vector: NDArray[np.float32]) -> NDArray[np.float32]:
    """``(n,)`` of a unit vector ``(d,)`` with every embedding; the rows of invalid samples are zero."""
    return np.concatenate([block @ vector for block in _blocks(run)])


def embeddings_of(run: Run, rows: NDArray[np.int64]) -> NDArray[np.float32]:
    """``(m, d)`` the embeddings of rows, in their order."""
    return run.files.matrix_rows(Files.EMBEDDINGS, rows) if _many(run) else run.embeddings[rows]


def _blocks(run: Run) -> Iterator[NDArray[np.float32]]:
    """All rows, some at a time."""
    return run.files.blocks(Files.EMBEDDINGS) if _many(run) else iter([run.embeddings])


def _many(run: Run) -> bool:
    return (run.path / Files.EMBEDDINGS).stat().st_size > HELD
