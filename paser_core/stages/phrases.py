"""Key phrases of one text: RAKE (Rose et al. 2010, the paper's choice), normalized.

With the words and the stop words of the text's own language. They are ranked, more than are used.
"""

from __future__ import annotations

import contextlib
import re
import sys
from collections.abc import Collection, Iterator, Sequence
from functools import cache
from typing import Any, TypeVar

import regex

from paser_core.engines.processes import in_worker
from paser_core.language import BREAKS, ENGLISH, is_wordlike, lower, normal, stop_words, tokens

MOST_STORED = 24  # ranked candidates kept per sample; the knob per_sample goes up to this
LONGEST_STORED = 5  # words
SHORTENED = 3  # words of a piece of a longer phrase: what the knob max_words lets through at first
_LONGEST_WORD = 40  # longer "words" are URLs, hashes or base64
_MOST_KNOWN = 100_000  # words whose normal form a reader remembers

Item = TypeVar("Item")

# Full stops of other scripts too: Devanagari, Arabic, Urdu, Armenian, Ethiopic, Burmese, Khmer, Chinese.
SENTENCE_END = re.compile(r"[.!?;\n。！？；।॥؟؛۔։።၊။។៕]+")
_PART = regex.compile(r"[^\s\-‐‑_'’ʼ·,]+")
_WHOLE = regex.compile(r"[^\s\-‐‑_·,]+")
_BREAK = ","
_UNCHANGED = frozenset(("ss", "us", "is", "os", "as"))


class PhraseReader:
    """RAKE for texts of one language (or one set of them, script by script)."""

    def __init__(self, language: str, stops: frozenset[str]) -> None:
        self._language = language
        self._stops = stops
        self._parting = stops | BREAKS
        self._known: dict[str, tuple[str, bool]] = {}

    def phrases(self, text: str) -> tuple[str, ...]:
        """Natural phrases first; pieces of those that are too long to occur twice after them."""
        kept: dict[str, None] = {}
        long: list[str] = []
        for phrase in rake(self._candidates(text)):
            normal_form = self._normal(phrase)
            if normal_form:
                kept.setdefault(normal_form)
                if normal_form.count(" ") >= SHORTENED:
                    long.append(normal_form)
            if len(kept) == MOST_STORED:
                return tuple(kept)
        for phrase in long:
            for words in shortened(phrase.split(" ")):
                piece = self._normal(" ".join(words))
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
                        found.update((tuple(words), None) for words in shortened(run))
                    run = []
        return found

    def _sentences(self, text: str) -> list[str]:
        if reads_whole(text, self._language):
            return [text.replace("\n", ".")]
        sentences: list[str] = SENTENCE_END.split(text)
        return sentences

    def _normal(self, phrase: str) -> str:
        """As :func:`normalize` has it, word by word: texts repeat words, and hardly a phrase."""
        normal_form, meaning = [], False
        for word in phrase.split(" "):
            known = self._known.get(word)
            if known is None:
                words = normal_words(word, self._language)
                known = " ".join(words), _means(words, self._stops)
                if len(self._known) == _MOST_KNOWN:
                    self._known.clear()
                self._known[word] = known
            if known[0]:
                normal_form.append(known[0])
                meaning = meaning or known[1]
        return " ".join(normal_form) if meaning else ""


def reads_whole(text: str, language: str) -> bool:
    """Whether a text need not be parted into sentences.

    Their ends part words as punctuation does; only a new line has to become some.
    """
    return language == ENGLISH and text.isascii()


def shortened(run: Sequence[Item]) -> list[Sequence[Item]]:
    """A run of words in pieces that the knob ``max_words`` lets through at first."""
    return [run[start : start + SHORTENED] for start in range(0, len(run), SHORTENED)]


@cache
def _ranker() -> type[Any]:
    """rake-nltk without its graph of all pairs of words, of which it only takes the sums.

    Imported here: it brings nltk, and reading a run must not wait for that. nltk imports scipy and
    scikit-learn where it finds them, which no ranking needs; a worker would wait longer for these two than
    for all the rest.
    """
    with _absent("scipy", "sklearn") if in_worker() else contextlib.nullcontext():
        from rake_nltk import Metric, Rake

    class Ranker(Rake):  # type: ignore[misc]
        def __init__(self) -> None:
            # Words and candidates are ours, so that nothing is downloaded.
            super().__init__(
                stopwords={_BREAK},
                punctuations={_BREAK},
                ranking_metric=Metric.DEGREE_TO_FREQUENCY_RATIO,
                sentence_tokenizer=SENTENCE_END.split,
                word_tokenizer=str.split,
            )

        def _generate_phrases(self, sentences: list[tuple[str, ...]]) -> list[tuple[str, ...]]:
            return sentences

        def _build_word_co_occurance_graph(self, phrase_list: list[tuple[str, ...]]) -> None:
            self.degree = dict.fromkeys(self.frequency_dist, 0)
            for words in phrase_list:
                for word in words:
                    self.degree[word] += len(words)

    return Ranker


@contextlib.contextmanager
def _absent(*packages: str) -> Iterator[None]:
    """Packages that nothing has imported yet look as if they were not installed."""
    hidden = [name for name in packages if name not in sys.modules]
    modules: dict[str, Any] = sys.modules
    modules.update(dict.fromkeys(hidden))
    try:
        yield
    finally:
        for name in hidden:
            del modules[name]


def rake(candidates: Collection[tuple[str, ...]]) -> list[str]:
    """Candidate phrases by their score: the sum over their words of degree / frequency.

    The degree of a word counts the words of every candidate that it stands in, itself among them, once
    for each time it stands there. Of equal scores, longer phrases say more; the alphabet settles the rest.

    Args:
        candidates: phrases as words, each once.
    """
    ranker = _ranker()()
    ranker.extract_keywords_from_sentences(list(candidates))
    scored = ranker.get_ranked_phrases_with_scores()
    ordered = sorted(scored, key=lambda item: (-item[0], -len(item[1]), item[1]))
    return [phrase for _, phrase in ordered]


def normalize(phrase: str, language: str = ENGLISH, stops: frozenset[str] | None = None) -> str:
    """Merge case, hyphen and (English) plural variants: ``Interest-Rates`` → ``interest rate``.

    Returns an empty string for what cannot be a concept: numbers, single letters, stop words.
    """
    stops = stop_words(language) if stops is None else stops
    words = normal_words(phrase, language)
    return " ".join(words) if _means(words, stops) else ""


def _means(words: Sequence[str], stops: Collection[str]) -> bool:
    """Whether one of the words can mean something by itself."""
    return any(is_wordlike(word) and word not in stops for word in words)


def normal_words(phrase: str, language: str) -> list[str]:
    """The words of a phrase in the form that variants of it share."""
    words = parts(lower(normal(phrase), language), language)
    return [singular(word) for word in words] if language == ENGLISH else words


def parts(phrase: str, language: str) -> list[str]:
    """The words of a phrase in small letters, hyphened ones apart."""
    if language == ENGLISH:
        words = _PART.findall(phrase.replace("'s", "").replace("’s", ""))
    else:
        words = _WHOLE.findall(phrase)
    return [word for word in words if len(word) <= _LONGEST_WORD]


def singular(word: str) -> str:
    """A cautious English singular: ``cities`` → ``city``; ``class``, ``gas``, ``analysis`` stay."""
    if len(word) <= 3 or not word.endswith("s") or word[-2:] in _UNCHANGED:
        return word
    if word.endswith("ies") and len(word) > 4:
        return word[:-3] + "y"
    if word.endswith(("sses", "shes", "ches", "xes", "zzes")):
        return word[:-2]
    return word[:-1]
