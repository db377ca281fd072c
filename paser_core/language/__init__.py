"""Words and languages: one tokenizer for names, keywords, concepts and search."""

from paser_core.language.detect import UNKNOWN
from paser_core.language.noise import plain
from paser_core.language.scripts import LATIN, SYMBOLS, main_script, scripts
from paser_core.language.speech import Speech, Told
from paser_core.language.stopwords import languages, stop_words
from paser_core.language.traced import Traced
from paser_core.language.words import (
    BREAKS,
    ENGLISH,
    common_start,
    content_words,
    fold,
    is_unspaced,
    is_wordlike,
    joined,
    lower,
    normal,
    tokens,
    words,
)

__all__ = [
    "BREAKS",
    "ENGLISH",
    "LATIN",
    "SYMBOLS",
    "UNKNOWN",
    "Speech",
    "Told",
    "Traced",
    "common_start",
    "content_words",
    "fold",
    "is_unspaced",
    "is_wordlike",
    "joined",
    "languages",
    "lower",
    "main_script",
    "normal",
    "plain",
    "scripts",
    "stop_words",
    "tokens",
    "words",
]
