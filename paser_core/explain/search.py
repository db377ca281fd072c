"""Finding samples by their words, by a regular expression, or by meaning.

Texts are arrow arrays, so that a search over tens of thousands of samples takes milliseconds.
Words are found in any case, accents composed or not: ``STRASSE`` finds ``Straße``.
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
from paser_core.language import fold, normal

_PAIRS = 10_000  # drawn to learn how near unrelated samples are to each other
_UNRELATED = 0.99  # of such pairs are farther from each other than a hit is from the query


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
    least: float | None = None  # the cosine that a hit had to reach, if there was one


@dataclass(frozen=True)
class Texts:
    """``n`` texts to search in."""

    written: pa.Array  # (n,) accents composed
    folded: pa.Array  # (n,) and without case

    def __len__(self) -> int:
        return len(self.written)


def joined(columns: Sequence[Sequence[str]]) -> Texts:
    """``n`` texts out of several columns of ``n``, one field a line."""
    texts = ["\n".join(fields) for fields in zip(*columns, strict=True)]
    return Texts(
        pa.array([normal(text) for text in texts], pa.large_string()),
        pa.array([fold(text) for text in texts], pa.large_string()),
    )


def by_keyword(texts: Texts, query: str) -> Hits:
    """Samples that contain every word of the query, in any order and case.

    ``"a phrase in quotes"`` counts as one word.
    """
    words = [quoted or bare for quoted, bare in re.findall(r'"([^"]+)"|(\S+)', query)]
    if not words:
        return _all_of(np.zeros(len(texts), bool))
    found = np.ones(len(texts), bool)
    for word in words:
        found &= _mask(pc.match_substring(texts.folded, fold(word)))
    return _all_of(found)


def by_regex(texts: Texts, pattern: str) -> Hits:
    """Samples in which the RE2 pattern matches somewhere; lines count for ``^`` and ``$``.

    Raises:
        SearchError: the pattern is not valid, or uses what RE2 does not have (look-around, back
            references).
    """
    if not pattern:
        return _all_of(np.zeros(len(texts), bool))
    try:
        return _all_of(
            _mask(
                pc.match_substring_regex(texts.written, f"(?m){normal(pattern)}", ignore_case=True)
            )
        )
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
    most: int | None = None,
    least: float = -np.inf,
) -> Hits:
    """The eligible samples whose vectors are closest to ``vector`` by cosine.

    Args:
        embeddings: ``(n, d)``, unit rows.
        vector: ``(d,)``; scaled here.
        eligible: ``(n,)``, who may be found.
        most: at most so many; ties go to data-set order.
        least: only those whose cosine is at least this.
    """
    norm = float(np.linalg.norm(vector))
    rows = np.flatnonzero(eligible)
    cosines = embeddings @ (vector / norm if norm else vector)
    similarity: NDArray[np.float32] = cosines[rows].astype(np.float32)
    close = similarity >= least
    rows, similarity = rows[close], similarity[close]
    floor = float(least) if np.isfinite(least) else None
    most = len(rows) if most is None else min(most, len(rows))
    if most == 0:
        return Hits(rows[:0], similarity[:0], floor)
    # A partial sort first: only the best few are put in order.
    edge = np.partition(similarity, len(rows) - most)[len(rows) - most]
    near = np.flatnonzero(similarity >= edge)
    best = near[np.argsort(-similarity[near], kind="stable")][:most]
    return Hits(rows[best], similarity[best], floor)


def relevance_floor(embeddings: NDArray[np.float32], labels: NDArray[np.integer]) -> float:
    """The cosine from which on a sample has to do with a query.

    99 of 100 pairs of samples from different clusters are farther from each other: measured on the
    pool itself, so that it holds for any encoder. Some put all texts within a narrow cone.

    Args:
        embeddings: ``(n, d)``, unit rows.
        labels: ``(n,)``, clusters; negative: in none, and left out.

    Returns:
        The floor; ``-inf`` where there are not two clusters to compare.
    """
    rows = np.flatnonzero(labels >= 0)
    if not len(rows):
        return -np.inf
    first, second = np.random.default_rng(0).choice(rows, (2, _PAIRS))
    apart = labels[first] != labels[second]
    if not apart.any():
        return -np.inf
    cosines = np.einsum("ij,ij->i", embeddings[first[apart]], embeddings[second[apart]])
    return float(np.quantile(cosines, _UNRELATED))


def neighbors_of(
    embeddings: NDArray[np.float32], row: int, eligible: NDArray[np.bool_], most: int
) -> Hits:
    """The samples closest to sample ``row``, itself left out.

    Args:
        embeddings: ``(n, d)`` unit rows.
        row: of the sample that is compared.
        eligible: ``(n,)`` which samples may be found.
        most: hits at the most.
    """
    others = eligible.copy()
    others[row] = False
    return by_vector(embeddings, np.asarray(embeddings[row]), others, most)


def _mask(found: Any) -> NDArray[np.bool_]:
    mask: NDArray[np.bool_] = np.asarray(found.to_numpy(zero_copy_only=False), bool)
    return mask


def _all_of(found: NDArray[np.bool_]) -> Hits:
    return Hits(np.flatnonzero(found), None)
