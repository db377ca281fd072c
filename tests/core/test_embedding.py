from __future__ import annotations

import numpy as np
import pytest

from paser_core.errors import DataError, ModelError
from paser_core.records.conversations import user_text
from paser_core.stages.embedding import embed, precomputed


class Counting:
    """Vectors from the letters of a text; remembers what it was asked."""

    name = "counting"

    def __init__(self, spoil=None):
        self.asked = []
        self.spoil = spoil

    def encode(self, texts, on_progress=None):
        self.asked.extend(texts)
        vectors = np.array([[t.count("a"), t.count("b"), len(t)] for t in texts], np.float32)
        return self.spoil(vectors) if self.spoil else vectors


def test_the_text_is_what_is_asked_without_the_answer():
    assert user_text("Add", "1 2", "\n") == "Add\n1 2"
    assert user_text("Add", "", "\n") == "Add"
    assert user_text("Add", " \n", "\n") == "Add"


def test_unit_rows_in_the_order_of_the_texts_with_equal_texts_encoded_once():
    encoder = Counting()
    vectors = embed(["ab", "aa", "ab", "bbb"], encoder)
    assert encoder.asked == ["ab", "aa", "bbb"]
    raw = np.array([[1, 1, 2], [2, 0, 2], [1, 1, 2], [0, 3, 3]])
    np.testing.assert_allclose(vectors, raw / np.linalg.norm(raw, axis=1, keepdims=True), rtol=1e-6)
    assert vectors.dtype == np.float32


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda v: v[:-1], "shape"),
        (lambda v: v[0], "shape"),
        (lambda v: v * [[0], [1]], "'first'"),
        (lambda v: np.where([[False], [True]], np.nan, v), "'second'"),
    ],
)
def test_an_encoder_that_misbehaves_is_named(spoil, message):
    with pytest.raises(ModelError, match="counting") as error:
        embed(["first", "second"], Counting(spoil))
    assert message in str(error.value)


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64, np.int32])
def test_precomputed_rows_get_unit_norm(dtype):
    vectors = precomputed(np.array([[3, 4], [0, 2], [-5, 12]], dtype), 3)
    assert vectors.dtype == np.float32
    np.testing.assert_allclose(vectors, [[0.6, 0.8], [0, 1], [-5 / 13, 12 / 13]], rtol=1e-6)


@pytest.mark.parametrize("size", [1e-200, 1e200])
def test_very_small_and_very_large_vectors_keep_their_direction(size):
    np.testing.assert_allclose(precomputed(np.array([[3, 4]]) * size, 1), [[0.6, 0.8]], rtol=1e-6)


@pytest.mark.parametrize(
    ("vectors", "message"),
    [
        (np.ones((2, 4)), "2 precomputed embeddings for 3 samples"),
        (np.ones(3), "shape"),
        (np.ones((3, 0)), "shape"),
        (np.array([["a"], ["b"], ["c"]]), "numbers"),
        (np.array([[1, 1], [0, 0], [1, 1]]), "sample 1 .*only zeros"),
        (np.array([[1, 1], [1, 0], [np.nan, 1]]), "sample 2 .*not finite"),
        (np.array([[1, np.inf], [1, 0], [1, 1]]), "sample 0 .*not finite"),
    ],
)
def test_unusable_vectors_are_refused_with_the_row(vectors, message):
    with pytest.raises(DataError, match=message):
        precomputed(vectors, 3)
