"""Clusters in words: keywords against a slow count, exemplars against angles computed one by one."""

from __future__ import annotations

import math
import re
from collections import Counter
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from paser_core.language import stop_words
from paser_core.stages.naming import centrality, class_keywords, describe_clusters, unique_names

STOP_WORDS = stop_words("en")
WORDS = ["river", "bridge", "sum", "number", "verb", "noun", "the", "of", "42"]
texts = st.lists(
    st.tuples(st.lists(st.sampled_from(WORDS), max_size=8).map(" ".join), st.integers(0, 2)),
    min_size=1,
    max_size=12,
)


def weights(samples, n_clusters):
    """Class-based TF-IDF as the module's docstring states it: a dictionary for each class."""
    counts = [Counter() for _ in range(n_clusters)]
    for text, cluster in samples:
        words = [w for w in re.findall(r"[a-z]{2,}", text) if w not in STOP_WORDS]
        counts[cluster].update([*words, *(f"{a} {b}" for a, b in pairwise(words))])
    average = sum(max(c.total(), 1) for c in counts) / n_clusters
    total = sum(counts, Counter())
    return [
        {t: n / max(c.total(), 1) * math.log(1 + average / total[t]) for t, n in c.items()}
        for c in counts
    ]


@given(texts)
@settings(max_examples=100, deadline=None)
def test_keywords_are_the_heaviest_terms_without_a_word_twice(samples):
    labels = np.array([cluster for _, cluster in samples], np.int32)
    got = class_keywords([text for text, _ in samples], labels, 3)
    for cluster, expected in enumerate(weights(samples, 3)):
        keywords = got[cluster]
        said = [word for term in keywords for word in term.split()]
        assert len(said) == len(set(said))
        ranked = [expected[term] for term in keywords]
        assert all(a >= b - 1e-12 for a, b in pairwise(ranked))
        # What was left out repeats a word: its own, or one of a keyword that weighs as much or more.
        for term, weight in expected.items():
            if term not in keywords and len(set(term.split())) == len(term.split()):
                rivals = [expected[k] for k in keywords if set(k.split()) & set(term.split())]
                assert max(rivals) >= weight - 1e-12


def test_keywords_are_what_sets_a_cluster_apart():
    samples = ["add the numbers", "add two numbers now", "name a river", "a long river now"]
    first, second = class_keywords(samples, np.array([0, 0, 1, 1], np.int32), 2)
    assert first[0] in ("add", "numbers")
    assert second[0] == "river"
    assert not {"the", "a", "two"} & {*first, *second} & STOP_WORDS


@pytest.mark.parametrize("text", ["", "42 7", "the of and", "!?"])
def test_texts_without_a_word_still_give_names(text):
    described = describe_clusters([text] * 4, np.array([0, 0, 1, 1], np.int32), np.zeros(4))
    assert [d.keywords for d in described] == [(), ()]
    assert [d.name for d in described] == ["Cluster 1", "Cluster 2"]


@given(st.lists(st.lists(st.sampled_from("abcde"), max_size=5, unique=True), max_size=8))
@settings(max_examples=200, deadline=None)
def test_no_two_clusters_share_a_name(keywords):
    names = unique_names([tuple(k) for k in keywords])
    assert len(set(names)) == len(keywords)
    assert all(names)


@given(st.integers(1, 30), st.integers(1, 4), st.integers(0, 9))
@settings(max_examples=60, deadline=None)
def test_centrality_is_the_cosine_to_the_center_of_the_cluster(n, k, seed):
    rng = np.random.default_rng(seed)
    points = rng.standard_normal((n, 3)) * 10.0 ** rng.integers(-3, 4, (n, 1))
    labels = rng.integers(0, k, n).astype(np.int32)
    got = centrality(points, labels)
    for row in range(n):
        members = [p / math.dist(p, (0, 0, 0)) for p in points[labels == labels[row]]]
        center = np.mean(members, axis=0)
        cosine = points[row] @ center / (math.hypot(*points[row]) * math.hypot(*center))
        assert got[row] == pytest.approx(cosine, abs=1e-9)


def test_a_sample_in_the_origin_is_central_to_nothing():
    assert centrality(np.array([[0.0, 0.0], [1.0, 0.0]]), np.zeros(2, np.int32)).tolist() == [0, 1]


def test_exemplars_are_central_and_damaged_members_with_different_texts():
    rng = np.random.default_rng(1)
    labels = rng.integers(0, 3, 60).astype(np.int32)
    texts = [f"text number {row // 2}" for row in range(60)]  # every text occurs twice
    central, damage = rng.random(60), rng.random(60)
    damage[rng.random(60) < 0.3] = math.nan  # not measured
    for cluster, found in enumerate(describe_clusters(texts, labels, central, damage)):
        members = [row for row in range(60) if labels[row] == cluster]
        for rows, score in ((found.central, central), (found.damaged, damage)):
            usable = [row for row in members if not math.isnan(score[row])]
            assert set(rows) <= set(usable)
            assert len({texts[row] for row in rows}) == len(rows) == 5
            assert list(rows) == sorted(rows, key=lambda row: -score[row])
            # Whoever ranks above the last of them is one of them, or has the text of one.
            for row in usable:
                if score[row] > score[rows[-1]]:
                    assert texts[row] in {texts[r] for r in rows}


def test_without_models_nothing_is_damaged():
    (found,) = describe_clusters(["a river"] * 3, np.zeros(3, np.int32), np.arange(3.0))
    assert found.damaged == ()
    assert found.central == (2,)  # equal texts show once
