"""Search against plain Python, on odd texts and on nothing."""

from __future__ import annotations

import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from paser_core.errors import SearchError
from paser_core.explain.search import by_keyword, by_regex, by_vector, joined, neighbors_of

TEXTS = [
    "Add 12 and 30.\n\nThe sum is 42.",
    "Translate “Guten Morgen” into English.",
    "$x$ is ![not](an image) <script>alert(1)</script>",
    "",
    "ADD the salt; then add pepper.",
    "שלום עולם 😀",
]

words = st.text(alphabet="abAB .+", max_size=6)


def arrow(texts):
    return joined([texts])


@given(st.lists(words, max_size=12), st.lists(st.text(alphabet="abAB.+", min_size=1, max_size=2)))
def test_keywords_are_all_there_in_any_case_and_order(texts, query):
    expected = [
        row
        for row, text in enumerate(texts)
        if query and all(word.lower() in text.lower() for word in query)
    ]
    assert by_keyword(arrow(texts), " ".join(query)).rows.tolist() == expected


def test_a_quoted_phrase_is_one_word():
    assert by_keyword(arrow(TEXTS), '"the sum"').rows.tolist() == [0]
    assert by_keyword(arrow(TEXTS), "sum the").rows.tolist() == [0]
    assert by_keyword(arrow(TEXTS), "<script>").rows.tolist() == [2]
    assert by_keyword(arrow(TEXTS), "😀").rows.tolist() == [5]


@pytest.mark.parametrize("pattern", [r"\d+ and \d+", r"^the sum", r"salt|Morgen", r"\$x\$", "^$"])
def test_a_regex_finds_what_python_finds(pattern):
    expected = [
        row
        for row, text in enumerate(TEXTS)
        if re.search(pattern, text, re.IGNORECASE | re.MULTILINE)
    ]
    assert by_regex(arrow(TEXTS), pattern).rows.tolist() == expected


@pytest.mark.parametrize("pattern", ["(", "[a", "(?=x)", r"(a)\1"])
def test_a_bad_pattern_is_one_sentence(pattern):
    with pytest.raises(SearchError, match="cannot be used") as caught:
        by_regex(arrow(TEXTS), pattern)
    assert pattern in str(caught.value)


def test_a_pattern_that_hangs_python_answers_at_once():
    # Backtracking engines take 2^40 steps here.
    assert by_regex(arrow(["a" * 40 + "b"]), "(a+)+$").rows.tolist() == []


def test_nothing_is_found_without_a_query():
    assert not len(by_keyword(arrow(TEXTS), "  ").rows)
    assert not len(by_regex(arrow(TEXTS), "").rows)


@given(st.integers(0, 2**32 - 1), st.integers(0, 30), st.integers(0, 40))
def test_the_closest_vectors_are_those_of_a_full_sort(seed, n, most):
    rng = np.random.default_rng(seed)
    vectors = rng.integers(-1, 2, (n, 3)).astype(np.float32)  # many ties
    eligible = rng.random(n) < 0.7
    query = rng.normal(size=3).astype(np.float32)
    similarity = vectors @ (query / np.linalg.norm(query))
    expected = sorted(np.flatnonzero(eligible), key=lambda r: (-similarity[r], r))[:most]
    hits = by_vector(vectors, query, eligible, most)
    assert hits.rows.tolist() == [int(r) for r in expected]
    np.testing.assert_allclose(hits.scores, similarity[hits.rows], rtol=1e-6)


def test_a_sample_is_not_its_own_neighbor():
    vectors = np.eye(4, dtype=np.float32)
    hits = neighbors_of(vectors, 2, np.ones(4, bool), 10)
    assert hits.rows.tolist() == [0, 1, 3]
