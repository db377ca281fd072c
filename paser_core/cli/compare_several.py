"""Three or more selections as aligned plain text: every two of them, and what each takes alone."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import numpy as np

from paser_core.cli.terminal import aligned
from paser_core.text import score

if TYPE_CHECKING:
    from paser_core.compare import Chosen, Several
    from paser_core.selection import Selection


def several_lines(chosen: Sequence[Chosen], made: Sequence[Selection | None]) -> list[str]:
    """The comparison in lines.

    Args:
        chosen: two to eight selections, the reference first.
        made: the selections themselves, of the run of the first one; None: not known.
    """
    from paser_core.compare import LETTERS, compare_several

    found = compare_several(chosen)
    letters = LETTERS[: len(chosen)]
    lines = [
        f"{letter}  {c.label}: {c.n:,} of {len(c.universe):,} samples"
        for letter, c in zip(letters, chosen, strict=True)
    ]
    lines += ["", f"{found.in_all:,} samples are in all, {found.in_any:,} in any.", *found.notes]
    lines += ["", "Jaccard index, by chance in parentheses", *aligned(_jaccard(found, letters))]
    lines += ["", "Samples in both", *aligned(_shared(found, letters))]
    return [*lines, "", *_alone(found, made, letters)]


def _jaccard(found: Several, letters: str) -> list[list[str]]:
    by_chance = found.chance_jaccard

    def cell(i: int, j: int) -> str:
        if i == j:
            return "–"
        told = score(float(found.jaccard[i, j]))
        return told if np.isnan(by_chance[i, j]) else f"{told} ({score(float(by_chance[i, j]))})"

    return _square(letters, cell)


def _shared(found: Several, letters: str) -> list[list[str]]:
    return _square(letters, lambda i, j: f"{found.shared[i, j]:,}")


def _square(letters: str, cell: Callable[[int, int], str]) -> list[list[str]]:
    places = range(len(letters))
    return [["", *letters]] + [[letters[i], *(cell(i, j) for j in places)] for i in places]


def _alone(found: Several, made: Sequence[Selection | None], letters: str) -> list[str]:
    """What each takes and the reference leaves, or all others; and the terms that made the difference."""
    from paser_core.compare import TERMS, Explained, alone_terms, pair_terms

    def line(told: str, explained: Explained) -> list[str]:
        counted = (len(explained.ids), *explained.counts)
        return [told, *(f"{number:,}" for number in counted)]

    heads = ["samples", *map(str, TERMS)]
    beside, alone = [["beside A: who takes, who leaves", *heads]], [["alone", *heads]]
    for k, letter in enumerate(letters):
        if k:
            for taker, leaver in ((k, 0), (0, k)):
                told = f"{letters[taker]} takes, {letters[leaver]} leaves"
                explained = pair_terms(found, made, taker=taker, leaver=leaver)
                beside.append(line(told, explained))
        alone.append(line(f"{letter} takes alone", alone_terms(found, made, k, taken=True)))
        alone.append(line(f"{letter} leaves alone", alone_terms(found, made, k, taken=False)))
    return [
        "Why it is left: by the score of who leaves it, by the seats of its cluster (quota), …",
        *aligned(beside),
        "",
        *aligned(alone),
    ]
