"""Why a sample was rejected: the offending pairs, and who brought their concepts in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple


class Conflict(NamedTuple):
    """Two concepts that are both known, but never occurred together."""

    # A tuple, not a dataclass: an export makes millions.

    first: str
    second: str
    first_from: int  # row of the accepted sample that brought the concept in
    second_from: int


@dataclass(frozen=True)
class Evidence:
    """What speaks against one rejected sample, at the moment of its rejection."""

    row: int
    conflicts: tuple[Conflict, ...]
    without: tuple[str, ...]  # a smallest set of concepts without which it would have been accepted

    @property
    def blockers(self) -> tuple[int, ...]:
        """Rows of the accepted samples that brought the offending concepts in, each once."""
        return blockers_of(self.conflicts)


def blockers_of(conflicts: Sequence[Conflict]) -> tuple[int, ...]:
    """Rows of the accepted samples that brought the concepts of these conflicts in, each once."""
    return tuple(dict.fromkeys(r for c in conflicts for r in (c.first_from, c.second_from)))


def smallest_cover(pairs: Sequence[tuple[int, int]]) -> tuple[int, ...]:
    """A smallest set of concepts that touches every pair; of several the first in order of mention.

    A concept is in the cover, or every partner of it is: trying both, in order, with a rising limit
    on the size finds that set without going through all the others.
    """
    if not pairs:
        return ()
    for concept in pairs[0]:  # mostly one is enough
        if all(concept in pair for pair in pairs):
            return (concept,)
    partners: dict[int, set[int]] = {}
    for a, b in pairs:
        partners.setdefault(a, set()).add(b)
        partners.setdefault(b, set()).add(a)
    for size in range(2, len(partners) + 1):
        cover = _cover(list(partners), partners, frozenset(), size)
        if cover is not None:
            return tuple(c for c in partners if c in cover)
    return ()


def _cover(
    undecided: list[int], partners: dict[int, set[int]], chosen: frozenset[int], size: int
) -> frozenset[int] | None:
    """``chosen`` extended by ``undecided`` concepts to a cover of at most ``size``; None if none is."""
    if len(chosen) > size:
        return None
    for place, concept in enumerate(undecided):
        missing = partners[concept] - chosen
        if concept in chosen or not missing:
            continue
        rest = undecided[place + 1 :]
        return _cover(rest, partners, chosen | {concept}, size) or _cover(
            rest, partners, chosen | missing, size
        )
    return chosen
