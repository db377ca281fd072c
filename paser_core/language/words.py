"""Words of every language: the one tokenizer of names, keywords, concepts and search.

Words are runs of letters, marks and digits. The marks matter: Python's ``\\w`` has neither the vowel
signs of Indic scripts nor combining accents, and tears words at them. Scripts that write no spaces
are segmented by ICU (dictionaries for Thai, Lao, Khmer, Burmese, Chinese and Japanese).
"""

from __future__ import annotations

import re
import string
import unicodedata
from collections.abc import Iterator, Sequence, Set
from functools import lru_cache

import regex

ENGLISH = "en"
BREAKS = frozenset(string.punctuation)  # tokens that are no words; other signs become a comma

# A zero-width (non-)joiner belongs to the word it stands in: Persian, and most Indic scripts. Possessive
# runs of one set: a group for each letter, which might give it back, takes twice the time.
_INSIDE = r"[\p{L}\p{M}\p{N}]"
_RUN = rf"[\p{{L}}\p{{N}}]{_INSIDE}*+(?:[\u200c\u200d]++{_INSIDE}++)*+(?:(?<=\p{{M}})\u200d)?"
_TOKEN = regex.compile(rf"{_RUN}(?:[-‐‑'’ʼ·]{_RUN})*|[^\p{{L}}\p{{M}}\p{{N}}\p{{C}}\s_]")
_ASCII_TOKEN = re.compile(r"[A-Za-z0-9]+(?:[-'][A-Za-z0-9]+)*|[!-/:-@\[-^`{-~]")
# A text with no other characters than these has the same words by Python's own classes, which take a third of
# the time: no marks, no joiners, no script without spaces, nothing that Unicode has got since.
USUAL = (
    r"\t-\r -~\xa0-\xac\xae-\u024f\u0391-\u03a1\u03a3-\u03e1\u0400-\u0481\u048a-\u052f\u2010-\u2027"
    r"\u2030-\u205e\u2070\u2071\u2074-\u208e\u20a0-\u20bf\u2100-\u218b\u2190-\u23ff\u2500-\u2b73"
)
_UNUSUAL = re.compile(f"[^{USUAL}]")
_USUAL_TOKEN = re.compile(r"[^\W_]+(?:[-‐‑'’ʼ·][^\W_]+)*|[^\w\s]")
_UNSPACED = regex.compile(r"[\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}\p{Han}\p{Hiragana}\p{Katakana}]")
_LETTER = regex.compile(r"\p{L}")
# One character of these is a word; one letter of an alphabet hardly ever is.
_LOGOGRAM = regex.compile(r"[\p{Han}\p{Hangul}]")
# Soft hyphens, marks of direction, variation selectors and Arabic stretching: seen by nobody.
INVISIBLE = re.compile(
    r"[\u00ad\u0640\u180e\u200e\u200f\u202a-\u202e\u2060-\u2069\ufe00-\ufe0f\ufeff]"
)
# Full-width letters, ligatures and the old forms of Arabic letters. Only these: the compatibility
# form of other characters (the Thai vowel am) tears words.
COMPATIBLE = r"[\uff00-\uffef\ufb00-\ufdff\ufe70-\ufefc]"
_COMPATIBLE = regex.compile(f"{COMPATIBLE}+")
DOTTED = ("tr", "az")  # where i and ı are two letters
_ELIDING = ("fr", "it", "ca", "oc")  # where an apostrophe stands between two words
_PARTS = re.compile(r"[-‐‑'’ʼ·]")
_APOSTROPHE = re.compile(r"['’ʼ]")


def normal(text: str) -> str:
    """The text with composed accents (NFC), without characters that nobody sees."""
    if text.isascii():
        return text
    text = INVISIBLE.sub("", text)
    text = _COMPATIBLE.sub(lambda run: unicodedata.normalize("NFKC", run.group()), text)
    return unicodedata.normalize("NFC", text)


def lower(text: str, language: str | None = None) -> str:
    """Small letters as the language writes them: ``ß`` and a final sigma stay what they are."""
    if language in DOTTED:
        text = text.replace("İ", "i").replace("I", "ı")
    text = text.lower()
    # A capital dotted I leaves its dot behind.
    return text if text.isascii() else unicodedata.normalize("NFC", text.replace("i̇", "i"))


def fold(text: str) -> str:
    """What two spellings of one word have in common: ``STRASSE`` and ``Straße``, ``ı`` and ``I``."""
    if text.isascii():
        return text.lower()
    return unicodedata.normalize("NFC", normal(text).casefold().replace("i̇", "i").replace("ı", "i"))


def tokens(text: str, language: str | None = None) -> list[str]:
    """The words of a text in small letters; one of :data:`BREAKS` for punctuation and symbols."""
    text = lower(normal(text), language)
    if language not in _ELIDING:
        if text.isascii():
            return _ASCII_TOKEN.findall(text)
        if not _UNUSUAL.search(text):
            found = _USUAL_TOKEN.findall(text)
            return [word if word[0].isalnum() or len(word) > 1 else "," for word in found]
    return list(_split(text, language))


def located(text: str, language: str | None = None) -> list[tuple[str, int, int]]:
    """The same tokens of a text that is in small letters already, with where they begin and end."""
    if text.isascii() and language not in _ELIDING:
        return [(m.group(), m.start(), m.end()) for m in _ASCII_TOKEN.finditer(text)]
    found = []
    for match in _TOKEN.finditer(text):
        end = match.start()
        for piece in _split(match.group(), language):  # they follow each other
            if piece == ",":
                found.append((piece, end, match.end()))
                continue
            start = text.index(piece, end)
            end = start + len(piece)
            found.append((piece, start, end))
    return found


def words(text: str, language: str | None = None) -> list[str]:
    """The words of a text in small letters."""
    return [token for token in tokens(text, language) if token not in BREAKS]


def content_words(text: str, language: str | None, stop_words: Set[str]) -> list[str]:
    """The words of a text that say what it is about: no stop words, numbers or single letters.

    `self-driving` is two words.
    """
    return [
        word
        for token in tokens(text, language)
        for word in _contents(token)
        if word not in stop_words
    ]


@lru_cache(maxsize=1 << 16)
def _contents(token: str) -> tuple[str, ...]:
    """The parts of a token that can say what a text is about, before stop words."""
    if token in BREAKS:
        return ()
    return tuple(w for w in _PARTS.split(token) if is_wordlike(w) and not w[0].isdigit())


def common_start(texts: Sequence[str]) -> int:
    """How many characters all of the texts begin with."""
    # What the first and the last in order have in common, all between them have.
    first, last = min(texts), max(texts)
    low, high = 0, min(len(first), len(last))
    while low < high:
        middle = (low + high + 1) // 2
        if first[low:middle] == last[low:middle]:
            low = middle
        else:
            high = middle - 1
    return low


def is_unspaced(text: str) -> bool:
    """Whether a text has letters of a script that puts no spaces between words."""
    return not text.isascii() and _UNSPACED.search(text) is not None


def is_wordlike(word: str) -> bool:
    """Whether a word can mean something by itself: letters, and more than one of an alphabet."""
    if len(word) == 1:
        return not word.isascii() and _LOGOGRAM.match(word) is not None
    return not word.isdigit() and (word.isalpha() or _LETTER.search(word) is not None)


def joined(phrase: str) -> str:
    """A phrase as it is written: no spaces inside scripts that have none."""
    if not is_unspaced(phrase):
        return phrase
    shown = ""
    for word in phrase.split():
        together = shown and is_unspaced(shown[-1:]) and is_unspaced(word[:1])
        shown += word if together or not shown else f" {word}"
    return shown


def _split(text: str, language: str | None) -> Iterator[str]:
    for token in _TOKEN.findall(text):
        if not (token[0].isalnum() or len(token) > 1):
            yield ","
        elif is_unspaced(token):
            yield from _segments(token)
        elif language in _ELIDING:
            yield from _APOSTROPHE.split(token)
        else:
            yield token


def _segments(run: str) -> Iterator[str]:
    # Imported here: only texts in such scripts need it.
    from icu4py.breakers import WordBreaker

    for piece in WordBreaker(run, "und"):
        if piece[0].isalnum():
            yield piece
