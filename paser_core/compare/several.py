"""Any number of selections side by side: every two of them, and what one takes or leaves alone."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from paser_core.compare.matching import matching
from paser_core.compare.overlap import compare
from paser_core.compare.sources import Chosen
from paser_core.errors import ConfigError

MOST = 8
"""Selections side by side: more lines than a reader tells apart, and 28 pairs."""
LETTERS = "ABCDEFGH"


@dataclass(frozen=True)
class Several:
    """Selections of one data set. What belongs to pairs is symmetric ``(s, s)``."""

    chosen: tuple[Chosen, ...]  # (s,)
    shared: NDArray[np.int64]  # samples in both; a selection's own size on the diagonal
    jaccard: NDArray[np.float64]  # 1 on the diagonal; NaN where both are empty
    chance: NDArray[np.float64]  # samples that blind draws of these sizes share; NaN: not known
    chance_low: NDArray[np.float64]  # 2.5 % and 97.5 % quantiles of that
    chance_high: NDArray[np.float64]
    taken_alone: tuple[tuple[str, ...], ...]  # (s,) ids that no other takes, in order of acceptance
    left_alone: tuple[
        tuple[str, ...], ...
    ]  # (s,) ids that all others take, in the order of the first
    in_all: int  # samples
    in_any: int
    notes: tuple[str, ...]  # what a reader has to know of how samples were matched

    @property
    def chance_jaccard(self) -> NDArray[np.float64]:
        """``(s, s)`` Jaccard index at the mean of what chance shares."""
        sizes = np.diag(self.shared).astype(np.float64)
        either = sizes[:, None] + sizes[None, :] - self.chance
        index: NDArray[np.float64] = self.chance / np.where(either > 0, either, np.nan)
        return index


def compare_several(chosen: Sequence[Chosen]) -> Several:
    """Compare every two of two to eight selections, and each with all others.

    Samples are matched with those of the first: within one data set by id, else by id and text.

    Raises:
        ConfigError: fewer or more selections than can be compared.
        ExportError: texts have to be compared, and those of an export are damaged.
    """
    s = len(chosen)
    if not 2 <= s <= MOST:
        raise ConfigError(
            f"{s} selections are named; there must be 2 to {MOST} to compare. Add one, or leave some out."
        )
    shared, jaccard = np.diag([c.n for c in chosen]).astype(np.int64), np.ones((s, s))
    chance = np.full((3, s, s), np.nan)
    notes: dict[str, None] = {}
    for i in range(s):
        jaccard[i, i] = 1.0 if chosen[i].n else np.nan
        for j in range(i + 1, s):
            pair = compare(chosen[i], chosen[j])
            shared[i, j] = shared[j, i] = len(pair.both)
            jaccard[i, j] = jaccard[j, i] = pair.jaccard
            if pair.chance is not None:
                drawn = (pair.chance.mean, pair.chance.low, pair.chance.high)
                chance[:, i, j] = chance[:, j, i] = drawn
            for sentence in (pair.matched.note, *pair.unmatched):
                if sentence is not None:
                    said = f"{LETTERS[i]} and {LETTERS[j]}, there called A and B: {sentence}"
                    notes[said if (i, j) != (0, 1) else sentence] = None
    keys = [_keys(chosen, k) for k in range(s)]
    times = Counter(key for own in keys for key in own)
    inside = [set(own) for own in keys]
    return Several(
        tuple(chosen),
        shared,
        jaccard,
        chance[0],
        chance[1],
        chance[2],
        tuple(tuple(i for i, key in own.items() if times[key] == 1) for own in _by_id(keys)),
        tuple(_left_alone(keys, inside, times, k) for k in range(s)),
        sum(number == s for number in times.values()),
        len(times),
        tuple(notes),
    )


_Key = tuple[str, int]


def _keys(chosen: Sequence[Chosen], k: int) -> list[_Key]:
    """What stands for the samples of one selection: the id, and apart where it is another sample."""
    different = matching(chosen[0], chosen[k]).different if k else frozenset()
    return [(i, k if i in different else 0) for i in chosen[k].ids]


def _by_id(keys: Sequence[Sequence[_Key]]) -> list[dict[str, _Key]]:
    return [{key[0]: key for key in own} for own in keys]


def _left_alone(
    keys: Sequence[Sequence[_Key]], inside: Sequence[set[_Key]], times: Counter[_Key], k: int
) -> tuple[str, ...]:
    first = keys[1 if k == 0 else 0]
    wanted = len(keys) - 1
    return tuple(key[0] for key in first if times[key] == wanted and key not in inside[k])
