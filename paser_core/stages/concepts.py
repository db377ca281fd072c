"""Concepts: the normalized key phrases of a sample.

Phrases come from RAKE (Rose et al. 2010, the paper's choice) through rake-nltk, with the words and the
stop words of the text's own language. They are stored ranked, more than are used: the knobs (how many, how
long, how frequent) are applied later, in numpy, and stay live.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any, overload

import numpy as np
import regex
from numpy.typing import NDArray

from paser_core.config import ConceptsConfig
from paser_core.engines.engine import Engine, Report
from paser_core.engines.local import LOCAL
from paser_core.language import (
    BREAKS,
    ENGLISH,
    Speech,
    fold,
    is_wordlike,
    lower,
    normal,
    plain,
    stop_words,
    tokens,
)
from paser_core.notices import Notice, Severity
from paser_core.protocols import Progress, no_progress

MOST_STORED = 24  # ranked candidates kept per sample; the knob per_sample goes up to this
LONGEST_STORED = 5  # words
_SHORTENED = 3  # words of a piece of a longer phrase: what the knob max_words lets through at first
_LONGEST_TEXT = 20_000  # characters read: enough for any sensible sample, bounded for a megabyte
_LONGEST_WORD = 40  # longer "words" are URLs, hashes or base64
_MOST_KNOWN = 100_000  # phrases whose normal form a worker remembers
_SHARD = 500  # texts that are read together, under a second
_RARE_ENOUGH = 3  # a phrase in this few samples is never boilerplate, however small the data set

# Full stops of other scripts too: Devanagari, Arabic, Urdu, Armenian, Ethiopic, Burmese, Khmer, Chinese.
_SENTENCE = regex.compile(r"[.!?;\n。！？；।॥؟؛۔։።၊။។៕]+")
_PART = regex.compile(r"[^\s\-‐‑_'’ʼ·,]+")
_WHOLE = regex.compile(r"[^\s\-‐‑_·,]+")
_BREAK = ","
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
    for words, own, counts in engine.map(_Readers(speech), _Shards(texts, speech)):
        number = np.array([numbers.setdefault(w, len(numbers)) for w in words], np.int32)
        ids.append(number[own] if len(words) else own)
        lengths.append(counts)
        done += len(counts)
        on_progress(done, len(texts))
    indptr = np.concatenate([[0], np.cumsum(np.concatenate(lengths), dtype=np.int64)])
    return _in_order(list(numbers), *_one_spelling(list(numbers), indptr, np.concatenate(ids)))


@dataclass(frozen=True)
class _Shards(Sequence[list[tuple[str, tuple[str, ...]]]]):
    """Texts with their languages, some hundreds together; made when they are sent."""

    texts: Sequence[str]
    speech: Speech

    def __len__(self) -> int:
        return -(-len(self.texts) // _SHARD)

    def __getitem__(self, number: Any) -> Any:
        if not 0 <= number < len(self):
            raise IndexError(number)
        part = slice(number * _SHARD, (number + 1) * _SHARD)
        return list(zip(self.texts[part], self.speech.languages[part], strict=True))


class _Readers(dict[tuple[str, ...], "_Reader"]):
    """What a worker reads with: one reader for each set of languages, made when it is met."""

    def __init__(self, speech: Speech) -> None:
        self._speech = Speech((), speech.frequent)

    def __missing__(self, languages: tuple[str, ...]) -> _Reader:
        stops = self._speech.stop_words(languages)
        return self.setdefault(languages, _Reader(languages[0], stops))

    def __call__(
        self, shard: Sequence[tuple[str, tuple[str, ...]]], _: Report
    ) -> tuple[list[str], NDArray[np.int32], NDArray[np.int32]]:
        """The phrases that are new in these texts, and by number which each text has, and how many."""
        rows = [self[known].phrases(plain(text[:_LONGEST_TEXT])) for text, known in shard]
        numbers: dict[str, int] = {}
        ids = [numbers.setdefault(phrase, len(numbers)) for row in rows for phrase in row]
        return list(numbers), np.array(ids, np.int32), np.array([*map(len, rows)], np.int32)


class _Reader:
    """RAKE for texts of one language (or one set of them, script by script)."""

    def __init__(self, language: str, stops: frozenset[str]) -> None:
        self._language = language
        self._stops = stops
        self._parting = stops | BREAKS
        self._known: dict[str, str] = {}

    def phrases(self, text: str) -> tuple[str, ...]:
        """Natural phrases first; pieces of those that are too long to occur twice after them."""
        kept: dict[str, None] = {}
        long: list[str] = []
        for phrase in rake(self._candidates(text)):
            normal_form = self._normal(phrase)
            if normal_form:
                kept.setdefault(normal_form)
                if normal_form.count(" ") >= _SHORTENED:
                    long.append(normal_form)
            if len(kept) == MOST_STORED:
                return tuple(kept)
        for phrase in long:
            words = phrase.split(" ")
            for start in range(0, len(words), _SHORTENED):
                piece = self._normal(" ".join(words[start : start + _SHORTENED]))
                if piece and len(kept) < MOST_STORED:
                    kept.setdefault(piece)
        return tuple(kept)

    def _candidates(self, text: str) -> dict[tuple[str, ...], None]:
        """The runs of words between stop words and punctuation; one that is too long in pieces."""
        found: dict[tuple[str, ...], None] = {}
        parting = self._parting
        for sentence in self._sentences(text):
            run: list[str] = []
            for word in (*tokens(sentence, self._language), _BREAK):
                if word not in parting:
                    run.append(word)
                elif run:
                    if len(run) <= LONGEST_STORED:
                        found[tuple(run)] = None
                    else:
                        for start in range(0, len(run), _SHORTENED):
                            found[tuple(run[start : start + _SHORTENED])] = None
                    run = []
        return found

    def _sentences(self, text: str) -> list[str]:
        if self._language == ENGLISH and text.isascii():
            # Their ends part words as punctuation does; only a new line has to become some.
            return [text.replace("\n", ".")]
        return _SENTENCE.split(text)

    def _normal(self, phrase: str) -> str:
        normal_form = self._known.get(phrase)
        if normal_form is None:
            normal_form = normalize(phrase, self._language, self._stops)
            if len(self._known) == _MOST_KNOWN:
                self._known.clear()
            self._known[phrase] = normal_form
        return normal_form


def rake(candidates: Collection[tuple[str, ...]]) -> list[str]:
    """Candidate phrases by their score: the sum over their words of degree / frequency.

    The degree of a word counts the words of every candidate that it stands in, itself among them, once
    for each time it stands there. Of equal scores, longer phrases say more; the alphabet settles the
    rest. What rake-nltk gives, without its graph of all pairs of words.

    Args:
        candidates: phrases as words, each once.
    """
    frequency: Counter[str] = Counter(chain.from_iterable(candidates))
    degree = dict.fromkeys(frequency, 0)
    for words in candidates:
        for word in words:
            degree[word] += len(words)
    weight = {word: degree[word] / times for word, times in frequency.items()}
    scored = []
    for words in candidates:
        score = 0.0
        for word in words:  # not sum(), which rounds otherwise from Python 3.12 on
            score += weight[word]
        phrase = " ".join(words)
        scored.append((-score, -len(phrase), phrase))
    return [phrase for _, _, phrase in sorted(scored)]


def normalize(phrase: str, language: str = ENGLISH, stops: frozenset[str] | None = None) -> str:
    """Merge case, hyphen and (English) plural variants: ``Interest-Rates`` → ``interest rate``.

    Returns an empty string for what cannot be a concept: numbers, single letters, stop words.
    """
    stops = stop_words(language) if stops is None else stops
    text = lower(normal(phrase), language)
    if language == ENGLISH:
        words = _PART.findall(text.replace("'s", "").replace("’s", ""))
        words = [singular(w) for w in words if len(w) <= _LONGEST_WORD]
    else:
        words = [w for w in _WHOLE.findall(text) if len(w) <= _LONGEST_WORD]
    if not any(is_wordlike(w) and w not in stops for w in words):
        return ""
    return " ".join(words)


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
