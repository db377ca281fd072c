"""Limits of the selection: how much was accepted, whether the budget was filled, who gets most of it."""

from __future__ import annotations

import numpy as np

from paser_core.config import setting
from paser_core.limits.limit import Figure, Limit, Side, of, unknown
from paser_core.limits.subject import NO_MODELS, Subject
from paser_core.selection import selector_of
from paser_core.text import count, plural

NO_SELECTION = f"There is no selection: {NO_MODELS}."
_NOTHING = "Nothing is selected."


def _acceptance(subject: Subject) -> Figure:
    found = subject.selection
    if found is None:
        return unknown(NO_SELECTION)
    rule = selector_of(subject.setting.selector)
    if not rule.graph:
        return unknown(f"{rule.graph_told} So there is nothing that could be rejected.")
    told = (
        f"{count(found.n_selected)} of {plural(found.n_considered, 'sample')} whose turn came were "
        "accepted."
    )
    return of(found.n_selected, found.n_considered, told, "No sample was considered.")


def _filled(subject: Subject) -> Figure:
    found = subject.selection
    if found is None:
        return unknown(NO_SELECTION)
    told = (
        f"{count(found.n_selected)} of a budget of {plural(found.budget, 'sample')} are selected."
    )
    return of(found.n_selected, found.budget, told, "The budget is 0.")


def _largest(subject: Subject) -> Figure:
    found = subject.selection
    if found is None:
        return unknown(NO_SELECTION)
    first = int(np.argmax(found.accepted))
    of_all = f"{count(found.accepted[first])} of {plural(found.n_selected, 'sample')}"
    told = f"“{subject.names[first]}” gets {of_all}."
    return of(float(found.accepted[first]), found.n_selected, told, _NOTHING)


ACCEPTANCE = Limit(
    Side.AT_LEAST,
    setting(
        0.5,
        "below it more is rejected than taken, and frequent phrases may be doing it",
        label="Acceptance rate",
        help="At least this share of the samples whose turn came is let through by the concept graph.",
        low=0,
        high=1,
    ),
    _acceptance,
)
FILLED = Limit(
    Side.AT_LEAST,
    setting(
        1.0,
        "a budget that cannot be filled is not what was asked for",
        label="Budget filled",
        help="At least this share of the budget is selected.",
        low=0,
        high=1,
    ),
    _filled,
)
LARGEST = Limit(
    Side.AT_MOST,
    setting(
        0.5,
        "more than half for one capability is a selection for that one",
        label="Share of one cluster",
        help="At most this share of the selection comes from one cluster.",
        low=0,
        high=1,
    ),
    _largest,
)
