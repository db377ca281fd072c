"""The answers, as numbers.

What the ranking knows already is given for one sample (:func:`counterfactual`). What takes another ranking
is asked for one sample, on demand, and the rankings are asked of the caller, who may have them: nothing here
is an estimate.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from paser_core.protocols import Progress, no_progress
from paser_core.selection.conflicts import ConflictTable
from paser_core.selection.evidence import Conflict, blockers_of
from paser_core.selection.model import Overrides, Status
from paser_core.selection.ranking import Ranking, Selection


@dataclass(frozen=True)
class Counterfactual:
    """What would have to change for one sample, as far as its own ranking tells."""

    row: int
    status: Status
    budget: int
    nested: bool  # one ranking answers every budget; else only its own
    enters_at: int | None  # the budget from which on it is in; None: none with these knobs
    rejected_from: int | None  # the budget from which on it is rejected
    conflicts: tuple[Conflict, ...]  # its offending pairs, also while its turn has not come
    without: tuple[str, ...]  # a smallest set of concepts without which it would be accepted

    @property
    def blockers(self) -> tuple[int, ...]:
        """Rows of the accepted samples that brought the offending concepts in, each once."""
        return blockers_of(self.conflicts)


@dataclass(frozen=True)
class WhatIf:
    """What another ranking makes of the sample at the same budget."""

    status: Status
    enters_at: int | None  # the budget from which on it is in; None: none

    @property
    def accepted(self) -> bool:
        """Whether it is in the selection then."""
        return self.status in (Status.SELECTED, Status.FORCED_IN)


@dataclass(frozen=True)
class TemperatureOutlook:
    """The status of one sample at other temperatures, same budget."""

    row: int
    now: Status
    tried: tuple[tuple[float, WhatIf], ...]  # ascending temperatures

    @property
    def different(self) -> tuple[tuple[float, WhatIf], ...]:
        """The temperatures at which the status is another one."""
        return tuple((t, found) for t, found in self.tried if found.status is not self.now)


def counterfactual(selection: Selection, table: ConflictTable, row: int) -> Counterfactual:
    """What the ranking tells of one sample. ``table`` belongs to the ranking of the selection.

    Raises:
        ValueError: the table belongs to another ranking.
    """
    ranking = selection.ranking
    if table.ranking is not ranking:
        raise ValueError("this table was made for another ranking")
    found = table.evidence(row)
    return Counterfactual(
        row=row,
        status=selection.status_of(row),
        budget=selection.budget,
        nested=ranking.nested,
        enters_at=int(ranking.rank[row]) or None,
        rejected_from=int(ranking.rejected_at[row]) + 1 or None,
        conflicts=found.conflicts if found else (),
        without=found.without if found else (),
    )


def without_sample(
    ranking_with: Callable[[Overrides], Ranking], selection: Selection, row: int, blocker: int
) -> WhatIf:
    """What becomes of ``row`` if ``blocker`` is forced out, everything else being as it is.

    The whole ranking is made again: what the blocker kept out may come in and keep ``row`` out too.

    Args:
        ranking_with: makes the ranking under other decisions of people.
        selection: as it is.
        row: the sample that is asked about.
        blocker: row of an accepted sample, forced in or not.
    """
    overrides = selection.ranking.overrides
    changed = Overrides(
        tuple(r for r in overrides.forced_in if r != blocker),
        (*(r for r in overrides.forced_out if r != blocker), blocker),
    )
    return _what_of(ranking_with(changed), selection.budget, row)


def without_override(
    ranking_with: Callable[[Overrides], Ranking], selection: Selection, row: int
) -> WhatIf:
    """What becomes of a forced sample if the decision about it is taken back."""
    overrides = selection.ranking.overrides
    changed = Overrides(
        tuple(r for r in overrides.forced_in if r != row),
        tuple(r for r in overrides.forced_out if r != row),
    )
    return _what_of(ranking_with(changed), selection.budget, row)


def temperatures_for(
    ranking_at: Callable[[float], Ranking],
    selection: Selection,
    row: int,
    temperatures: Sequence[float],
    on_progress: Progress = no_progress,
) -> TemperatureOutlook:
    """The status of one sample at each of ``temperatures``; a ranking for every one that is new.

    Args:
        ranking_at: makes, or has, the ranking at a temperature.
        selection: as it is; its budget holds at every temperature.
        row: the sample that is asked about.
        temperatures: in [0.25, 4], in any order.
        on_progress: told how many temperatures are done, and of how many.
    """
    tried = []
    for done, temperature in enumerate(sorted(temperatures)):
        tried.append((temperature, _what_of(ranking_at(temperature), selection.budget, row)))
        on_progress(done + 1, len(temperatures))
    return TemperatureOutlook(row, selection.status_of(row), tuple(tried))


def _what_of(ranking: Ranking, budget: int, row: int) -> WhatIf:
    return WhatIf(ranking.at(budget).status_of(row), int(ranking.rank[row]) or None)
