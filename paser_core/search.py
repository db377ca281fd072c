"""Finding samples by their words, by a regular expression, or by meaning.

Texts are an arrow array, so that a search over tens of thousands of samples takes milliseconds.
Regular expressions are those of RE2 (through arrow): their time is linear in the text, so that no
pattern can hang the dashboard.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from paser_core.errors import SearchError

_MOST_SIMILAR = 100  # hits of a search by meaning, which has no natural end


class SearchMode(StrEnum):
    """How the query is read."""

    KEYWORD = "keyword"
    REGEX = "regex"
    MEANING = "meaning"


@dataclass(frozen=True)
class Hits:
    """What a search found."""

    rows: NDArray[np.int64]  # (h,) best first; data-set order where all are equal
    scores: NDArray[np.float32] | None  # (h,) cosine similarity, for a search by meaning


def joined(columns: Sequence[Sequence[str]]) -> pa.Array:
    """``(n,)`` texts out of several columns of ``n``, one field a line."""
    arrays = [pa.array(list(column), pa.large_string()) for column in columns]
    return pc.binary_join_element_wise(*arrays, pa.scalar("\n", pa.large_string()))


def by_keyword(texts: Any, query: str) -> Hits:
    """Samples that contain every word of the query, in any order and case.

    ``"a phrase in quotes"`` counts as one word.
    """
    words = [quoted or bare for quoted, bare in re.findall(r'"([^"]+)"|(\S+)', query)]
    if not words:
        return _all_of(np.zeros(len(texts), bool))
    found = np.ones(len(texts), bool)
    for word in words:
        found &= _mask(pc.match_substring(texts, word, ignore_case=True))
    return _all_of(found)


def by_regex(texts: Any, pattern: str) -> Hits:
    """Samples in which the RE2 pattern matches somewhere; lines count for ``^`` and ``$``.

    Raises:
        SearchError: the pattern is not valid, or uses what RE2 does not have (look-around, back
            references).
    """
    if not pattern:
        return _all_of(np.zeros(len(texts), bool))
    try:
        return _all_of(_mask(pc.match_substring_regex(texts, f"(?m){pattern}", ignore_case=True)))
    except pa.ArrowInvalid as error:
        said = str(error).split(": ", 1)[-1].rstrip(".")
        raise SearchError(
            f"The pattern '{pattern}' cannot be used ({said}). Accepted are regular expressions "
            "without look-around and back references; write a literal bracket as \\( or \\[."
        ) from error


def by_vector(
    embeddings: NDArray[np.float32],
    vector: NDArray[np.float32],
    eligible: NDArray[np.bool_],
    most: int = _MOST_SIMILAR,
) -> Hits:
    """The ``most`` eligible samples whose vectors are closest to ``vector`` by cosine.

    ``embeddings`` ``(n, d)`` has unit rows, ``vector`` ``(d,)`` is scaled here, ``eligible`` is
    ``(n,)``. Ties go to data-set order.
    """
    norm = float(np.linalg.norm(vector))
    rows = np.flatnonzero(eligible)
    cosines = embeddings @ (vector / norm if norm else vector)
    similarity: NDArray[np.float32] = cosines[rows].astype(np.float32)
    most = min(most, len(rows))
    if most == 0:
        return Hits(rows[:0], similarity[:0])
    # A partial sort first: only the best few are put in order.
    edge = np.partition(similarity, len(rows) - most)[len(rows) - most]
    near = np.flatnonzero(similarity >= edge)
    best = near[np.argsort(-similarity[near], kind="stable")][:most]
    return Hits(rows[best], similarity[best])


def neighbours_of(
    embeddings: NDArray[np.float32], row: int, eligible: NDArray[np.bool_], most: int
) -> Hits:
    """The samples closest to sample ``row``, itself left out."""
    others = eligible.copy()
    others[row] = False
    return by_vector(embeddings, np.asarray(embeddings[row]), others, most)


def _mask(found: Any) -> NDArray[np.bool_]:
    mask: NDArray[np.bool_] = np.asarray(found.to_numpy(zero_copy_only=False), bool)
    return mask


def _all_of(found: NDArray[np.bool_]) -> Hits:
    return Hits(np.flatnonzero(found), None)
