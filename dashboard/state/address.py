"""What the address asked for when it was opened, and what of it cannot be used.

Streamlit corrects an address without a word. Here every parameter is read once, when the session
begins or the browser goes back to another entry of its history; whoever draws the widget says what
became of it.
"""

from __future__ import annotations

from dataclasses import dataclass

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

_KEY_ASKED = "_asked"
_KEY_MISREAD = "_misread"
_KEY_TAKEN = "_taken"


@dataclass(frozen=True)
class Misread:
    """A parameter of the address that cannot be used."""

    parameter: str
    given: str
    accepted: str  # after "accepted: "
    shown: str  # what is shown instead
    value: object  # the same as a value: when another one is chosen, this is over
    cure: str = ""  # how what is asked for can be had; a sentence


def read_address() -> None:
    """Read the address, if it is a new one; before anything of a page is drawn."""
    if _KEY_ASKED not in st.session_state or went_through_history():
        given = {name: tuple(st.query_params.get_all(name)) for name in st.query_params}
        st.session_state[_KEY_ASKED] = given
        st.session_state[_KEY_MISREAD] = {}
        st.session_state[_KEY_TAKEN] = set()


def went_through_history() -> bool:
    """Whether the browser's Back or Forward led here.

    Streamlit tells its bound widgets and nobody else. An address that differs from the session does
    not say so: it is also what a browser sends that has not heard of the last change yet.
    """
    context = get_script_run_ctx()
    return context is not None and context.is_history_navigation


def goes_by_address(parameter: str) -> bool:
    """Whether Back or Forward led here and nobody has asked yet what the address has for this.

    A filter is asked for by the page and drawn by its box in the same run: the second must not take
    what the first has already taken for nothing.
    """
    if not went_through_history():
        return False
    taken: set[str] = st.session_state.setdefault(_KEY_TAKEN, set())
    first = parameter not in taken
    taken.add(parameter)
    return first


def whole_address() -> dict[str, list[str]]:
    """All that the address says, for one that leads to another."""
    return {name: st.query_params.get_all(name) for name in st.query_params}


def asked(parameter: str) -> tuple[str, ...]:
    """What the address asks for under this name, once; empty where it does not."""
    values: tuple[str, ...] = st.session_state.get(_KEY_ASKED, {}).pop(parameter, ())
    return values


def is_asked(parameter: str) -> bool:
    """Whether the address asks for something under this name that nobody has taken yet."""
    return bool(st.session_state.get(_KEY_ASKED, {}).get(parameter))


def never_asked_for() -> tuple[str, ...]:
    """The parameters that nobody has asked about so far."""
    return tuple(st.session_state.get(_KEY_ASKED, {}))


def misread(note: Misread) -> None:
    """Say on the pages to come that a parameter cannot be used."""
    st.session_state.setdefault(_KEY_MISREAD, {})[note.parameter] = note


def settle(parameter: str, value: object) -> None:
    """Say no longer that a parameter cannot be used, if another value was chosen since."""
    notes = st.session_state.get(_KEY_MISREAD, {})
    if parameter in notes and notes[parameter].value != value:
        del notes[parameter]


def misreadings() -> tuple[Misread, ...]:
    """What of the address cannot be used."""
    return tuple(st.session_state.get(_KEY_MISREAD, {}).values())


def outdate_misreadings(but: str) -> None:
    """Another run is shown: what could not be used of the address was about the run before, all but one."""
    notes = st.session_state.get(_KEY_MISREAD, {})
    st.session_state[_KEY_MISREAD] = {name: note for name, note in notes.items() if name == but}


def forget_misreadings() -> None:
    """Say nothing more of it; for a button."""
    st.session_state[_KEY_MISREAD] = {}
    st.session_state[_KEY_ASKED] = {}


def check_number(parameter: str, value: float, low: float, high: float) -> None:
    """Note where a number of the address is not the one that its widget shows.

    Args:
        parameter: its name.
        value: what the widget shows.
        low: the least that it takes.
        high: the most.
    """
    given = asked(parameter)
    if not given:
        settle(parameter, value)
    elif len(given) > 1 or not _same(given[0], value):
        accepted = f"one number from {low:,g} to {high:,g}"
        shown = f"{value:,}" if isinstance(value, int) else f"{value:g}"
        misread(Misread(parameter, " and ".join(given), accepted, shown, value))


def _same(text: str, value: float) -> bool:
    try:
        return abs(float(text) - value) < 1e-9
    except ValueError:
        return False


def show_in_address(parameter: str, *values: object) -> None:
    """Put a parameter of our own into the address; without values, take it out."""
    wanted = [str(value) for value in values if value is not None]
    if wanted != st.query_params.get_all(parameter):
        if wanted:
            st.query_params[parameter] = wanted
        else:
            st.query_params.pop(parameter, None)


def show_together(**parameters: tuple[str, ...]) -> None:
    """Put several parameters of our own into the address, as one step of Back; none: take it out."""
    changed = {
        name: list(values)
        for name, values in parameters.items()
        if list(values) != st.query_params.get_all(name)
    }
    if changed:
        # In one message; nothing of an empty list is in the address.
        st.query_params.update(changed)
