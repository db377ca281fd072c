"""Which script a text is written in."""

from __future__ import annotations

import unicodedata
from collections import Counter
from functools import lru_cache

LATIN = "Latin"
SYMBOLS = "symbols and emoji"
_READ = 2_000  # characters of a text: enough to know its script
_NAMES = {
    "Cjk": "Chinese",
    "Ideographic": "Chinese",
    "Hiragana": "Japanese",
    "Katakana": "Japanese",
}
_NO_LETTERS = bytes(code for code in range(128) if not chr(code).isalpha())
_FORMS = ("FULLWIDTH", "HALFWIDTH", "MODIFIER", "MATHEMATICAL")


@lru_cache(maxsize=20_000)
def script_of(letter: str) -> str:
    """The script of one letter, by its Unicode name: ``Latin``, ``Thai``, ``Chinese`` (Han), …"""
    name = unicodedata.name(letter, "").split(" ")
    first = name[1] if name[0] in _FORMS and len(name) > 1 else name[0]
    return _NAMES.get(first.title(), first.title()) or "unknown"


def scripts(text: str) -> Counter[str]:
    """Letters of each script in the start of a text; empty where it has no letter."""
    text = text[:_READ]
    if text.isascii():
        letters = len(text.encode().translate(None, _NO_LETTERS))
        return Counter({LATIN: letters} if letters else {})
    return Counter(script_of(c) for c in text if c.isalpha())


def main_script(text: str) -> str:
    """The script that most letters of a text have."""
    found = scripts(text)
    return found.most_common(1)[0][0] if found else SYMBOLS
