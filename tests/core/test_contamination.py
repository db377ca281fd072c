"""Held-out questions among the samples, against sets compared one by one."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from paser_core.limits.contamination import contamination, normalized

WORDS = st.lists(st.sampled_from("abcd"), max_size=9).map(" ".join)
TEXTS = st.lists(WORDS, min_size=1, max_size=8)


def grams(text, n):
    words = text.split()
    return {tuple(words[i : i + n]) for i in range(len(words) - n + 1)}


@given(TEXTS, st.lists(WORDS, max_size=8), st.integers(1, 4), st.sampled_from([0.3, 0.5, 0.7, 1]))
def test_it_finds_what_comparing_every_pair_finds(questions, samples, n, share):
    found = contamination(questions, samples, n, share)
    assert found.n == len(questions)
    for i, question in enumerate(questions):
        same = [s for s, sample in enumerate(samples) if sample == question and question]
        assert found.exact[i] == (same[0] if same else -1)
        own = grams(question, n)
        assert found.short[i] == (not own)
        alike = [len(own & grams(sample, n)) / len(own) if own else 0 for sample in samples]
        near = bool(own) and not same and max(alike, default=0) >= share
        assert (found.near[i] >= 0) == near
        if near:
            assert alike[found.near[i]] == max(alike)


@pytest.mark.parametrize(
    ("a", "b", "same"),
    [
        ("What is 3 + 4?", "what is 3+4", True),
        ("What is 3 + 4?", "What is 3 - 4?", False),
        ("What is 3 × 4?", "What is 3 ÷ 4?", False),
        ("Say “hello”.", "say “hello”", True),
        ("Café", "Cafe\u0301", True),
        ("Größe", "GRÖSSE", False),  # other letters; nobody says that it is the same question
        ("line\nbreak", "line break", True),
    ],
)
def test_case_and_punctuation_say_nothing_and_signs_do(a, b, same):
    assert (normalized(a) == normalized(b)) == same


def test_it_is_the_same_however_many_samples_are_compared_at_a_time(monkeypatch):
    rng = np.random.default_rng(0)
    texts = [" ".join(rng.choice(list("abcdef"), 12)) for _ in range(90)]
    whole = contamination(texts[:20], texts[10:], 3, 0.4)
    monkeypatch.setattr("paser_core.limits.contamination._BLOCK", 7)
    parts = contamination(texts[:20], texts[10:], 3, 0.4)
    np.testing.assert_array_equal(whole.exact, parts.exact)
    assert (whole.exact[10:] == np.arange(10)).all()
    np.testing.assert_array_equal(whole.near >= 0, parts.near >= 0)


def test_rows_are_told_by_their_own_numbers():
    found = contamination(["a b", "x y"], ["c", "a b"], 1, 0.5).at(np.array([40, 50]))
    assert found.exact.tolist() == [50, -1]
    assert found.near.tolist() == [-1, -1]
