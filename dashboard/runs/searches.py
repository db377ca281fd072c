"""Search and neighbors: the texts as arrow arrays and the encoder, kept once for all sessions."""

from __future__ import annotations

import numpy as np
import streamlit as st

from dashboard.runs.opening import remembered
from paser_core.errors import SearchError
from paser_core.explain.search import (
    Hits,
    SearchMode,
    Texts,
    by_keyword,
    by_regex,
    by_vector,
    joined,
    neighbors_of,
    relevance_floor,
)
from paser_core.protocols import Encoder
from paser_core.runs import Run

NEIGHBORS = 6


def search(run: Run, query: str, mode: SearchMode) -> Hits:
    """The samples that a query finds.

    Raises:
        SearchError: the pattern is not valid, or this run cannot be searched by meaning.
        ModelError: its encoder cannot be loaded here.
    """
    return _search(run, query.strip(), mode)


@remembered(24)
def _search(run: Run, query: str, mode: SearchMode) -> Hits:
    if mode is SearchMode.KEYWORD:
        return by_keyword(_texts(run), query)
    if mode is SearchMode.REGEX:
        return by_regex(_texts(run), query)
    why = why_not_by_meaning(run)
    if why is not None:
        raise SearchError(why)
    vector = _encoder(run.config.embedding.model).encode([query])[0]
    return by_vector(run.embeddings, vector, run.labels >= 0, least=_floor(run))


@remembered(8)
def _floor(run: Run) -> float:
    return relevance_floor(run.embeddings, run.labels)


def why_not_by_meaning(run: Run) -> str | None:
    """Why a run cannot be searched by meaning, or None."""
    if run.manifest.get("encoder") is None:
        return (
            "This run was made from vectors that were given, so the encoder that made them is not "
            "known and a query cannot be put beside them. Search by keyword or pattern, or open a "
            "sample and look at its neighbors."
        )
    return None


@remembered(4)
def _texts(run: Run) -> Texts:
    return joined([run.samples[c].tolist() for c in ("instruction", "input", "output")])


@st.cache_resource(max_entries=2, show_spinner="Loading the sentence encoder …")
def _encoder(model: str) -> Encoder:
    # Imported here: it brings torch, which no page needs before somebody searches by meaning.
    from paser_core.config import EmbeddingConfig, Precision
    from paser_core.models.sentence_encoder import load_encoder

    # What is found shall not hang on the machine.
    return load_encoder(EmbeddingConfig(model=model, dtype=Precision.FLOAT32))


@remembered(256)
def neighbors(run: Run, row: int) -> Hits:
    """The samples most like one sample."""
    return neighbors_of(run.embeddings, row, np.asarray(run.labels >= 0), NEIGHBORS)
