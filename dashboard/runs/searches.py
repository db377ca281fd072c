"""Search and neighbors: the texts as arrow arrays and the encoder, kept once for all sessions."""

from __future__ import annotations

import numpy as np
import streamlit as st

from dashboard.runs.opening import opened
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
    return _search(str(run.path), run.content, query.strip(), str(mode))


@st.cache_resource(max_entries=24, show_spinner=False)
def _search(path: str, content: str, query: str, mode: str) -> Hits:
    run = opened(path, content)
    if SearchMode(mode) is SearchMode.KEYWORD:
        return by_keyword(_texts(path, content), query)
    if SearchMode(mode) is SearchMode.REGEX:
        return by_regex(_texts(path, content), query)
    why = why_not_by_meaning(run)
    if why is not None:
        raise SearchError(why)
    vector = _encoder(run.config.embedding.model).encode([query])[0]
    return by_vector(run.embeddings, vector, run.labels >= 0, least=_floor(path, content))


@st.cache_resource(max_entries=8, show_spinner=False)
def _floor(path: str, content: str) -> float:
    run = opened(path, content)
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


@st.cache_resource(max_entries=4, show_spinner=False)
def _texts(path: str, content: str) -> Texts:
    samples = opened(path, content).samples
    return joined([samples[c].tolist() for c in ("instruction", "input", "output")])


@st.cache_resource(max_entries=2, show_spinner="Loading the sentence encoder …")
def _encoder(model: str) -> Encoder:
    # Imported here: it brings torch, which no page needs before somebody searches by meaning.
    from paser_core.config import EmbeddingConfig
    from paser_core.models.sentence_encoder import load_encoder

    return load_encoder(EmbeddingConfig(model=model))


def neighbors(run: Run, row: int) -> Hits:
    """The samples most like one sample."""
    return _neighbors(str(run.path), run.content, row)


@st.cache_resource(max_entries=256, show_spinner=False)
def _neighbors(path: str, content: str, row: int) -> Hits:
    run = opened(path, content)
    eligible = np.asarray(run.labels >= 0)
    return neighbors_of(run.embeddings, row, eligible, NEIGHBORS)
