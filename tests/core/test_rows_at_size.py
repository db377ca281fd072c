"""Shortcuts that make many rows affordable change no result: each against a slow reading of the same."""

from __future__ import annotations

import importlib
import re
import sys
from pathlib import Path

import numpy as np
import pytest
import regex
from hypothesis import given, settings
from hypothesis import strategies as st
from rake_nltk import Rake
from sklearn.feature_extraction.text import CountVectorizer
from worker_tasks import heavy_imports

from paser_core.engines.processes import Processes
from paser_core.errors import DataError, ExceededError
from paser_core.language import ENGLISH, Speech, noise, plain, stop_words
from paser_core.language.detect import languages_of
from paser_core.stages import boilerplate, naming
from paser_core.stages.concepts import extract_concepts
from paser_core.stages.equal_vectors import equal_vectors
from paser_core.stages.phrases import PhraseReader, normalize, rake

# The package has a function of that name.
language_words = importlib.import_module("paser_core.language.words")

words = st.sampled_from(["river", "bank", "loan", "rate", "old", "bridge", "tax"])


@given(st.lists(st.lists(words, min_size=1, max_size=5).map(tuple), unique=True, max_size=12))
@settings(max_examples=200, deadline=None)
def test_phrases_are_ranked_as_rake_nltk_ranks_them(candidates):
    theirs = Rake(stopwords={"|"}, punctuations={"|"}, sentence_tokenizer=lambda text: [text])
    theirs.word_tokenizer = str.split
    theirs.include_repeated_phrases = False
    theirs.extract_keywords_from_text(" | ".join(map(" ".join, candidates)))
    scored = theirs.get_ranked_phrases_with_scores()
    ranked = sorted(scored, key=lambda item: (-item[0], -len(item[1]), item[1]))
    assert rake(candidates) == [phrase for _, phrase in ranked]


said = st.sampled_from(
    [
        "bank",
        "Cities",
        "class",
        "the",
        "of",
        "7",
        "x",
        "O'Brien's",
        "rates’",
        "old-time",
        "is's",
        "é",
    ]
)


@given(st.lists(said | st.just("a" * 41), min_size=1, max_size=6).map(" ".join))
@settings(max_examples=200, deadline=None)
def test_a_phrase_is_normalized_word_by_word_as_it_is_at_once(phrase):
    for language in ("en", "de"):
        reader = PhraseReader(language, stop_words(language))
        assert [reader._normal(phrase), reader._normal(phrase)] == [normalize(phrase, language)] * 2


@given(st.text("ab1\u0301\u093f\u200c\u200d-’ _.,é\u00adक中", max_size=12))
@settings(max_examples=500, deadline=None)
def test_words_are_those_of_a_pattern_that_takes_letter_by_letter(text):
    run = r"[\p{L}\p{N}](?:[\u200c\u200d]*[\p{L}\p{M}\p{N}])*(?:(?<=\p{M})\u200d)?"
    slow = regex.compile(rf"{run}(?:[-‐‑'’ʼ·]{run})*|[^\p{{L}}\p{{M}}\p{{N}}\p{{C}}\s_]")
    assert language_words._TOKEN.findall(text) == slow.findall(text)
    small = language_words.lower(language_words.normal(text))
    if not small.isascii():  # there, every sign is a comma
        assert language_words.tokens(text) == list(language_words._split(small, None))


def test_usual_characters_are_for_python_what_they_are_for_unicode():
    for letter in filter(re.compile(f"[{language_words.USUAL}]").match, map(chr, range(0x110000))):
        word = bool(regex.match(r"[\p{L}\p{N}]", letter))
        sign = bool(regex.match(r"[^\p{L}\p{M}\p{N}\p{C}\s_]", letter))
        assert word == bool(re.match(r"[^\W_]", letter))
        assert sign == bool(re.match(r"[^\w\s]", letter))
        assert not language_words._UNSPACED.match(letter)
        assert not regex.match(r"\p{M}|\p{Cf}", letter)


def _slowly_plain(text):
    """The same substitutions, each tried wherever it might be."""
    if "/" in text or "@" in text or "www." in text:
        text = noise._ADDRESS.sub(" . ", text)
    text = noise._FILE.sub(" . ", text)
    text = noise._BRACKETS.sub(" . ", text)
    return noise._POSSESSIVE.sub("", noise._TORN.sub("n't", text))


pieces = st.sampled_from(
    ["dog", "'", "’", "s", "S", " ", "n", "t", "a.CSV", "x/y.pdf", "WWW.", "b.org", "me@b.org",
     "http://", "-LRB-", ".", "/", "\n", "é", "ſ", "0"]
)  # fmt: skip


@given(st.lists(pieces, max_size=14).map("".join))
@settings(max_examples=400, deadline=None)
def test_what_cannot_match_is_not_missed(text):
    assert plain(text) == _slowly_plain(text)


def test_terms_are_counted_as_scikit_learn_counts_them(monkeypatch):
    monkeypatch.setattr(naming, "_MOST_TERMS", 60)
    random = np.random.default_rng(0)
    said = ["river", "bank", "loan", "rate", "bridge", "tax", "riverbank", "über"]
    texts = [" ".join(random.choice(said, 9)) for _ in range(60)]
    labels = random.integers(-1, 3, 60).astype(np.int32)
    speech = Speech.of(texts, ENGLISH)
    terms, counts = naming._counted(texts, labels, 3, speech)
    theirs = CountVectorizer(
        token_pattern=r"\w+", ngram_range=(1, 2), max_features=60, stop_words=None
    )
    expected = theirs.fit_transform(texts).toarray()
    assert terms == theirs.get_feature_names_out().tolist()
    np.testing.assert_array_equal(counts, [expected[labels == k].sum(axis=0) for k in range(3)])


def test_of_a_large_pool_an_even_part_of_every_cluster_is_read_and_that_is_said(monkeypatch):
    monkeypatch.setattr(naming, "MOST_READ", 100)
    monkeypatch.setattr(naming, "_FEWEST_READ", 5)
    labels = np.repeat(np.arange(3), [900, 95, 5]).astype(np.int32)
    read = naming.rows_read(labels)
    assert np.bincount(labels[read]).tolist() == [90, 9, 5]
    notice = naming.notice_of(labels)
    assert notice is not None
    assert (notice.count, notice.total) == (104, 1000)
    assert naming.notice_of(labels[:100]) is None


def test_sentences_that_are_forgotten_on_the_way_are_counted_again(monkeypatch):
    random = np.random.default_rng(0)
    texts = [
        f"Number {i}. " + "Shared by some. " * bool(random.random() < 0.08) for i in range(2000)
    ]
    whole = boilerplate._frequent_units(texts, 100)
    monkeypatch.setattr(boilerplate, "_BLOCK", 100)
    assert boilerplate._frequent_units(texts, 100) == whole
    assert set(whole[0]) == {"Shared by some."}
    assert whole[1] == [row for row, text in enumerate(texts) if "Shared" in text]


def test_equal_vectors_are_found_among_many_that_lie_close_in_one_direction():
    """Against all pairs, with groups of equal rows and of rows that differ by less than is told apart."""
    random = np.random.default_rng(0)
    vectors = random.normal(size=(900, 6))
    vectors[:, 0] *= 1e-3
    vectors[100:140] = vectors[7]
    vectors[300:303] = vectors[200:203] + 4e-6
    texts = [str(i) for i in range(900)]
    near = (np.abs(vectors[:, None] - vectors).max(axis=2) <= 1e-5) & ~np.eye(900, dtype=bool)
    groups = {
        tuple(sorted({i, *np.flatnonzero(near[i]).tolist()})) for i in np.flatnonzero(near.any(1))
    }
    assert {tuple(g) for g in equal_vectors(vectors, texts)} == groups


def _shout(shard, report):
    if shard == "refuse":
        raise DataError("this shard is refused. Give another.")
    if shard == "die":
        sys.exit(3)
    if shard == "fault":
        raise ZeroDivisionError
    return shard.upper()


def test_processes_give_results_in_order_and_say_what_went_wrong(monkeypatch):
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parent))  # where the task is
    shards = [f"shard {i}" for i in range(20)]
    assert [*Processes(2).map(_shout, shards)] == [s.upper() for s in shards]
    with pytest.raises(DataError, match="refused"):
        [*Processes(2).map(_shout, ["a", "refuse", "b"])]
    with pytest.raises(RuntimeError, match=r"(?s)_shout.*ZeroDivisionError"):
        [*Processes(2).map(_shout, ["a", "fault", "b"])]
    with pytest.raises(ExceededError, match="exit code 3"):
        [*Processes(2).map(_shout, ["a", "die", "b", "c"])]


def test_a_worker_that_looks_for_concepts_imports_nothing_that_it_does_not_use(monkeypatch):
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parent))
    assert [*Processes(2).map(heavy_imports, ["An old bridge.", "A new loan."])] == [set(), set()]


def test_languages_over_processes_are_those_of_one(monkeypatch):
    monkeypatch.setattr("paser_core.language.detect._TOGETHER", 3)
    texts = ["The bridge over the river is old and it has been there for as long as we know.", "12 + 3",
             "Ceci est une <b>phrase</b> qui parle de la ville et de ses rues.", "Москва и река",
             "Μια γέφυρα", "x", "Das ist ein Satz, und noch einer."] * 3  # fmt: skip
    here = languages_of(texts)
    assert languages_of(texts, Processes(2)) == here
    assert {"en", "fr", "de", "el"} <= {code for codes in here for code in codes}


def test_concepts_over_processes_are_those_of_one(monkeypatch):
    monkeypatch.setattr("paser_core.stages.phrase_shards._SHARD", 3)
    texts = [f"The old bridge number {i} crosses a Straße, or a strasse." for i in range(17)]
    here, there = (extract_concepts(texts, engine=e) for e in (Processes(1), Processes(2)))
    assert here.vocabulary == there.vocabulary
    np.testing.assert_array_equal(here.ids, there.ids)
    np.testing.assert_array_equal(here.indptr, there.indptr)
