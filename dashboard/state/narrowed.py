"""What the samples are narrowed to, on every page that lists them; in the address."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from functools import partial

import streamlit as st

from dashboard import labels
from dashboard.state import choices, session
from dashboard.state.address import (
    Misread,
    asked,
    goes_by_address,
    misread,
    settle,
    show_in_address,
)
from paser_core.explain.facets import Filter, Measure, Range
from paser_core.selection import Status

Value = tuple[str, str]  # a column and one of its values

RANGES = {
    Measure.DAMAGE: session.KEY_DAMAGE_RANGE,
    Measure.TOKENS: session.KEY_TOKENS_RANGE,
    Measure.IES: session.KEY_IES_RANGE,
}
_RANGE = re.compile(r"(?P<low>[-+.0-9eE]+)\.\.(?P<high>[-+.0-9eE]+)")


def token_of(value: Value) -> str:
    """A value of a column in the address; a colon in the name of the column is no end of it."""
    column = value[0].replace("\\", "\\\\").replace(":", "\\:")
    return f"{column}:{value[1]}"


def asked_filter(
    label_of: Callable[[int], str],
    n_clusters: int,
    values: Callable[[], list[Value]],
    *,
    selected: bool,
) -> Filter:
    """The filter of the address, or of the session.

    Args:
        label_of: what a cluster is called; earlier addresses have names.
        n_clusters: K.
        values: of the user's columns; called where one is asked for.
        selected: whether samples have a status.
    """
    statuses = (
        choices.settled_several(
            list(Status), key=session.KEY_STATUS, label_of=labels.STATUS_LABELS.__getitem__
        )
        if selected
        else []
    )
    clusters = choices.settled_several(
        range(n_clusters), key=session.KEY_CLUSTERS, label_of=label_of
    )
    by_column: dict[str, tuple[str, ...]] = {}
    if choices.is_wanted(session.KEY_VALUES):
        known = values()
        _tell_lost(known)
        chosen = choices.settled_several(
            known, key=session.KEY_VALUES, label_of=token_of, token_of=token_of
        )
        for column, value in chosen:
            by_column[column] = (*by_column.get(column, ()), value)
    else:
        show_in_address(session.KEY_VALUES)
    return Filter(tuple(statuses), tuple(clusters), by_column, _ranges())


def _tell_lost(known: list[Value]) -> None:
    """Say which values were chosen on another run and are not in this one."""
    held = session.get(session.KEY_VALUES) or ()
    lost = [value for value in held if value not in known]
    if lost:
        given = " and ".join(map(token_of, lost))
        accepted = "values of this run's own columns that have 2 to 60 of them"
        left = tuple(value for value in known if value in held)
        shown = ", ".join(map(token_of, left)) or "all samples"
        misread(Misread(session.KEY_VALUES, given, accepted, shown, left))


def _ranges() -> Mapping[Measure, Range]:
    found = {measure: asked_range(measure) for measure in Measure}
    return {measure: wanted for measure, wanted in found.items() if wanted is not None}


def asked_range(measure: Measure) -> Range | None:
    """The range of one number in the address, or of the session."""
    key = RANGES[measure]
    if goes_by_address(key) or key not in st.session_state:
        st.session_state[key] = _of_address(key)
    wanted: Range | None = st.session_state[key]
    settle(key, wanted)
    show_in_address(key, None if wanted is None else f"{_exact(wanted.low)}..{_exact(wanted.high)}")
    return wanted


def _exact(number: float) -> str:
    """To the last bit: a rounded end would leave out the sample that it is the number of."""
    return f"{number:g}" if float(f"{number:g}") == number else repr(number)


def set_range(measure: Measure, wanted: Range | None) -> None:
    """Narrow to a range of one number, or to none; before it is drawn."""
    st.session_state[RANGES[measure]] = wanted


def releases() -> dict[str, Callable[[], None]]:
    """How to take each part of the filter away, by the name of its part."""
    lists = {
        "status": session.KEY_STATUS,
        "clusters": session.KEY_CLUSTERS,
        "values": session.KEY_VALUES,
    }
    return {
        **{name: partial(choices.set_choice, key, []) for name, key in lists.items()},
        **{str(measure): partial(set_range, measure, None) for measure in Measure},
    }


def _of_address(key: str) -> Range | None:
    given = asked(key)
    if not given:
        return None
    found = _RANGE.fullmatch(given[0].strip()) if len(given) == 1 else None
    try:
        low, high = (float(found["low"]), float(found["high"])) if found else (math.nan, math.nan)
    except ValueError:
        low = high = math.nan
    if low <= high and math.isfinite(low) and math.isfinite(high):
        return Range(low, high)
    accepted = "two numbers, the lower one first, as in 0.1..0.5"
    misread(Misread(key, " and ".join(given), accepted, "all samples", None))
    return None
