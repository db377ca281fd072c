"""Why one selection leaves a sample that another takes: the term of the rule that made the difference."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from paser_core.compare.several import Several
from paser_core.selection import Selection, Status
from paser_core.selection.model import Candidates


class Term(StrEnum):
    """What stood between a sample and a selection that leaves it."""

    SCORE = "score"  # others come first, also with as many seats in each cluster as the taker has
    QUOTA = "quota"  # with the taker's number of seats in its cluster its turn would have come
    CONFLICT = "conflict"  # the concept graph rejected it
    FORCED = "forced"  # people decided: in there, or out here
    NOT_RANKED = "not ranked"  # not measured, or left out by the rule
    UNKNOWN = (
        "not recorded"  # an export says which samples it takes, and not how it ranks the others
    )
    MIXED = "several"  # the others leave it for different reasons


TERMS: tuple[Term, ...] = tuple(Term)


def terms_of(
    leaver: Selection | None, taker: Selection | None, rows: NDArray[np.int64]
) -> tuple[Term, ...]:
    """Why ``leaver`` leaves each of ``rows``, which ``taker`` takes.

    A sample that was never offered is a matter of *quota* where seats of clusters are: by the leaver's
    own score it stands within as many samples of its cluster as the taker selects there. Otherwise,
    and where neither of the two rules gives seats, it is a matter of *score*.

    Args:
        leaver: a selection of the run; None: all that is known is what it takes.
        taker: another one; None: likewise, and its seats are not known, so that quota and score
            cannot be told apart.
        rows: ``(m,)`` row numbers.
    """
    forced_in = np.zeros(0, np.int64)
    if taker is not None:
        forced_in = np.flatnonzero(taker.status == Status.FORCED_IN.code)
    if leaver is None:
        return tuple(Term.FORCED if row in forced_in else Term.UNKNOWN for row in rows.tolist())
    by_status = {
        Status.CONFLICT: Term.CONFLICT,
        Status.FORCED_OUT: Term.FORCED,
        Status.INVALID: Term.NOT_RANKED,
    }
    within = None if taker is None else _within_seats(leaver, taker)
    found = []
    for row in rows.tolist():
        term = by_status.get(leaver.status_of(row))
        if row in forced_in:
            term = Term.FORCED
        if term is None and within is None:
            term = Term.UNKNOWN
        elif term is None and within is not None:
            term = Term.QUOTA if within[row] else Term.SCORE
        found.append(term or Term.UNKNOWN)
    return tuple(found)


@dataclass(frozen=True)
class Explained:
    """Samples that one selection takes and another leaves, and why."""

    ids: tuple[str, ...]
    terms: tuple[Term, ...]  # one each

    @property
    def counts(self) -> tuple[int, ...]:
        """How often each of :data:`TERMS` made the difference."""
        return tuple(self.terms.count(term) for term in TERMS)


def pair_terms(
    found: Several, made: Sequence[Selection | None], *, taker: int, leaver: int
) -> Explained:
    """What one selection takes and another leaves, in order of acceptance.

    Args:
        found: the selections side by side.
        made: ``(s,)`` the selections themselves, of the run of the first; None: not known.
        taker: which of them takes.
        leaver: which of them leaves.
    """
    left = set(found.chosen[leaver].ids)
    ids = tuple(i for i in found.chosen[taker].ids if i not in left)
    rows, known = _rows(found, ids)
    return Explained(ids, _spread(terms_of(made[leaver], made[taker], rows), known))


def alone_terms(
    found: Several, made: Sequence[Selection | None], k: int, *, taken: bool
) -> Explained:
    """The term for each sample that one selection takes alone, or leaves alone.

    Of what it takes alone: why the others leave it. Of what it leaves alone: why it does, held against
    each of the others. Where that is not the same for all, the term is :attr:`Term.MIXED`.

    Args:
        found: the selections side by side.
        made: ``(s,)`` the selections themselves, of the run of the first; None: not known.
        k: which of them.
        taken: taken alone, else left alone.
    """
    ids = found.taken_alone[k] if taken else found.left_alone[k]
    rows, known = _rows(found, ids)
    others = [j for j in range(len(made)) if j != k]
    pairs = [(made[j], made[k]) if taken else (made[k], made[j]) for j in others]
    each = [terms_of(leaver, taker, rows) for leaver, taker in pairs]
    common = tuple(
        column[0] if len(set(column)) == 1 else Term.MIXED for column in zip(*each, strict=True)
    )
    return Explained(ids, _spread(common, known))


def _rows(found: Several, ids: Sequence[str]) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Rows of the first selection's run, and which of the ids have one."""
    row_of = {identifier: row for row, identifier in enumerate(found.chosen[0].universe)}
    rows = np.array([row_of.get(i, -1) for i in ids], np.int64)
    return rows[rows >= 0], rows >= 0


def _spread(terms: Sequence[Term], known: NDArray[np.bool_]) -> tuple[Term, ...]:
    """A term for every sample; of what other data have, nothing is recorded."""
    each = iter(terms)
    return tuple(next(each) if there else Term.UNKNOWN for there in known.tolist())


def _within_seats(leaver: Selection, taker: Selection) -> NDArray[np.bool_]:
    """``(n,)`` whether the leaver would have offered a sample, had each cluster the taker's seats."""
    seated = [s for s in (leaver, taker) if s.ranking.weights is not None]
    if not seated:
        return np.zeros(leaver.ranking.candidates.n, bool)
    pool = seated[0].ranking.grouped
    inside = pool.labels[taker.rows]
    seats = np.bincount(inside[inside >= 0], minlength=pool.n_clusters)
    places = _places(leaver, pool)
    return (places > 0) & (places <= np.append(seats, 0)[pool.labels])


def _places(selection: Selection, pool: Candidates) -> NDArray[np.int64]:
    """``(n,)`` place of every sample in its cluster by the rule's score, from 1; 0: it has none."""
    ranking = selection.ranking
    ranked = np.flatnonzero(
        ranking.candidates.usable & np.isfinite(ranking.score) & (pool.labels >= 0)
    )
    order = ranked[np.lexsort((ranked, -ranking.score[ranked], pool.labels[ranked]))]
    labels = pool.labels[order]
    begins = np.searchsorted(labels, labels, side="left")
    places = np.zeros(pool.n, np.int64)
    places[order] = np.arange(len(order)) - begins + 1
    return places
