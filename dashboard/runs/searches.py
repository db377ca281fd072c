"""Search and neighbors: what was found, and the encoder, kept once for all sessions."""

from __future__ import annotations

import numpy as np
import streamlit as st

from dashboard.runs.opening import remembered
from paser_core.errors import SearchError
from paser_core.explain.search import (
    Hits,
    SearchMode,
    by_id,
    by_keyword,
    by_regex,
    by_vector,
    neighbors_of,
    relevance_floor,
    texts_of,
)
from paser_core.protocols import Encoder
from paser_core.runs import Run
from paser_core.runs.vectors import cosines

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
        return by_keyword(texts_of(run), query)
    if mode is SearchMode.REGEX:
        return by_regex(texts_of(run), query)
    if mode is SearchMode.ID:
        return by_id(run.ids, query)
    why = why_not_by_meaning(run)
    if why is not None:
        raise SearchError(why)
    vector = encoder(run.config.embedding.model).encode([query])[0]
    vector = vector / (np.linalg.norm(vector) or 1.0)
    return by_vector(cosines(run, vector), run.labels >= 0, least=_floor(run))


_floor = remembered(8)(relevance_floor)


def why_not_by_meaning(run: Run) -> str | None:
    """Why a run cannot be searched by meaning, or None."""
    if run.manifest.get("encoder") is None:
        return (
            "This run was made from vectors that were given, so the encoder that made them is not "
            "known and a query cannot be put beside them. Search by keyword or pattern, or open a "
            "sample and look at its neighbors."
        )
    return None


@st.cache_resource(max_entries=2, show_spinner="Loading the sentence encoder …")
def encoder(model: str) -> Encoder:
    """A sentence encoder by name, loaded once for all sessions."""
    # Imported here: it brings torch, which no page needs before somebody searches by meaning.
    from paser_core.config import EmbeddingConfig, Precision
    from paser_core.models.sentence_encoder import load_encoder

    # What is found shall not hang on the machine.
    return load_encoder(EmbeddingConfig(model=model, dtype=Precision.FLOAT32))


@remembered(256)
def neighbors(run: Run, row: int) -> Hits:
    """The samples most like one sample."""
    return neighbors_of(run, row, NEIGHBORS)
