"""The languages of a pool, text by text, and the stop words that go with them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from paser_core.engines.local import LOCAL
from paser_core.engines.processes import PROCESSES
from paser_core.language.detect import languages_of
from paser_core.language.noise import plain
from paser_core.language.stopwords import stop_words
from paser_core.language.words import words
from paser_core.lazy import LazyTexts

_EVERYWHERE = 0.25  # a word in this share of the texts of a language is taken for a stop word
_ENOUGH = 12  # texts: fewer say nothing about what is everywhere
_MANY = 20_000  # texts: to find out takes longer than starting processes for it
_READ = 2_000  # characters of a text whose words are counted
_LABEL = 8  # samples with one answer: a label, whose language is not theirs


@dataclass(frozen=True)
class Speech:
    """What language each text is in."""

    languages: tuple[tuple[str, ...], ...]  # (n,) codes, one for each script, the main one first
    # Frequent words of the texts whose language has no list.
    frequent: frozenset[str] = field(default=frozenset())

    @classmethod
    def of(cls, texts: Sequence[str], language: str | None = None) -> Speech:
        """Find out, or take ``language`` (ISO 639-1) for every text; markup is not read."""
        if language is None:
            found = languages_of(texts, PROCESSES if len(texts) >= _MANY else LOCAL)
        else:
            found = [(language,)] * len(texts)
        unlisted = [
            text
            for text, codes in zip(texts, found, strict=True)
            if any(not stop_words(code) for code in codes)
        ]
        return cls(tuple(found), _frequent(unlisted))

    @property
    def counts(self) -> Counter[str]:
        """Texts by their main language."""
        return Counter(codes[0] for codes in self.languages)

    def stop_words(self, codes: tuple[str, ...]) -> frozenset[str]:
        """Those of a text with these languages."""
        lists = [stop_words(code) for code in codes]
        return frozenset[str]().union(*lists, () if all(lists) else self.frequent)


class Told(LazyTexts):
    """What the language of each sample is told by: the question first, then its answer.

    Put together when it is asked for: it would be all the data once more.

    Args:
        asked: ``(n,)`` questions without what many samples share.
        whole: ``(n,)`` questions as they came: "What is" may be all that says in which language.
        answers: ``(n,)``; one that many samples have is a label and says nothing.
    """

    def __init__(self, asked: Sequence[str], whole: Sequence[str], answers: Sequence[str]) -> None:
        self._asked, self._whole, self._answers = asked, whole, answers
        self._labels = {text for text, times in Counter(answers).items() if times >= _LABEL}

    def __len__(self) -> int:
        return len(self._asked)

    def __iter__(self) -> Iterator[str]:
        return map(self._told, self._asked, self._whole, self._answers)

    def _text(self, place: int) -> str:
        return self._told(self._asked[place], self._whole[place], self._answers[place])

    def _told(self, short: str, long: str, answer: str) -> str:
        parts = [short] if short == long else [short, long]
        return "\n".join(parts if answer in self._labels else [*parts, answer])


def _frequent(texts: Sequence[str]) -> frozenset[str]:
    if len(texts) < _ENOUGH:
        return frozenset()
    counts = Counter(word for text in texts for word in set(words(plain(text[:_READ]))))
    return frozenset(word for word, count in counts.items() if count >= _EVERYWHERE * len(texts))
