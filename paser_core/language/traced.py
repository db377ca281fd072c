"""A text on its way to words, and where in the original each of its characters came from.

Words are read of texts without markup, in one Unicode form, in small letters; somebody who wants to see a
word in the text as it is needs the way back. Every change that :func:`plain`, :func:`normal` and
:func:`lower` make is made here by the same patterns, so that both come to the same text.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import regex

from paser_core.language.noise import Replacement, plain
from paser_core.language.words import COMPATIBLE, DOTTED, INVISIBLE, located

_COMPATIBLE = regex.compile(COMPATIBLE)
# What is composed together: a letter with its marks, the parts of a Hangul syllable.
_CLUSTER = regex.compile(r"\X")
_DOT_LEFT = re.compile("i̇")


@dataclass(frozen=True)
class Traced:
    """A text whose character ``i`` came from ``starts[i]`` to ``ends[i]`` of the original."""

    text: str
    starts: list[int]
    ends: list[int]

    @classmethod
    def of(cls, text: str) -> Traced:
        """A text that is the original."""
        return cls(text, list(range(len(text))), list(range(1, len(text) + 1)))

    @property
    def start(self) -> int:
        """Where it begins in the original."""
        return min(self.starts)

    @property
    def end(self) -> int:
        """Where it ends in the original."""
        return max(self.ends)

    def named(self, text: str) -> Traced:
        """Another text that stands where this one does."""
        many = len(text)
        return Traced(text, [self.start] * many, [self.end] * many)

    def part(self, start: int, end: int) -> Traced:
        """Some characters of it."""
        return Traced(self.text[start:end], self.starts[start:end], self.ends[start:end])

    def plain(self) -> Traced:
        """Without markup and other noise, as :func:`paser_core.language.plain` has it."""
        traced = self

        def substitute(pattern: re.Pattern[str], replacement: Replacement, text: str) -> str:
            nonlocal traced
            # Between two changes nothing else happens to the text.
            assert text == traced.text
            traced = traced.replaced(pattern, replacement)
            return traced.text

        text = plain(self.text, substitute)
        assert text == traced.text
        return traced

    def tokens(self, language: str | None) -> list[Traced]:
        """The tokens in small letters, as :func:`paser_core.language.tokens` finds them."""
        small = self._normal()._lower(language)
        found = []
        for token, start, end in located(small.text, language):
            there = small.part(start, end)
            # A sign of punctuation may be called by another one.
            found.append(there if there.text == token else there.named(token))
        return found

    def replaced(self, pattern: Any, replacement: Replacement | Callable[[Any], str]) -> Traced:
        """With every match of a pattern replaced: what is new came from all of the match.

        A replacement that begins with ``\\1`` leaves that group where it was.
        """
        text: list[str] = []
        starts: list[int] = []
        ends: list[int] = []
        done = 0

        def keep(start: int, end: int) -> None:
            text.append(self.text[start:end])
            starts.extend(self.starts[start:end])
            ends.extend(self.ends[start:end])

        for match in pattern.finditer(self.text):
            keep(done, match.start())
            done = match.end()
            new = replacement(match) if callable(replacement) else replacement
            if not callable(replacement) and new.startswith(r"\1"):
                new = new[2:]
                if match.start(1) >= 0:
                    keep(*match.span(1))
            elif new == match.group():
                keep(*match.span())
                continue
            if new and match.group():
                text.append(new)
                starts.extend([min(self.starts[match.start() : done])] * len(new))
                ends.extend([max(self.ends[match.start() : done])] * len(new))
        if not done:
            return self
        keep(done, len(self.text))
        return Traced("".join(text), starts, ends)

    def _normal(self) -> Traced:
        if self.text.isascii():
            return self
        seen = self.replaced(INVISIBLE, "")
        wide = seen.replaced(_COMPATIBLE, _compatible)
        return wide.replaced(_CLUSTER, _composed)

    def _lower(self, language: str | None) -> Traced:
        text = self.text
        if language in DOTTED:
            text = text.replace("İ", "i").replace("I", "ı")
        small = text.lower()
        if text.isascii():
            return Traced(small, self.starts, self.ends)
        # A letter may become two; which letter a small one is may hang on those around it, never how many.
        many = [len(letter.lower()) for letter in text]
        starts = [s for s, times in zip(self.starts, many, strict=True) for _ in range(times)]
        ends = [e for e, times in zip(self.ends, many, strict=True) for _ in range(times)]
        return Traced(small, starts, ends).replaced(_DOT_LEFT, "i").replaced(_CLUSTER, _composed)


def _compatible(letter: Any) -> str:
    return unicodedata.normalize("NFKC", letter.group())


def _composed(cluster: Any) -> str:
    return unicodedata.normalize("NFC", cluster.group())
