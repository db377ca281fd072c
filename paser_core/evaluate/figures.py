"""Shares with their intervals, pass@k, bits per byte, chance."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence

from paser_core.evaluate.task import Figure, Item

_Z = 1.96  # 95 %


def wilson(share: float, n: int, z: float = _Z) -> tuple[float, float]:
    """Score interval of a share (Wilson 1927); unlike p ± 2 se it is honest near 0 and 1.

    Args:
        share: of right answers.
        n: answers; at least one.
        z: quantile of the normal distribution; that of 95 %.

    Returns:
        Its lower and upper limit.
    """
    middle = (share + z * z / (2 * n)) / (1 + z * z / n)
    half = z / (1 + z * z / n) * math.sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    return max(0.0, middle - half), min(1.0, middle + half)


def pass_at(k: int, n: int, right: int) -> float:
    """Probability that at least one of ``k`` answers is right, of ``n`` drawn ones so many were.

    1 − C(n−c, k) / C(n, k), the unbiased estimate (Chen et al. 2021, arXiv 2107.03374, section 2.1).

    Raises:
        ValueError: there are fewer than ``k`` answers; no k can be estimated from them.
    """
    if not 1 <= k <= n:
        raise ValueError(f"pass@{k} of {n} answers")
    return 1.0 - math.comb(n - right, k) / math.comb(n, k)


def bits_per_byte(nats: float, text_bytes: float) -> float | None:
    """−log₂ p of a text, by the bytes of its UTF-8 form; None of an empty text."""
    return nats / math.log(2) / text_bytes if text_bytes else None


def chance_of(expected: Sequence[str | None]) -> float | None:
    """What the best fixed answer would score: the share of the most frequent expected answer.

    Compared without case, white space and a final full stop. None where no answer is known.
    """
    if not expected or any(text is None for text in expected):
        return None
    folded = Counter(fold(str(text)) for text in expected)
    return max(folded.values()) / len(expected)


def fold(text: str) -> str:
    """A text without what does not count: case, white space, a final full stop."""
    return " ".join(text.casefold().split()).rstrip(".")


def figure_of(items: Sequence[Item], *, exact: bool) -> Figure:
    """The mean score of items with its interval. ``exact``: answers are compared as texts."""
    scores = [item.score or 0.0 for item in items]
    share = sum(scores) / len(items)
    low, high = wilson(share, len(items))
    bits = [item.bits_per_byte for item in items if item.bits_per_byte is not None]
    return Figure(
        n=len(items),
        score=share,
        low=low,
        high=high,
        chance=chance_of([item.expected for item in items]) if exact else 0.0,
        bits_per_byte=sum(bits) / len(bits) if bits else None,
    )


def by_capability(items: Sequence[Item]) -> Mapping[str, list[Item]]:
    """Items by their capability, in the order in which these come first."""
    groups: dict[str, list[Item]] = defaultdict(list)
    for item in items:
        if item.capability is not None:
            groups[item.capability].append(item)
    return groups
