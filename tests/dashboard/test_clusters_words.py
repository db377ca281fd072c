"""The sentences of an audit: each number in them is the one that was given, each case has its own."""

from __future__ import annotations

import numpy as np
import pytest

from dashboard.panels.clusters import sentences as said
from paser_core.explain.composition import Tally


@pytest.mark.parametrize("overlapping", [1, 2, 5])
def test_an_overlap_names_and_counts_the_clusters(overlapping):
    names = [f"cluster {i}" for i in range(overlapping)]
    sentence = said.overlap(names, 9)
    assert f"overlaps with {overlapping} of 9 others" in sentence
    assert "cluster 0" in sentence
    assert "does not tell it apart" in sentence


def test_without_an_overlap_it_is_told_apart():
    assert "all other 9 clusters" in said.overlap([], 9)
    assert "the other cluster" in said.overlap([], 1)
    assert "told apart" not in said.overlap([], 0)


def test_few_says_how_many_of_how_many():
    assert "Of its 2,231 samples only 1 was measured" in said.few(1, 2231)
    assert "only 12 were measured" in said.few(12, 13)
    assert said.few(16, 16).startswith("It has only 16 samples. With fewer than")
    assert said.few(1, 1).startswith("It has only 1 sample. ")
    assert "None of its 315 samples" in said.few(0, 315)


def test_a_few_outliers_are_called_so():
    assert "outliers" in said.concentration(0.02)
    assert "outliers" not in said.concentration(0.3)
    assert "30.0 %" in said.concentration(0.3)
    assert "None" in said.concentration(float("nan"))
    assert said.concentration(0.3, "damage").startswith("Half of its damage sits in 30.0 %")


def test_the_composition_is_seen_from_both_sides():
    # 8 of the 10 samples of cluster 0 are sums, and so are 2 of cluster 1.
    codes = np.repeat([0, 1], [10, 11]).astype(np.int32)
    tally = Tally("topic", ("sums", "rivers"), codes, np.array([[8, 2], [2, 9]]), 0.3)
    sentence = said.composition(tally, 0)
    assert sentence.startswith("80.0 % of it is “sums”")
    assert "80.0 % of all “sums” is here" in sentence
    assert "(column topic)" in sentence


def test_the_edge_and_the_repeats_count():
    assert said.at_its_edge(1, 350).startswith("1 of 350 samples is")
    assert said.at_its_edge(7, 350).startswith("7 of 350 samples are")
    assert said.at_its_edge(0, 350).startswith("No sample")
    assert said.repeats(18).startswith("18 samples")
    assert said.repeats(1).startswith("1 sample has")
    assert said.repeats(0).startswith("None")
