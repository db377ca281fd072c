"""The run folder: schema, names of files, columns, states.

Schema 2 records size and sha256 of every file; its fingerprint is that of what determines the run
(:mod:`identity`). In schema 1 the fingerprint is a hash of the files.
"""

from __future__ import annotations

from enum import StrEnum

from paser_core.workspace import checkpoints, events, lock, store

SCHEMA = 2
READABLE = (1, 2)


class Files(StrEnum):
    """Every file of a run folder."""

    MANIFEST = checkpoints.MANIFEST
    SAMPLES = "samples.parquet"
    DIVERGENCE = "divergence.npy"
    TOKENS = "tokens.parquet"
    SIGNALS = (
        "signals.parquet"  # damage by other signals and aggregates; runs made before have none
    )
    CLUSTERS = "clusters.parquet"
    MANIFOLD = "manifold.npz"
    CLUSTERING = "clustering.npz"
    EMBEDDINGS = "embeddings.npy"
    READING = "reading.parquet"  # what the encoder made of each text
    CONCEPTS = "concepts.npz"
    EVENTS = events.EVENTS
    LAYOUT = "layout.npz"
    ORIGINALS = "originals.parquet"
    SEARCH = "search.arrow"  # runs made before have none
    LOCK = lock.LOCK
    PARTS = store.PARTS
