"""What many samples share word for word: system prompts, templates, few-shot examples.

It tells no samples apart, and it fills the window of an encoder before the question begins. A piece
is left out where it is long for how many share it:

====================  ===============================
share of the texts    characters that it needs
====================  ===============================
90 %                  6
25 %                  100
5 %, and 8 texts      200
====================  ===============================

Short pieces that some samples share (``Translate to French:``) are what is asked, and stay. Beginnings
and ends are found by splitting the texts into groups with the same next words, lines and sentences
between them by counting. Every text is read a fixed number of times: the time is linear in the text,
times the number of different boilerplates of a pool (each needs a twentieth of it).
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain

import regex

from paser_core.language import common_start
from paser_core.notices import Notice, Severity
from paser_core.text import count as written
from paser_core.text import excerpt

_TIERS = ((0.9, 6), (0.25, 100), (0.05, 200))  # share of the texts, characters
_FEWEST = 8  # texts that share a piece: fewer are near-duplicates, not a template
_TOGETHER = 0.95  # of the texts with the beginning of a piece, how many have to have its end
_MOST_GROUPS = 300  # that are followed: what is found is true, and the time stays bounded
_BLOCK = 10_000  # texts after which what is rare is forgotten
_LONGEST = 40_000  # characters of a text that are compared

_WORD = r"(?:(?![\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}\p{Han}\p{Hiragana}\p{Katakana}])[\p{L}\p{M}\p{N}])+"
# A word, a sign, or a letter of a script without spaces, with its marks; spaces before it.
_STEP = regex.compile(rf"\s*(?:{_WORD}|\S\p{{M}}*)|\s+")
# The same in a text that is turned around.
_STEP_BACK = regex.compile(rf"(?:{_WORD}|\p{{M}}*\S)\s*|\s+")
_UNIT = re.compile(r"[^\n.!?。！？।]*+(?:[.!?。！？।]++\s?|\n++|$)")
_SUBSTANCE = regex.compile(r"[\p{L}\p{N}\p{S}]")


@dataclass(frozen=True)
class Stripped:
    """Texts without what they share."""

    texts: tuple[str, ...]  # (n,)
    notices: tuple[Notice, ...]


def without_shared(texts: Sequence[str]) -> Stripped:
    """Leave out of each text what many texts share. Different texts stay different, none gets empty.

    Where two texts differ in nothing but their boilerplate, it follows the rest.
    """
    distinct = list(dict.fromkeys(texts))
    starts = _shared(distinct, _STEP)
    rest = [text[start:] for text, start in zip(distinct, starts, strict=True)]
    ends = _shared([text[::-1] for text in rest], _STEP_BACK)
    rest = [text[: len(text) - end] for text, end in zip(rest, ends, strict=True)]
    short = _kept_apart(distinct, _without_units(rest))
    changed = {old: new for old, new in zip(distinct, short, strict=True) if old != new}
    if not changed:
        return Stripped(tuple(texts), ())
    return Stripped(tuple(changed.get(text, text) for text in texts), (_notice(texts, changed),))


def _notice(texts: Sequence[str], changed: dict[str, str]) -> Notice:
    concerned = [text for text in texts if text in changed]
    gone = sum(len(text) - len(changed[text]) for text in concerned) / len(concerned)
    shown = excerpt(max(changed, key=lambda text: len(text) - len(changed[text])), 60)
    return Notice(
        "shared-text",
        f"{written(len(concerned))} of {written(len(texts))} texts are embedded without what many "
        f"of them share (prompts, templates; {written(gone)} characters on average, as in "
        f"“{shown}”). Set embedding.shared to keep where it matters.",
        Severity.INFO,
        count=len(concerned),
        total=len(texts),
    )


def _is_shared(count: int, n: int, length: int) -> bool:
    return count >= _FEWEST and any(
        count >= share * n and length >= needed for share, needed in _TIERS
    )


def _shared(texts: Sequence[str], step: regex.Pattern[str]) -> list[int]:
    """``(n,)`` characters at the start of each text that enough of them share."""
    n = len(texts)
    texts = [text[:_LONGEST] for text in texts]
    fewest = max(_FEWEST, min(share for share, _ in _TIERS) * n)
    cut = [0] * n
    if n < fewest:
        return cut
    # The texts of a group are equal up to `end`; the piece they are in began at `begin`, with
    # `count` of them.
    groups = [(list(range(n)), 0, n, 0)]
    for _ in range(_MOST_GROUPS):
        if not groups:
            break
        members, begin, count, end = groups.pop(0)
        end = _together([texts[i] for i in members], end, step)
        if _is_shared(len(members), n, end - begin):
            for i in members:
                cut[i] = end
        branches: dict[str, list[int]] = defaultdict(list)
        for i in members:
            if match := step.match(texts[i], end):
                branches[match.group()].append(i)
        for piece, those in branches.items():
            if len(those) < fewest:
                continue
            if len(those) >= _TOGETHER * count:
                groups.append((those, begin, count, end + len(piece)))
            elif cut[those[0]] == end:  # behind boilerplate another piece begins
                groups.append((those, end, len(those), end + len(piece)))
            else:
                groups.append((those, begin, len(those), end + len(piece)))
    return cut


def _together(texts: Sequence[str], end: int, step: regex.Pattern[str]) -> int:
    """How far all texts are equal, in whole steps."""
    common = common_start(texts)
    if common == max(map(len, texts)):
        return common
    # A step that ends where they part may go on in one of them; one before it ends in all.
    while (match := step.match(texts[0], end)) and match.end() < common:
        end = match.end()
    return end


def _without_units(texts: list[str]) -> list[str]:
    """Without the runs of lines and sentences that enough texts share, wherever they stand."""
    n = len(texts)
    shared, having = _frequent_units(texts, max(_FEWEST, _TIERS[-1][0] * n))
    shorter = list(texts)
    for row in having:
        shorter[row] = _without_runs(texts[row], shared, n)
    return shorter


def _frequent_units(texts: list[str], fewest: float) -> tuple[dict[str, int], list[int]]:
    """The units that at least so many texts have with how many do, and the texts that may have one.

    Rare ones are forgotten on the way, or the sentences of a large pool would be counted all at once: each
    block takes one off every count (Manku & Motwani 2002), and what is left over is counted again.
    """
    counts: Counter[str] = Counter()
    blocks = range(0, len(texts), _BLOCK)
    for start in blocks:
        block = texts[start : start + _BLOCK]
        counts.update(chain.from_iterable(set(_units(text)) for text in block))
        counts = Counter({unit: count - 1 for unit, count in counts.items() if count > 1})
    some = {unit for unit, count in counts.items() if count >= fewest - len(blocks)}
    some = {unit for unit in some if len(unit) > 1}
    counts, having = Counter(), []
    for row, text in enumerate(texts if some else ()):
        if found := some.intersection(_units(text)):
            counts.update(found)
            having.append(row)
    return {unit: counts[unit] for unit in some if counts[unit] >= fewest}, having


def _without_runs(text: str, shared: dict[str, int], n: int) -> str:
    kept: list[str] = []
    run: list[str] = []
    least = n
    for unit in (*_UNIT.findall(text[:_LONGEST]), None):
        key = None if unit is None else unit.strip()
        if unit is not None and (not key or key in shared):
            run.append(unit)
            least = min(least, shared[key]) if key else least
            continue
        if not _is_shared(least, n, len("".join(run).strip())):
            kept += run
        elif kept and unit is not None:
            kept.append("\n")
        kept += [] if unit is None else [unit]
        run, least = [], n
    return "".join(kept) + text[_LONGEST:]


def _units(text: str) -> list[str]:
    return list(map(str.strip, _UNIT.findall(text[:_LONGEST])))


def _kept_apart(texts: Sequence[str], short: Sequence[str]) -> Sequence[str]:
    """The short texts, as long as they are worth reading and different from each other."""
    result = [
        old if old == new or not _SUBSTANCE.search(new) else new.strip()
        for old, new in zip(texts, short, strict=True)
    ]
    counts = Counter(result)
    result = [
        new if counts[new] == 1 or new == old else f"{new}\n{old}"
        for old, new in zip(texts, result, strict=True)
    ]
    return result if len(set(result)) == len(result) else texts
