"""Concepts: normalization, ranking, and the knobs against a slow loop."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from paser_core.config import ConceptsConfig
from paser_core.language import Speech
from paser_core.stages.concepts import build_table, extract_phrases, filter_concepts
from paser_core.stages.phrases import normalize


@pytest.mark.parametrize(
    ("phrase", "normal"),
    [
        ("Interest Rates", "interest rate"),
        ("interest-rate", "interest rate"),
        ("cities", "city"),
        ("class", "class"),
        ("glasses", "glass"),
        ("analysis", "analysis"),
        ("gas", "gas"),
        ("bus", "bus"),
        ("42", ""),
        ("x", ""),
        ("the", ""),
        ("…", ""),
    ],
)
def test_variants_merge_and_noise_goes(phrase, normal):
    assert normalize(phrase) == normal


def test_phrases_stand_between_stop_words():
    phrases = extract_phrases(["Explain how interest rates affect the housing market."])
    assert phrases == [("interest rate affect", "housing market")]


@given(st.lists(st.text(max_size=300), min_size=1, max_size=6))
@settings(max_examples=60, deadline=None)
def test_any_text_is_read(texts):
    languages = Speech.of(texts).languages
    for phrases, codes in zip(extract_phrases(texts), languages, strict=True):
        assert len(phrases) == len(set(phrases)) <= 24
        assert all(normalize(p, codes[0]) == p for p in phrases)


rows = st.lists(
    st.lists(
        st.sampled_from(["a b c d", "a b", "c", "d e", "f", "g h i"]), max_size=6, unique=True
    ),
    min_size=1,
    max_size=30,
)


@given(rows, st.integers(0, 4), st.integers(1, 4), st.sampled_from([0.0, 0.1, 0.3, 1.0]))
@settings(max_examples=150, deadline=None)
def test_knobs_equal_a_slow_loop(samples, per_sample, max_words, share):
    config = ConceptsConfig(per_sample, max_words, share)
    got = filter_concepts(build_table(samples), config)
    most = max(3, int(share * len(samples)))
    for row, sample in enumerate(samples):
        passing = [
            p
            for p in sample
            if len(p.split()) <= max_words and sum(p in other for other in samples) <= most
        ]
        assert list(got.of(row)) == passing[:per_sample]


def test_a_megabyte_is_read_in_a_moment():
    (phrases,) = extract_phrases(["The old bridge crosses a river. " * 30_000])
    assert phrases
