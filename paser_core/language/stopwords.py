"""Stop words of a language: our own list for English, those of stopwords-iso for the others."""

from __future__ import annotations

from functools import cache

from paser_core.language.english import STOP_WORDS
from paser_core.language.words import ENGLISH, lower, normal


@cache
def languages() -> frozenset[str]:
    """ISO 639-1 codes of the languages that have a list."""
    import stopwordsiso

    return frozenset(stopwordsiso.langs()) | {ENGLISH}


@cache
def stop_words(language: str) -> frozenset[str]:
    """The list of one language in small letters; empty where there is none.

    English is our own: it has the words of instructions besides, and no content words.
    """
    if language == ENGLISH:
        return STOP_WORDS
    import stopwordsiso

    listed = {lower(normal(word), language) for word in stopwordsiso.stopwords(language)}
    # Some lists hold digits. Entries of several words would make stop words of their parts.
    return frozenset(w for w in listed if " " not in w and any(map(str.isalpha, w)))
