"""Concepts found by what is typed, and where to look first."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from literal_graph import literal
from tiny_pools import make, rankings

from paser_core.config import SelectionConfig, of_count
from paser_core.explain.graph import (
    ConceptGraph,
    search,
    worst,
)
from paser_core.selection import rank_samples

NAMES = ["interest rate", "rate", "annual interest", "pirate", "car rental", "interesting", "city"]


@pytest.fixture(scope="module")
def named():
    """One sample per name; ``pirate`` has two, and ``interest rate`` rejects one."""
    concepts = [[n] for n in NAMES] + [["pirate"], ["interest rate", "city"]]
    n = len(concepts)
    candidates = make(np.linspace(1, 0.5, n), [8] * n, [0] * n, concepts)
    return ConceptGraph.of(rank_samples(candidates, SelectionConfig(of_count(n))).at(n))


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("Interest-Rates", ["interest rate"]),  # case, hyphen, plural
        ("rate", ["rate", "interest rate", "pirate"]),  # exact, rejections, samples
        ("inter", ["interest rate", "interesting", "annual interest"]),  # prefix first
        ("int ann", ["annual interest"]),  # words that begin so, in any order
        ("cities", ["city"]),
        ("the", []),
        ("", []),
        ("  ", []),
        ("\n", []),
        (".*", []),  # not a pattern
    ],
)
def test_search(named, typed, expected):
    assert [c.name for c in search(named, typed).concepts] == expected


def test_search_is_cut_openly(named):
    found = search(named, "e", most=2)
    assert (len(found.concepts), found.left_out) == (2, 4)


@given(rankings(), st.text("abj ", max_size=3), st.integers(0, 4))
@settings(max_examples=100, deadline=None)
def test_search_finds_what_python_finds(ranking, typed, most):
    graph = ConceptGraph.of(ranking.at(ranking.budget or ranking.candidates.n))
    plain = " ".join(typed.split())
    expected = {
        name
        for name in graph.names
        if plain and (plain in name or all(name.startswith(w) for w in plain.split()))
    }
    found = search(graph, typed, most)
    everything = search(graph, typed)
    assert {c.name for c in everything.concepts} == expected
    assert found.concepts == everything.concepts[:most]
    assert found.left_out == len(expected) - len(found.concepts)


@given(rankings())
@settings(max_examples=60, deadline=None)
def test_the_worst_concepts_come_first(ranking):
    graph = ConceptGraph.of(ranking.at(ranking.budget or ranking.candidates.n))
    found = worst(graph, 3)
    _, _, _, rejected = literal(graph.selection)
    against: dict[str, set[int]] = {}
    for pair, rows in rejected.items():
        for word in pair:
            against.setdefault(word, set()).update(rows)
    assert len(found.concepts) + found.left_out == len(against)
    ranked = sorted((len(rows) for rows in against.values()), reverse=True)
    assert [c.rejections for c in found.concepts] == ranked[:3]
    assert all(len(against[c.name]) == c.rejections for c in found.concepts)
