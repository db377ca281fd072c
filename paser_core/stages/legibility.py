"""Whether an encoder can read the texts: what it cuts, what it does not know, what it mixes up.

Asked before any vector is made, so that a pool in a script that the encoder does not know is one
sentence and not one cluster. Clusters never rest on equal vectors of different texts: a text that
the encoder cannot tell from another, or hardly knows a word of, gets no vector and says why.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from paser_core.errors import DataError, ModelError
from paser_core.language import (
    LATIN,
    SYMBOLS,
    UNKNOWN,
    common_start,
    fold,
    main_script,
    scripts,
    words,
)
from paser_core.notices import Notice, Severity
from paser_core.protocols import Reading
from paser_core.stages.equal_vectors import equal_vectors
from paser_core.text import count as written
from paser_core.text import excerpt, listed, plural, share

_UNREAD = 0.5  # share of unknown tokens above which a text is not read at all
_HARDLY = 0.01  # share of unknown tokens of a pool that is worth no words
_SPELLED = 0.5  # share of one-letter tokens above which words are spelled, not known
_FEWEST = 3  # texts that can be told apart; below that there is nothing to cluster
_LEAST = 0.1  # of the texts: a run on fewer of them would speak of something else than the pool
_MANY_SCRIPTS = ("paraphrase-multilingual-MiniLM-L12-v2", "intfloat/multilingual-e5-small")
_FOR_ENGLISH = re.compile(r"(?:^|/)all-(?:MiniLM|mpnet|distilroberta)|-en(?:$|-)", re.IGNORECASE)
_ACCENTED = (LATIN, "Greek", "Cyrillic")  # where a word without its accents is the word still
# The scripts of the hundred languages that these were trained on.
_THEIRS = frozenset(
    (
        *("Latin", "Cyrillic", "Greek", "Arabic", "Hebrew", "Devanagari", "Bengali", "Gurmukhi"),
        *("Gujarati", "Oriya", "Tamil", "Telugu", "Kannada", "Malayalam", "Sinhala", "Thai", "Lao"),
        *("Khmer", "Myanmar", "Georgian", "Armenian", "Ethiopic", "Hangul", "Chinese", "Japanese"),
    )
)


@dataclass(frozen=True)
class Legibility:
    """What is known of ``n`` distinct texts before they are encoded."""

    problems: tuple[str | None, ...]  # (n,) why a text gets no vector
    # Texts that begin alike for as long as the encoder reads: their ends tell them apart.
    alike: tuple[tuple[int, ...], ...]
    notices: tuple[Notice, ...]


def judge(texts: Sequence[str], reading: Reading, name: str) -> Legibility:
    """Judge ``n`` distinct texts by what the encoder ``name`` reads of them.

    Raises:
        ModelError: nearly none of them can be told from the others.
    """
    tokens = np.maximum(reading.tokens, 1)
    window = reading.window
    cut = reading.tokens > window if window is not None else np.zeros(len(texts), bool)
    problems: list[str | None] = [None] * len(texts)
    for row in np.flatnonzero(reading.unknown > _UNREAD * tokens).tolist():
        problems[row] = (
            f"The encoder {name} does not know {share(reading.unknown[row], tokens[row])} of the "
            "tokens of this text; choose another embedding.model."
        )
    alike: list[tuple[int, ...]] = []
    for rows in _groups(reading.read):
        readable = [row for row in rows if problems[row] is None]
        if len(readable) < 2:
            continue
        if same_words([texts[row] for row in readable]) and not reading.unknown[readable].any():
            continue  # named once the vectors are there
        if all(cut[row] for row in readable):
            alike.append(tuple(readable))
        else:
            for row in readable:
                problems[row] = mixed_up(name, len(readable))
    lost = [row for row, problem in enumerate(problems) if problem is not None]
    left = len(texts) - len(lost)
    if lost and left < max(_FEWEST, _LEAST * len(texts)):
        raise ModelError(_unknown_text(texts, reading, name, lost))
    return Legibility(
        tuple(problems),
        tuple(alike),
        (
            *_unknown_notices(texts, reading, name, lost),
            *_spelled_notices(texts, reading, name),
            *_cut_notices(cut, window, name, sum(map(len, alike))),
        ),
    )


def endings(texts: Sequence[str], rows: Sequence[int]) -> dict[int, str]:
    """What follows in each of some texts where they stop being equal; nothing for an end."""
    common = common_start([texts[row] for row in rows])
    inside = any(texts[row][common : common + 1].isalnum() for row in rows)
    while inside and common and texts[rows[0]][common - 1].isalnum():  # whole words
        common -= 1
    return {row: tail for row in rows if (tail := texts[row][common:].strip())}


def mixed_up(name: str, number: int) -> str:
    """The problem of a text that is one of ``number`` with equal vectors."""
    return (
        f"The encoder {name} cannot tell this text from {plural(number - 1, 'other')}; choose "
        "another embedding.model."
    )


def equal_notices(mixed: int, same: int, n: int, name: str) -> list[Notice]:
    """Said of different texts whose vectors are equal: mixed up, or the same words in fact.

    Args:
        mixed: texts that have the vector of another that says something else.
        same: texts that have the vector of another that says the same.
        n: different texts.
        name: of the encoder.
    """
    notices = []
    if mixed:
        text = (
            f"The encoder {name} gives {written(mixed)} of {written(n)} different texts the vector "
            "of another; they have no cluster. Choose another embedding.model."
        )
        notices.append(Notice("encoder-equal", text, count=mixed, total=n))
    if same:
        text = (
            f"{written(same)} of {written(n)} different texts have the vector of another: they "
            "differ in case, blanks, punctuation or accents only, which the encoder does not see."
        )
        notices.append(Notice("encoder-same", text, Severity.INFO, count=same, total=n))
    return notices


def precomputed_notices(
    vectors: NDArray[np.floating], texts: Sequence[str], at: NDArray[np.int64] | None = None
) -> list[Notice]:
    """Said of vectors that the user brought, where different texts have equal ones.

    Args:
        vectors: ``(n, d)``.
        texts: ``(m,)``.
        at: ``(m,)`` the row of the vector of each text; None: they are one for one.

    Raises:
        DataError: there are not even three different vectors.
    """
    first: dict[str, int] = {}
    for row, text in enumerate(texts):
        first.setdefault(text, row)
    rows, said = list(first.values()), list(first)
    del first
    places = np.array(rows) if at is None else at[rows]
    groups = equal_vectors(vectors, said, at=places)
    mixed = [g for g in groups if not same_words([said[i] for i in g])]
    number = sum(map(len, mixed))
    if len(rows) - number + len(mixed) < min(_FEWEST, len(rows)):
        raise DataError(
            f"{written(number)} of {written(len(rows))} different texts have the same precomputed "
            "vector, so there is nothing to cluster; make the vectors again, or set "
            "embedding.precomputed to null to compute them here."
        )
    same = sum(map(len, groups)) - number
    notices = equal_notices(0, same, len(rows), "")
    if mixed:
        text = (
            f"{written(number)} of {written(len(rows))} different texts have a precomputed vector "
            f"that another text has too (“{excerpt(said[mixed[0][0]], 40)}” and others): what sets "
            "them apart is not in their clusters. Make the vectors again with an encoder that "
            "tells them apart."
        )
        notices.append(Notice("equal-vectors", text, count=number, total=len(rows)))
    return notices


def language_notices(others: Counter[str], n: int, name: str) -> list[Notice]:
    """Said where an encoder for English reads other languages; ``others`` counts their texts."""
    number = others.total()
    if not _FOR_ENGLISH.search(name) or 10 * number < n:
        return []
    known = Counter({code: count for code, count in others.items() if code != UNKNOWN})
    told = ", ".join(f"{code} {written(count)}" for code, count in known.most_common(4))
    parts = [f"{written(known.total())} of {written(n)} texts are in other languages ({told})"]
    if unread := number - known.total():
        parts = parts[: len(known)]
        parts.append(
            f"{written(unread)} of {written(n)} are in no language that is known here, as which code and "
            "formulas count, and these it reads"
        )
    text = (
        f"The encoder {name} was trained on English; {listed(parts)}. Texts in other languages it groups "
        f"less well. {_advice(Counter())}"
    )
    return [Notice("encoder-english", text, count=number, total=n)]


def same_words(texts: Sequence[str]) -> bool:
    """Whether texts differ in case, blanks, punctuation or (Latin) accents only."""
    return len({_bare(text) for text in texts}) == 1


def _bare(text: str) -> str:
    said = fold(" ".join(words(text)))
    if main_script(text) in _ACCENTED:
        said = "".join(
            c for c in unicodedata.normalize("NFD", said) if not unicodedata.combining(c)
        )
    # A text without words is its signs.
    return said or text


def _groups(keys: Sequence[bytes]) -> list[list[int]]:
    groups: dict[bytes, list[int]] = defaultdict(list)
    for row, key in enumerate(keys):
        groups[key].append(row)
    return [rows for rows in groups.values() if len(rows) > 1]


def _unknown_notices(
    texts: Sequence[str], reading: Reading, name: str, lost: Sequence[int]
) -> list[Notice]:
    if not lost and reading.unknown.sum() <= _HARDLY * reading.tokens.sum():
        return []
    text = _unknown_text(texts, reading, name, lost)
    return [Notice("encoder-unknown", text, count=len(lost), total=len(texts))]


def _unknown_text(texts: Sequence[str], reading: Reading, name: str, lost: Sequence[int]) -> str:
    """Which share of the tokens is unknown, in which scripts, what follows, and what to do."""
    unknown: Counter[str] = Counter()
    tokens: Counter[str] = Counter()
    for row in {*np.flatnonzero(reading.unknown).tolist(), *lost}:
        script = _blamed(texts[row])
        unknown[script] += int(reading.unknown[row])
        tokens[script] += int(reading.tokens[row])
    parts = "; ".join(
        f"{script}: {share(count, tokens[script])}" for script, count in unknown.most_common(4)
    )
    total = share(int(reading.unknown.sum()), int(reading.tokens.sum()))
    text = f"The encoder {name} does not know {total} of the tokens ({parts})."
    if lost:
        text += (
            f" It cannot tell {written(len(lost))} of {written(len(texts))} texts from others, so "
            "they have no cluster."
        )
    return f"{text} {_advice(unknown)}"


def _blamed(text: str) -> str:
    """The script that is the likely cause: the main one of those that are not Latin."""
    found = scripts(text)
    foreign = [script for script, _ in found.most_common() if script != LATIN]
    if foreign:
        return foreign[0]
    return SYMBOLS if not text.isascii() else LATIN


def _spelled_notices(texts: Sequence[str], reading: Reading, name: str) -> list[Notice]:
    spelled = reading.single > _SPELLED * np.maximum(reading.tokens, 1)
    by_script = Counter(main_script(texts[row]) for row in np.flatnonzero(spelled).tolist())
    # A character of Chinese is a word, and short formulas are letters.
    for script in ("Chinese", "Japanese", LATIN, SYMBOLS):
        by_script.pop(script, None)
    number = by_script.total()
    if number == 0:
        return []
    text = (
        f"The encoder {name} knows hardly a word of {listed(sorted(by_script))}: it spells "
        f"{written(number)} of {written(len(texts))} texts letter by letter, so that their clusters "
        f"say little about their meaning. {_advice(by_script)}"
    )
    return [Notice("encoder-spells", text, count=number, total=len(texts))]


def _cut_notices(cut: NDArray[np.bool_], window: int | None, name: str, alike: int) -> list[Notice]:
    number = int(cut.sum())
    if not number:
        return []
    text = (
        f"{written(number)} of {written(len(cut))} texts {'is' if number == 1 else 'are'} longer than "
        f"the {window} tokens that the encoder {name} reads; the rest is not seen."
    )
    if alike:
        text += f" {written(alike)} of them begin alike and are told apart by what follows."
    severity = Severity.WARNING if number > 0.2 * len(cut) else Severity.INFO
    return [Notice("encoder-cut", text, severity, count=number, total=len(cut))]


def _advice(by_script: Counter[str]) -> str:
    names = " or ".join(_MANY_SCRIPTS)
    read = [script for script, _ in by_script.most_common() if script in _THEIRS]
    if read or not by_script:
        what = listed(read[:3]) or "them"
        return f"Set embedding.model to an encoder that reads {what}, such as {names}."
    return (
        f"Set embedding.model to an encoder that reads them ({names} read a hundred languages), or "
        "embedding.precomputed to vectors of your own."
    )
