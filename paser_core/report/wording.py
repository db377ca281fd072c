"""Numbers and texts as the report prints them. Plain text; the templates escape."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

import regex

from paser_core import text as wording
from paser_core.language import is_unspaced
from paser_core.text import count as count
from paser_core.text import damage as damage
from paser_core.text import listed as listed
from paser_core.text import plural as plural
from paser_core.text import score as score
from paser_core.text import some_of as some_of

LONGEST_TEXT = 500  # characters of one field of a sample; a page of text explains no more
_SPACE = "\N{NO-BREAK SPACE}"


def share(part: float, whole: float = 1.0) -> str:
    """``0.2`` → ``20.0 %`` that stays on one line; a dash when there is no whole."""
    return wording.share(part, whole).replace(" ", _SPACE)


def excerpt(text: str, length: int = 90) -> str:
    """The beginning of a text on one line."""
    return wording.excerpt(text, length)


def last_part(path: str) -> str:
    """The last part of a path or a hub name."""
    return re.split(r"[/\\]", path.rstrip("/\\"))[-1] or path


def cut(text: str, length: int = LONGEST_TEXT) -> tuple[str, int]:
    """The first ``length`` characters, and how many were left out."""
    return text[:length], max(0, len(text) - length)


def split_at(text: str, phrases: Sequence[str]) -> list[str]:
    """The text in pieces: every second one is an occurrence of one of the phrases.

    Phrases are normalized concepts (lower case, singular, single spaces), so the pattern allows
    for a plural and for punctuation between words. A phrase that cannot be found splits nothing.
    """
    patterns = [_pattern(p) for p in sorted(phrases, key=len, reverse=True) if p]
    if not patterns:
        return [text]
    # Not `re`: vowel signs of Indic scripts are no part of its words, and ß has no capital there.
    pieces: list[str] = regex.split(
        f"({'|'.join(patterns)})", text, flags=regex.IGNORECASE | regex.FULLCASE
    )
    return pieces


def _pattern(phrase: str) -> str:
    words = phrase.split()
    # Scripts without spaces have nothing between words.
    between = r"[^\p{L}\p{M}\p{N}]" + ("*" if is_unspaced(phrase) else "+")
    inside = between.join(_word(w) for w in words)
    if is_unspaced(phrase):
        return inside
    return rf"(?<![\p{{L}}\p{{M}}\p{{N}}]){inside}(?![\p{{L}}\p{{M}}\p{{N}}])"


def _word(word: str) -> str:
    if not word.isascii():
        # As it is stored and as it may be written: accents apart from their letters.
        forms = {word, unicodedata.normalize("NFD", word)}
        return "(?:" + "|".join(sorted(map(re.escape, forms))) + ")"
    plural = rf"(?:{re.escape(word[:-1])}ies|{re.escape(word)})" if word.endswith("y") else None
    return plural or rf"{re.escape(word)}(?:['’]?s|es)?"
