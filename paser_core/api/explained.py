"""Why a sample is in or out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from paser_core.explain.whatif import Counterfactual, sentences
from paser_core.selection import Evidence, Selection, Status, reason_of
from paser_core.text import plural


@dataclass(frozen=True)
class Conflict:
    """Two concepts of a sample that accepted samples brought in, but never together."""

    concepts: tuple[str, str]
    brought_in_by: tuple[str, str]  # ids


@dataclass(frozen=True, repr=False)
class Explanation:
    """What became of one sample, why, and what would change it; ``str()`` is the reason."""

    id: str
    status: Status
    reason: str  # plain text
    evidence: tuple[Conflict, ...]  # against it, also while its turn has not come
    would_enter: int | None  # the budget from which on it is in; None: none is known
    what_if: tuple[str, ...]  # what would have to change, a sentence each

    @classmethod
    def of(cls, found: Counterfactual, selection: Selection, ids: Sequence[str]) -> Explanation:
        """What a selection tells of one sample; ``ids`` ``(n,)`` names all."""
        evidence = Evidence(found.row, found.conflicts, found.without)
        return cls(
            ids[found.row],
            found.status,
            reason_of(selection, found.row, evidence),
            tuple(
                Conflict((c.first, c.second), (ids[c.first_from], ids[c.second_from]))
                for c in found.conflicts
            ),
            found.enters_at if found.nested else None,
            sentences(found, ids),
        )

    def __str__(self) -> str:
        return self.reason

    def __repr__(self) -> str:
        pairs = f"{plural(len(self.evidence), 'pair')} of concepts in conflict. "
        return (
            f"{self.id}: {self.status}\n{self.reason}\n"
            f"{pairs if self.evidence else ''}{' '.join(self.what_if)}"
        )
