"""Candidates so few that every answer can be found by trying everything."""

from __future__ import annotations

import numpy as np
from hypothesis import strategies as st

from paser_core.config import Order, SelectionConfig, of_count
from paser_core.selection import Candidates, Overrides, rank_samples
from paser_core.stages.concepts import build_table


def make(divergence, tokens, labels, concepts, valid=None) -> Candidates:
    n = len(labels)
    return Candidates(
        divergence=np.array(divergence, float),
        tokens=np.array(tokens, np.int64),
        labels=np.array(labels, np.int32),
        n_clusters=max(labels, default=-1) + 1,
        valid=np.ones(n, bool) if valid is None else np.array(valid),
        concepts=build_table(concepts),
        problems=[None] * n,
    )


@st.composite
def pools(draw):
    n = draw(st.integers(1, 24))
    values = st.sampled_from([0.0, 0.1, 0.25, 0.5, 1.0])
    divergence = draw(st.lists(values, min_size=n, max_size=n))
    tokens = draw(st.lists(st.sampled_from([1, 2, 8, 64]), min_size=n, max_size=n))
    labels = draw(st.lists(st.integers(-1, 4), min_size=n, max_size=n))
    if max(labels) < 0:
        labels[0] = 0
    words = st.lists(st.sampled_from("abcdefghij"), max_size=4, unique=True)
    concepts = draw(st.lists(words, min_size=n, max_size=n))
    valid = draw(st.lists(st.booleans(), min_size=n, max_size=n))
    return make(divergence, tokens, labels, concepts, valid)


@st.composite
def rankings(draw, selectors=("paser",)):
    candidates = draw(pools())
    usable = np.flatnonzero(candidates.usable).tolist()
    order = draw(st.permutations(usable)) if usable else []
    forced = draw(st.integers(0, min(3, len(order))))
    overrides = Overrides(tuple(order[:forced]), tuple(order[forced : forced + 1]))
    config = SelectionConfig(
        of_count(candidates.n),
        order=draw(st.sampled_from(list(Order))),
        selector=draw(st.sampled_from(selectors)),
        seed=draw(st.integers(0, 9)),
    )
    return rank_samples(candidates, config, overrides)
