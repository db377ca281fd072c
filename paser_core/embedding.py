"""Sentence vectors of the samples (paper, Section 3.2): unit rows, float32."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from paser_core.errors import DataError, ModelError
from paser_core.protocols import Encoder, Progress, no_progress


def embedding_text(instruction: str, input: str) -> str:
    """The text that stands for a sample: what is asked, without the answer."""
    return f"{instruction}\n{input}" if input.strip() else instruction


def embed(
    texts: Sequence[str], encoder: Encoder, on_progress: Progress = no_progress
) -> NDArray[np.float32]:
    """``(n, d)`` unit rows, one for each text; equal texts are encoded once.

    Raises:
        ModelError: the encoder returned another shape, a value that is not finite or a zero row.
    """
    distinct = list(dict.fromkeys(texts))
    place = {text: i for i, text in enumerate(distinct)}
    vectors = np.asarray(encoder.encode(distinct, on_progress), dtype=np.float32)
    if vectors.ndim != 2 or vectors.shape[0] != len(distinct) or vectors.shape[1] < 1:
        raise ModelError(
            f"The encoder {encoder.name} returned an array of shape {vectors.shape} for "
            f"{len(distinct)} texts; one vector for each text is needed."
        )
    bad = _first_unusable(vectors)
    if bad is not None:
        raise ModelError(
            f"The encoder {encoder.name} gave no usable vector (zero or not finite) for the text "
            f"{distinct[bad][:80]!r}; choose another embedding.model."
        )
    return _unit(vectors)[[place[text] for text in texts]]


def precomputed(vectors: NDArray[np.floating], n: int) -> NDArray[np.float32]:
    """``(n, d)`` unit rows from vectors that the user brought.

    Raises:
        DataError: not one vector of numbers for each of the ``n`` samples, or an unusable one.
    """
    array = np.asarray(vectors)
    if array.ndim != 2 or array.shape[1] < 1 or not np.issubdtype(array.dtype, np.number):
        raise DataError(
            f"The precomputed embeddings have shape {array.shape} and type {array.dtype}; a "
            "matrix of numbers with a row for each sample is needed."
        )
    if array.shape[0] != n:
        raise DataError(
            f"There are {array.shape[0]} precomputed embeddings for {n} samples; there must be "
            "one for each sample, in the same order."
        )
    array = array.astype(np.float64)
    bad = _first_unusable(array)
    if bad is not None:
        what = "only zeros" if np.isfinite(array[bad]).all() else "a value that is not finite"
        raise DataError(
            f"The precomputed embedding of sample {bad} (counted from 0) has {what}; repair it, or "
            "set embedding.precomputed to null to compute embeddings here."
        )
    return _unit(array)


def _first_unusable(vectors: NDArray[np.floating]) -> int | None:
    usable = np.isfinite(vectors).all(axis=1) & vectors.any(axis=1)
    return None if usable.all() else int(np.argmin(usable))


def _unit(vectors: NDArray[np.floating]) -> NDArray[np.float32]:
    # Scaled by the largest entry first: squares of very small or very large numbers would vanish
    # or overflow.
    scaled = vectors.astype(np.float64)
    scaled /= np.abs(scaled).max(axis=1, keepdims=True)
    scaled /= np.linalg.norm(scaled, axis=1, keepdims=True)
    return scaled.astype(np.float32)
