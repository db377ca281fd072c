"""What an encoder reads: unknown, cut and mixed-up texts are named, against slow loops."""

from __future__ import annotations

import hashlib

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from paser_core.errors import DataError, ModelError
from paser_core.measure.encoding import encode
from paser_core.models.sentence_encoder import load_encoder
from paser_core.protocols import Reading, no_progress
from paser_core.stages.equal_vectors import equal_vectors
from paser_core.stages.legibility import endings, judge, precomputed_notices

TEXTS = [f"Explain how {thing} works" for thing in ("a pump", "a clock", "glue", "a sail")]


class Words:
    """Knows some words, reads a few of each text, and hashes them to a vector."""

    name = "words"

    def __init__(self, known, window=6):
        self.known, self.window = set(known), window

    def ids(self, text):
        return [w if w in self.known else "[UNK]" for w in text.lower().split()]

    def reading(self, texts):
        ids = [self.ids(text) for text in texts]
        return Reading(
            np.array([len(i) for i in ids]),
            np.array([i.count("[UNK]") for i in ids]),
            np.array([sum(len(w) == 1 for w in i) for i in ids]),
            tuple(" ".join(i[: self.window]).encode() for i in ids),
            self.window,
        )

    def encode(self, texts, on_progress=no_progress):
        vectors = []
        for text in texts:
            seed = hashlib.sha256(" ".join(self.ids(text)[: self.window]).encode()).digest()[:8]
            vectors.append(np.random.default_rng(int.from_bytes(seed)).standard_normal(8))
        vectors = np.array(vectors, np.float32)
        return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


KNOWN = [
    "explain",
    "how",
    "a",
    "pump",
    "clock",
    "glue",
    "sail",
    "works",
    "what",
    "does",
    "mean",
    "and",
    "the",
    "of",
    "is",
]


def encoded(texts, encoder=None):
    encoder = encoder or Words(KNOWN)
    said = []
    return encode(texts, encoder, encoder, said.extend, no_progress), said


def test_readable_texts_have_vectors_and_nothing_is_said():
    result, said = encoded(TEXTS)
    assert result.problems == (None,) * 4
    assert said == []


def test_texts_with_equal_tokens_get_no_vector_and_say_why():
    result, said = encoded([*TEXTS, "what does 😀 mean", "what does 🎉 mean", "สวัสดี ครับ", "ok ok"])
    assert [p is None for p in result.problems] == [True] * 4 + [False] * 4
    assert not result.vectors[4:].any()
    assert "from 1 other" in result.problems[4]
    assert "100.0 %" in result.problems[6]
    (notice,) = said
    assert (notice.code, notice.count, notice.total) == ("encoder-unknown", 4, 8)
    assert "Thai" in notice.text
    assert "multilingual" in notice.text


def test_a_pool_that_cannot_be_read_stops_before_the_work():
    with pytest.raises(ModelError, match=r"Thai.*embedding\.model") as caught:
        judge(["สวัสดี", "ครับ", "แมว"], Words(KNOWN).reading(["สวัสดี", "ครับ", "แมว"]), "words")
    assert "3 of 3" in str(caught.value)


def test_several_scripts_are_listed_as_one_says_them():
    texts = ["क ख ग", "क ग ख", "ا ب ت", "ا ت ب", "א ב ג", "א ג ב"]
    encoder = Words({letter for text in texts for letter in text.split()})
    (notice,) = judge(texts, encoder.reading(texts), "words").notices
    assert "hardly a word of Arabic, Devanagari and Hebrew: it spells 6 of 6 texts" in notice.text
    assert "an encoder that reads Devanagari, Arabic and Hebrew, such as" in notice.text


def test_texts_that_begin_alike_are_told_apart_by_their_ends():
    start = "explain how the pump and the clock and the glue works "
    result, said = encoded([start + "what is glue", start + "what is a sail", *TEXTS])
    assert result.problems == (None,) * 6
    assert np.abs(result.vectors[0] - result.vectors[1]).max() > 0.01
    np.testing.assert_allclose(np.linalg.norm(result.vectors, axis=1), 1, rtol=1e-5)
    (notice,) = said
    assert (notice.code, notice.count) == ("encoder-cut", 2)


def test_case_and_blanks_are_no_difference():
    texts = [*TEXTS, "EXPLAIN how a pump  works"]
    result, said = encoded(texts)
    assert result.problems == (None,) * 5
    assert [n.code for n in said] == ["encoder-same"]


def test_an_encoder_that_cannot_be_asked_is_looked_at_afterwards():
    class Silent(Words):
        reading = None

    words = Silent(KNOWN)
    said = []
    texts = [*TEXTS, "what does 😀 mean", "what does joy mean"]
    result = encode(texts, words, object(), said.extend, no_progress)
    assert [p is None for p in result.problems] == [True] * 4 + [False] * 2
    assert [n.code for n in said] == ["encoder-equal"]


@given(
    st.lists(st.tuples(st.integers(0, 5), st.integers(-2, 2)), min_size=1, max_size=30),
    st.integers(0, 2**32 - 1),
)
@settings(max_examples=100, deadline=None)
def test_groups_of_equal_vectors_are_those_of_a_slow_loop(kinds, seed):
    base = np.random.default_rng(seed).standard_normal((6, 5))
    vectors = np.array([base[kind] + 1e-7 * shift for kind, shift in kinds])
    texts = [f"text {row}" for row in range(len(kinds))]
    expected = {}
    for row, (kind, _) in enumerate(kinds):
        expected.setdefault(kind, []).append(row)
    groups = sorted(rows for rows in expected.values() if len(rows) > 1)
    assert sorted(equal_vectors(vectors, texts)) == groups
    # The same where they stand among others, in another order.
    at = np.random.default_rng(seed).permutation(len(kinds) + 3)[: len(kinds)]
    among = np.ones((len(kinds) + 3, 5))
    among[at] = vectors
    assert sorted(equal_vectors(among, texts, at=at)) == groups


def test_many_equal_vectors_take_no_square():
    vectors = np.ones((100_000, 2), np.float32)
    (group,) = equal_vectors(vectors, [str(row) for row in range(100_000)])
    assert len(group) == 100_000


def test_precomputed_vectors_that_are_equal_are_named():
    vectors = np.array([[1, 0], [1, 0], [0, 1], [0.6, 0.8]])
    (notice,) = precomputed_notices(vectors, ["add", "subtract", "sing", "dance"])
    assert (notice.code, notice.count, notice.total) == ("equal-vectors", 2, 4)
    (notice,) = precomputed_notices(vectors, ["add", "Add!", "sing", "dance"])
    assert notice.code == "encoder-same"
    with pytest.raises(DataError, match="nothing to cluster"):
        precomputed_notices(np.ones((5, 2)), list("abcde"))


def test_endings_begin_at_a_word():
    assert endings(["ab cd ef", "ab cdx"], [0, 1]) == {0: "cd ef", 1: "cdx"}
    assert endings(["ab", "ab cd"], [0, 1]) == {1: "cd"}


@pytest.fixture(scope="module")
def bundled():
    return load_encoder()


def test_the_bundled_encoder_counts_what_it_reads(bundled):
    reading = bundled.reading(["Hello there", "สวัสดี", "hello THERE", "word " * 300, "गणित में जोड़"])
    assert reading.window == 254
    assert reading.unknown.tolist()[:3] == [0, 1, 0]
    assert reading.tokens[3] == 300
    assert reading.read[0] == reading.read[2] != reading.read[1]
    assert reading.single[4] > reading.tokens[4] / 2  # spelled letter by letter
    assert reading.single[0] == 0


def test_equal_reading_is_equal_vectors_and_the_other_way_round(bundled):
    texts = ["Hi 😀", "Hi 🎉", "Hi", "hi", "long " * 254 + "x", "long " * 254 + "y", "ศูนย์", "หนึ่ง"]
    reading = bundled.reading(texts)
    vectors = bundled.encode(texts)
    for i in range(len(texts)):
        for j in range(len(texts)):
            same = np.abs(vectors[i] - vectors[j]).max() < 1e-5
            assert same == (reading.read[i] == reading.read[j])
