"""Questions that were to be kept apart, and stand among the samples all the same.

A question is found again exactly where a sample asks the same, whatever case and punctuation; nearly,
where one sample has most of its n-grams of words. PaLM (Chowdhery et al. 2022, section 8) calls a
question contaminated if 70 % of its 8-grams occur in the training data; here they have to occur in one
sample, because the templates of a pool have all n-grams of a question somewhere.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Self

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from paser_core.language.words import tokens

_BLOCK = 2_000  # samples that are compared at a time
_SAYS_NOTHING = frozenset(".,;:!?\"'()[]{}`")
_SIGNS = str.maketrans("×÷−", "*/-")  # else all of them are the same: some other sign
_Words = tuple[str, ...]


@dataclass(frozen=True)
class Contamination:
    """For each question that is kept apart the sample that has it; -1: none."""

    exact: NDArray[np.int64]  # (q,)
    near: NDArray[
        np.int64
    ]  # (q,) the most alike, of those that are not the same; -1 for exact ones
    short: NDArray[np.bool_]  # (q,) too short for an n-gram: compared exactly only

    @property
    def n(self) -> int:
        """Questions that are kept apart."""
        return len(self.exact)

    def at(self, rows: NDArray[np.int64]) -> Self:
        """The same by other numbers of the samples, ``(s,)``."""

        def moved(found: NDArray[np.int64]) -> NDArray[np.int64]:
            return np.where(found >= 0, np.append(rows, -1)[found], -1)

        return replace(self, exact=moved(self.exact), near=moved(self.near))


def contamination(
    questions: Sequence[str], samples: Sequence[str], n: int, share: float
) -> Contamination:
    """Which questions stand among the samples.

    Args:
        questions: ``q`` texts that are kept apart.
        samples: ``s`` texts.
        n: words of an n-gram.
        share: of the distinct n-grams of a question; a sample that has as many is nearly the same.
    """
    apart = [normalized(text) for text in questions]
    first: dict[_Words, int] = {}
    index: dict[_Words, int] = {}
    asked = _matrix((_grams(words, n) for words in apart), index, grow=True)
    best = np.zeros(len(apart))
    nearest = np.full(len(apart), -1, np.int64)
    sizes = np.asarray(asked.sum(axis=1)).ravel()
    for start in range(0, len(samples), _BLOCK):
        block = [normalized(text) for text in samples[start : start + _BLOCK]]
        for row, words in enumerate(block, start):
            first.setdefault(words, row)
        there = _matrix((_grams(words, n) for words in block), index, grow=False)
        shared = (asked @ there.T).tocsr()  # (q, block) n-grams in common
        if not shared.nnz:
            continue
        place = np.asarray(shared.argmax(axis=1)).ravel()
        most = shared.max(axis=1).toarray().ravel() / np.maximum(sizes, 1)
        better = most > best
        best[better], nearest[better] = most[better], start + place[better]
    exact = np.array([first.get(words, -1) if words else -1 for words in apart], np.int64)
    near = np.where((best >= share - 1e-12) & (sizes > 0) & (exact < 0), nearest, -1)
    return Contamination(exact, near, sizes == 0)


def normalized(text: str) -> _Words:
    """The words of a text in small letters and its signs of arithmetic, without other punctuation.

    >>> normalized("What is 3 + 4?") == normalized("what is 3+4")
    True
    """
    return tuple(t for t in tokens(text.translate(_SIGNS)) if t not in _SAYS_NOTHING)


def _grams(words: _Words, n: int) -> set[_Words]:
    return {words[i : i + n] for i in range(len(words) - n + 1)}


def _matrix(rows: Iterable[set[_Words]], index: dict[_Words, int], grow: bool) -> sp.csr_array:
    """Rows of n-grams as a matrix of 0 and 1; ``index`` numbers those that questions have."""
    starts, columns = [0], []
    for grams in rows:
        for gram in grams:
            place = index.setdefault(gram, len(index)) if grow else index.get(gram, -1)
            if place >= 0:
                columns.append(place)
        starts.append(len(columns))
    shape = (len(starts) - 1, max(len(index), 1))
    return sp.csr_array((np.ones(len(columns), np.int32), columns, starts), shape=shape)
