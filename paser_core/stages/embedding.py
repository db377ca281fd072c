"""Sentence vectors of the samples (paper, Section 3.2): unit rows, float32."""

from __future__ import annotations

import mmap
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from paser_core.errors import DataError, ModelError
from paser_core.protocols import Encoder, Progress, no_progress

_AT_ONCE = 10_000  # rows in double precision at a time


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
    return unit_rows(vectors)[[place[text] for text in texts]]


def precomputed(
    vectors: NDArray[np.floating],
    n: int,
    *,
    ids: Sequence[str] | None = None,
    skip: NDArray[np.bool_] | None = None,
    path: str | None = None,
) -> NDArray[np.float32]:
    """``(n, d)`` unit rows from vectors that the user brought.

    Args:
        vectors: what is to be a matrix with a row for each sample.
        n: samples.
        ids: ``n`` names of the samples, for a message about one of them.
        skip: ``(n,)`` rows that nobody uses; they may hold anything and become zero.
        path: where the vectors are from, for messages.

    Raises:
        DataError: not one vector of numbers for each of the ``n`` samples, or an unusable one.
    """
    array = np.asarray(vectors)
    if array.ndim != 2 or array.shape[1] < 1 or not np.issubdtype(array.dtype, np.number):
        raise DataError(
            f"The precomputed embeddings have shape {array.shape} and type {array.dtype}; a "
            "matrix of numbers with a row for each sample is needed.",
            path=path,
        )
    if array.shape[0] != n:
        raise DataError(
            f"There are {array.shape[0]} precomputed embeddings for {n} samples; there must be "
            "one for each sample, in the same order.",
            path=path,
        )
    rows = np.arange(n) if skip is None else np.flatnonzero(~skip)
    full = np.zeros(array.shape, np.float32)
    for start in range(0, len(rows), _AT_ONCE):
        part = rows[start : start + _AT_ONCE]
        used = array[part].astype(np.float64)
        bad = _first_unusable(used)
        if bad is not None:
            what = "only zeros" if np.isfinite(used[bad]).all() else "a value that is not finite"
            row = int(part[bad])
            which = row if ids is None else f"'{ids[row][:80]}' in row {row}"
            raise DataError(
                f"The precomputed embedding of sample {which} (counted from 0) has {what}; repair "
                "it, or set embedding.precomputed to null to compute embeddings here.",
                path=path,
            )
        full[part] = unit_rows(used)
        _forget(array)
    return full


def _forget(array: NDArray[Any]) -> None:
    """Where a file is mapped: what was read of it need not stay in memory."""
    base: Any = array
    while isinstance(base, np.ndarray):
        base = base.base
    if isinstance(base, mmap.mmap) and hasattr(mmap, "MADV_DONTNEED"):  # not on Windows
        base.madvise(mmap.MADV_DONTNEED)


def _first_unusable(vectors: NDArray[np.floating]) -> int | None:
    usable = np.isfinite(vectors).all(axis=1) & vectors.any(axis=1)
    return None if usable.all() else int(np.argmin(usable))


def unit_rows(vectors: NDArray[np.floating]) -> NDArray[np.float32]:
    """``(n, d)`` rows of unit length, each in the direction that it had; none may be zero."""
    # Scaled by the largest entry first: squares of very small or very large numbers would vanish
    # or overflow.
    scaled = vectors.astype(np.float64)
    scaled /= np.abs(scaled).max(axis=1, keepdims=True)
    scaled /= np.linalg.norm(scaled, axis=1, keepdims=True)
    return scaled.astype(np.float32)
