"""Concepts: the normalised key phrases of a sample.

Phrases come from RAKE (Rose et al. 2010, the paper's choice) through rake-nltk, with stop words and
tokenizers passed in, so that nothing is downloaded. They are stored ranked, more than are used: the
knobs (how many, how long, how frequent) are applied later, in numpy, and stay live.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from paser_core.config import ConceptsConfig
from paser_core.protocols import Progress, no_progress
from paser_core.stopwords import STOP_WORDS

MOST_STORED = 24  # ranked candidates kept per sample; the knob per_sample goes up to this
LONGEST_STORED = 5  # words
_LONGEST_TEXT = 20_000  # characters read: enough for any sensible sample, bounded for a megabyte
_LONGEST_WORD = 40  # longer "words" are URLs, hashes or base64
_RARE_ENOUGH = 3  # a phrase in this few samples is never boilerplate, however small the data set

_SENTENCE = re.compile(r"[.!?;\n。！？]+")
_WORD = re.compile(r"[^\W_]+(?:[-'’][^\W_]+)*|[^\w\s]", re.UNICODE)
_UNCHANGED = frozenset(("ss", "us", "is", "os", "as"))


@dataclass(frozen=True)
class ConceptTable:
    """Ranked candidate phrases of every sample, as integers."""

    vocabulary: tuple[str, ...]  # (V,)
    indptr: NDArray[np.int64]  # (n + 1,)
    ids: NDArray[np.int32]  # (nnz,) best phrase of a sample first

    @property
    def n(self) -> int:
        """Number of samples."""
        return len(self.indptr) - 1

    def of(self, row: int) -> tuple[str, ...]:
        """The concepts of one sample, best first."""
        ids = self.ids[self.indptr[row] : self.indptr[row + 1]]
        return tuple(self.vocabulary[i] for i in ids)


def extract_phrases(
    texts: Sequence[str], on_progress: Progress = no_progress
) -> list[tuple[str, ...]]:
    """The key phrases of each text, normalised, best first, without repeats."""
    # Imported here: it brings nltk, and reading a run must not wait for that.
    from rake_nltk import Metric, Rake

    rake = Rake(
        stopwords=set(STOP_WORDS),
        ranking_metric=Metric.DEGREE_TO_FREQUENCY_RATIO,
        max_length=LONGEST_STORED,
        include_repeated_phrases=False,
        sentence_tokenizer=_SENTENCE.split,
        word_tokenizer=_WORD.findall,
    )
    result = []
    for done, text in enumerate(texts):
        result.append(_phrases(rake, text))
        if done % 500 == 0:
            on_progress(done, len(texts))
    on_progress(len(texts), len(texts))
    return result


def _phrases(rake: Any, text: str) -> tuple[str, ...]:
    rake.extract_keywords_from_text(text[:_LONGEST_TEXT])
    # Equal scores: longer phrases say more; the alphabet settles the rest.
    ranked = sorted(
        rake.get_ranked_phrases_with_scores(), key=lambda item: (-item[0], -len(item[1]), item[1])
    )
    kept: dict[str, None] = {}
    for _, phrase in ranked:
        normal = normalise(phrase)
        if normal:
            kept.setdefault(normal)
        if len(kept) == MOST_STORED:
            break
    return tuple(kept)


def normalise(phrase: str) -> str:
    """Merge case, hyphen and plural variants: ``Interest-Rates`` → ``interest rate``.

    Returns an empty string for what cannot be a concept: numbers, single letters, stop words.
    """
    words = re.findall(r"[^\W_]+", phrase.casefold().replace("'s", "").replace("’s", ""))
    words = [singular(w) for w in words if len(w) <= _LONGEST_WORD]
    if not any(len(w) > 1 and not w.isdigit() and w not in STOP_WORDS for w in words):
        return ""
    return " ".join(words)


def singular(word: str) -> str:
    """A cautious English singular: ``cities`` → ``city``; ``class``, ``gas``, ``analysis`` stay."""
    if len(word) <= 3 or not word.endswith("s") or word[-2:] in _UNCHANGED:
        return word
    if word.endswith("ies") and len(word) > 4:
        return word[:-3] + "y"
    if word.endswith(("sses", "shes", "ches", "xes", "zzes")):
        return word[:-2]
    return word[:-1]


def build_table(phrases: Iterable[Sequence[str]]) -> ConceptTable:
    """Number the phrases in alphabetical order, so that the numbers do not depend on row order."""
    rows = list(phrases)
    vocabulary = tuple(sorted({phrase for row in rows for phrase in row}))
    number = {phrase: i for i, phrase in enumerate(vocabulary)}
    indptr = np.concatenate([[0], np.cumsum([len(row) for row in rows], dtype=np.int64)])
    ids = np.fromiter((number[p] for row in rows for p in row), np.int32, int(indptr[-1]))
    return ConceptTable(vocabulary, indptr.astype(np.int64), ids)


def highest_frequency(share: float, n: int) -> int:
    """In how many of ``n`` samples a phrase may be under a cap on document frequency."""
    return max(_RARE_ENOUGH, int(share * n))


def filter_concepts(table: ConceptTable, config: ConceptsConfig) -> ConceptTable:
    """Apply the knobs: drop long and frequent phrases, then keep the best ``per_sample``.

    ``max_document_frequency`` is a share of the samples; a phrase in at most three samples passes
    in any case, so that a small data set keeps its concepts. The numbers of the vocabulary stay.
    """
    n = table.n
    lengths = np.fromiter(
        (p.count(" ") + 1 for p in table.vocabulary), np.int64, len(table.vocabulary)
    )
    frequency = np.bincount(table.ids, minlength=len(table.vocabulary))
    most = highest_frequency(config.max_document_frequency, n)
    passes = (lengths <= config.max_words) & (frequency <= most)
    keep = passes[table.ids]
    # Place of each kept phrase within its sample.
    counts = np.concatenate([[0], np.cumsum(keep)])
    row_of = np.repeat(np.arange(n), np.diff(table.indptr))
    place = counts[:-1] - counts[table.indptr[:-1]][row_of]
    keep &= place < config.per_sample
    indptr = np.concatenate([[0], np.cumsum(np.bincount(row_of[keep], minlength=n))]).astype(
        np.int64
    )
    return ConceptTable(table.vocabulary, indptr, table.ids[keep])
