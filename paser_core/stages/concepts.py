"""Concepts: the normalized key phrases of a sample.

They are stored ranked, more than are used: the knobs (how many, how long, how frequent) are applied later,
in numpy, and stay live. What a phrase is: :mod:`phrases`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import overload

import numpy as np
from numpy.typing import NDArray

from paser_core.config import ConceptsConfig
from paser_core.engines.engine import Engine
from paser_core.engines.local import LOCAL
from paser_core.language import ENGLISH, Speech, fold, stop_words
from paser_core.notices import Notice, Severity
from paser_core.protocols import Progress, no_progress
from paser_core.records.texts import Lines
from paser_core.stages.concept_rows import best_passing
from paser_core.stages.phrase_shards import Readers, Shards

_RARE_ENOUGH = 3  # a phrase in this few samples is never boilerplate, however small the data set


@dataclass(frozen=True)
class ConceptTable:
    """Ranked candidate phrases of every sample, as integers."""

    vocabulary: Sequence[str]  # (V,)
    indptr: NDArray[np.int64]  # (n + 1,)
    ids: NDArray[np.int32]  # (nnz,) best phrase of a sample first

    @property
    def n(self) -> int:
        """Number of samples."""
        return len(self.indptr) - 1

    @cached_property
    def words(self) -> NDArray[np.int64]:
        """``(V,)`` words of each phrase."""
        return Lines.of(self.vocabulary).tally(" ") + 1

    def of(self, row: int) -> tuple[str, ...]:
        """The concepts of one sample, best first."""
        ids = self.ids[self.indptr[row] : self.indptr[row + 1]]
        return tuple(self.vocabulary[i] for i in ids)


def no_concepts(n: int) -> ConceptTable:
    """A table of ``n`` samples without a concept."""
    return ConceptTable((), np.zeros(n + 1, np.int64), np.zeros(0, np.int32))


@dataclass(frozen=True)
class Joined(Sequence[str]):
    """What is asked and what is answered, as one text each; put together when it is read."""

    asked: Sequence[str]  # (n,)
    answered: Sequence[str]  # (n,)

    def __len__(self) -> int:
        return len(self.asked)

    @overload
    def __getitem__(self, place: int) -> str: ...
    @overload
    def __getitem__(self, place: slice) -> list[str]: ...
    def __getitem__(self, place: int | slice) -> str | list[str]:
        if isinstance(place, slice):
            pairs = zip(self.asked[place], self.answered[place], strict=True)
            return ["\n".join(pair) for pair in pairs]
        return f"{self.asked[place]}\n{self.answered[place]}"


def extract_phrases(
    texts: Sequence[str],
    on_progress: Progress = no_progress,
    speech: Speech | None = None,
    engine: Engine = LOCAL,
) -> list[tuple[str, ...]]:
    """The key phrases of each text, as :func:`extract_concepts` finds them.

    Args:
        texts: ``n`` texts; markup and other noise in them is not read.
        on_progress: told as the work goes on.
        speech: the languages of the texts; found out here where it is not given.
        engine: runs the work.
    """
    table = extract_concepts(texts, on_progress, speech, engine)
    return [table.of(row) for row in range(table.n)]


def extract_concepts(
    texts: Sequence[str],
    on_progress: Progress = no_progress,
    speech: Speech | None = None,
    engine: Engine = LOCAL,
) -> ConceptTable:
    """The key phrases of each text, normalized, best first, without repeats.

    They are numbered in alphabetical order, so that the numbers do not depend on the order of rows.

    Args:
        texts: ``n`` texts; markup and other noise in them is not read.
        on_progress: told as the work goes on.
        speech: the languages of the texts; found out here where it is not given.
        engine: runs the work.
    """
    speech = speech or Speech.of(texts)
    numbers: dict[str, int] = {}
    ids, lengths = [np.zeros(0, np.int32)], [np.zeros(0, np.int32)]
    done = 0
    on_progress(0, len(texts))
    for words, own, counts in engine.map(Readers(speech), Shards(texts, speech)):
        number = np.array([numbers.setdefault(w, len(numbers)) for w in words], np.int32)
        ids.append(number[own] if len(words) else own)
        lengths.append(counts)
        done += len(counts)
        on_progress(done, len(texts))
    indptr = np.concatenate([[0], np.cumsum(np.concatenate(lengths), dtype=np.int64)])
    return _in_order(list(numbers), *_one_spelling(list(numbers), indptr, np.concatenate(ids)))


def _one_spelling(
    phrases: Sequence[str], indptr: NDArray[np.int64], ids: NDArray[np.int32]
) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
    """``straße`` and ``strasse``, ``resume`` and its other cases: the spelling used most stays."""
    counts = np.bincount(ids, minlength=len(phrases))
    number = {phrase: i for i, phrase in enumerate(phrases)}
    spellings: dict[str, list[str]] = defaultdict(list)
    for phrase in phrases:
        if not phrase.isascii():
            spellings[fold(phrase)].append(phrase)
    chosen = np.arange(len(phrases), dtype=np.int32)
    for key, those in spellings.items():
        rivals = [*those, key] if key in number and key not in those else those
        best = min(rivals, key=lambda phrase: (-counts[number[phrase]], phrase))
        chosen[[number[phrase] for phrase in rivals]] = number[best]
    if (chosen == np.arange(len(phrases))).all():
        return indptr, ids
    ids = chosen[ids]
    rows = np.repeat(np.arange(len(indptr) - 1), np.diff(indptr))
    # The first of each in its row stays.
    _, first = np.unique(rows * len(phrases) + ids, return_index=True)
    first = np.sort(first)
    lengths = np.bincount(rows[first], minlength=len(indptr) - 1)
    return np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64), ids[first]


def _in_order(
    phrases: Sequence[str], indptr: NDArray[np.int64], ids: NDArray[np.int32]
) -> ConceptTable:
    """With those phrases that some row has, in alphabetical order."""
    used = np.zeros(len(phrases), bool)
    used[ids] = True
    order = sorted(np.flatnonzero(used).tolist(), key=phrases.__getitem__)
    rank = np.zeros(len(phrases), np.int32)
    rank[order] = np.arange(len(order), dtype=np.int32)
    return ConceptTable(tuple(phrases[i] for i in order), indptr, rank[ids])


def build_table(phrases: Iterable[Sequence[str]]) -> ConceptTable:
    """Number the phrases in alphabetical order, so that the numbers do not depend on row order."""
    rows = list(phrases)
    vocabulary = tuple(sorted({phrase for row in rows for phrase in row}))
    number = {phrase: i for i, phrase in enumerate(vocabulary)}
    indptr = np.concatenate([[0], np.cumsum([len(row) for row in rows], dtype=np.int64)])
    ids = np.fromiter((number[p] for row in rows for p in row), np.int32, int(indptr[-1]))
    return ConceptTable(vocabulary, indptr.astype(np.int64), ids)


def concept_notices(table: ConceptTable, speech: Speech) -> list[Notice]:
    """What a reader has to know of the concepts of ``n`` samples, after the knobs."""
    notices = []
    none = int((np.diff(table.indptr) == 0).sum())
    if none == table.n:
        notices.append(
            Notice(
                "no-concepts",
                "The concept graph has nothing to work on: no sample has a concept, so no sample "
                "will be rejected for a conflict. Look at concepts.max_words and "
                "concepts.max_document_frequency, and at data.language.",
                count=none,
                total=table.n,
            )
        )
    elif none:
        notices.append(
            Notice(
                "few-concepts",
                f"{none:,} of {table.n:,} samples have no concept; the concept graph never rejects "
                "them.",
                Severity.WARNING if 2 * none >= table.n else Severity.INFO,
                count=none,
                total=table.n,
            )
        )
    counts = speech.counts
    if set(counts) - {ENGLISH}:
        told = ", ".join(f"{code} {count:,}" for code, count in counts.most_common())
        notices.append(
            Notice(
                "languages",
                f"Languages of the samples, for stop words and plurals: {told}. Where this is "
                "wrong, set data.language.",
                Severity.INFO,
            )
        )
    unlisted = sum(1 for codes in speech.languages if not stop_words(codes[0]))
    if unlisted:
        notices.append(
            Notice(
                "no-stop-words",
                f"{unlisted:,} of {table.n:,} samples are in a language without a list of stop "
                "words; words that a quarter of them have are left out of names and concepts "
                "instead.",
                count=unlisted,
                total=table.n,
            )
        )
    return notices


def highest_frequency(share: float, n: int) -> int:
    """In how many of ``n`` samples a phrase may be under a cap on document frequency."""
    return max(_RARE_ENOUGH, int(share * n))


def filter_concepts(table: ConceptTable, config: ConceptsConfig) -> ConceptTable:
    """Apply the knobs: drop long and frequent phrases, then keep the best ``per_sample``.

    ``max_document_frequency`` is a share of the samples; a phrase in at most three samples passes
    in any case, so that a small data set keeps its concepts. The numbers of the vocabulary stay.
    """
    n = table.n
    frequency = np.bincount(table.ids, minlength=len(table.vocabulary))
    most = highest_frequency(config.max_document_frequency, n)
    passes = (table.words <= config.max_words) & (frequency <= most)
    indptr, ids = best_passing(table.indptr, table.ids, passes, config.per_sample)
    return ConceptTable(table.vocabulary, indptr, ids)
