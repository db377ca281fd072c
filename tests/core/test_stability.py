"""Stability of a clustering: known agreements, and clusters that are there or are not."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import adjusted_rand_score

from paser_core.notices import Severity
from paser_core.stages.stability import adjusted_rand, best_match, measure_stability, notice_of


def counts(a, b):
    both = np.zeros((a.max() + 1, b.max() + 1))
    np.add.at(both, (a, b), 1)
    return both


@given(st.integers(4, 60), st.integers(1, 5), st.integers(1, 5), st.integers(0, 999))
@settings(max_examples=80, deadline=None)
def test_agreement_is_that_of_scikit_learn(n, k, j, seed):
    rng = np.random.default_rng(seed)
    a, b = rng.integers(0, k, n), rng.integers(0, j, n)
    assert adjusted_rand(counts(a, b)) == pytest.approx(adjusted_rand_score(a, b), abs=1e-9)


@given(st.integers(2, 40), st.integers(0, 999))
@settings(max_examples=40, deadline=None)
def test_the_best_match_is_that_of_all_pairs(n, seed):
    rng = np.random.default_rng(seed)
    a, b = rng.integers(0, 4, n), rng.integers(0, 3, n)
    found = best_match(counts(a, b))
    for k in range(a.max() + 1):
        own = set(np.flatnonzero(a == k))
        if not own:
            assert np.isnan(found[k])
            continue
        others = [set(np.flatnonzero(b == j)) for j in range(3)]
        assert found[k] == pytest.approx(max(len(own & o) / len(own | o) for o in others))


def test_what_is_found_again_is_stable_and_what_is_drawn_anew_is_not():
    labels = np.repeat([0, 1, 2], [200, 100, 50])

    def refit(rows, seed):
        again = labels[rows] + 5  # names do not matter …
        accident = again > 5  # … and clusters 1 and 2 are told apart by chance
        again[accident] = np.random.default_rng(seed).integers(6, 8, accident.sum())
        return again

    found = measure_stability(labels, refit, 6)
    assert found.per_cluster[0] == 1
    assert (found.per_cluster[1:] < 0.6).all()
    assert 0.5 < found.overall < 0.95
    notice = notice_of(found.per_cluster, np.bincount(labels), ["one", "two", "three"])
    assert notice is not None
    assert (notice.count, notice.total, notice.severity) == (150, 350, Severity.WARNING)
    assert "two; three" in notice.text
    assert "one" not in notice.text.split(":", 1)[1].split(".")[0]
    assert measure_stability(labels, refit, 6).overall == found.overall


def test_nothing_is_said_where_all_is_found_again_or_nothing_was_measured():
    labels = np.arange(100) % 4
    found = measure_stability(labels, lambda rows, _: labels[rows], 3)
    assert found.overall == 1
    assert notice_of(found.per_cluster, np.bincount(labels), list("abcd")) is None
    for few, rounds in ((labels[:40], 3), (labels, 0)):
        unknown = measure_stability(few, lambda rows, _: labels[rows], rounds)
        assert np.isnan(unknown.overall)
        assert notice_of(unknown.per_cluster, np.bincount(few), list("abcd")) is None
