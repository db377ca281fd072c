"""Choices out of a list, held by what is chosen and never by what it is called.

A browser sends the *label* of what was chosen. Streamlit looks it up among the labels of the moment:
after a rename it finds nothing, or another option. Here the session holds the option itself, labels
are made unique, and as soon as one label means something else, or one option is called differently,
the widget becomes a new one, so that no old label can be taken for a new one.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable, Mapping, Sequence
from typing import Any, TypeVar

import streamlit as st

from dashboard.state.address import (
    Misread,
    asked,
    goes_by_address,
    is_asked,
    misread,
    settle,
    show_in_address,
    went_through_history,
)

T = TypeVar("T", bound=Hashable)
Cure = Callable[[str], str]
_FIRST: Any = object()
_NONE: Any = object()
_LISTED = 12  # options that a sentence names


def choice_key(key: str) -> str:
    """Where the session holds what was chosen under a key."""
    return f"_choice_{key}"


def set_choice(key: str, value: object) -> None:
    """Choose, before the widget is drawn."""
    st.session_state[choice_key(key)] = value


def choose_one(
    draw: Callable[..., Any],
    label: str,
    options: Sequence[T],
    *,
    key: str,
    label_of: Callable[[T], str] = str,
    default: T | None = _FIRST,
    in_address: bool = False,
    token_of: Callable[[T], str] = str,
    on_choose: Callable[[T | None], None] | None = None,
    cure_of: Cure = lambda given: "",
    **looks: Any,
) -> Any:
    """Draw a choice of one and return it.

    Args:
        draw: ``st.selectbox``, ``st.segmented_control`` …, of any container.
        label: above it.
        options: what can be chosen: values that stay the same whatever they are called.
        key: names the choice; :func:`session.get` and :func:`session.put` take the option under it.
        label_of: what an option is called.
        default: the option to begin with, else the first one; None: nothing.
        in_address: whether the choice stands in the address under its key. A label is understood
            there too, which is what earlier addresses have.
        token_of: what stands for an option in the address.
        on_choose: told of a new choice before the page runs.
        cure_of: how what the address asks for, and is no option, can be had; empty where it cannot.
        looks: for ``draw``.
    """
    first = (options[0] if options else None) if default is _FIRST else default
    if "selectbox" in getattr(draw, "__name__", ""):
        looks["index"] = None if first is None else 0
    start = () if first is None else (first,)
    named = (token_of, label_of) if in_address else None
    chosen = _settled(key, options, named, start, several=False, cure_of=cure_of)

    def store(value: Any) -> None:
        if value is None or value in options:
            st.session_state[choice_key(key)] = value
            if on_choose is not None:
                on_choose(value)

    _draw(draw, label, options, key, label_of, chosen[0] if chosen else None, store, looks)
    if in_address:
        _show(key, [token_of(option) for option in chosen], [token_of(option) for option in start])
    return chosen[0] if chosen else None


def choose_several(
    draw: Callable[..., Any],
    label: str,
    options: Sequence[T],
    *,
    key: str,
    label_of: Callable[[T], str] = str,
    default: Sequence[T] = (),
    in_address: bool = False,
    token_of: Callable[[T], str] = str,
    **looks: Any,
) -> list[T]:
    """Draw a choice of several, or none, and return them in the order of the options."""
    named = (token_of, label_of) if in_address else None
    chosen = _settled(key, options, named, tuple(default), several=True)

    def store(value: Any) -> None:
        st.session_state[choice_key(key)] = [
            option for option in options if option in (value or ())
        ]

    _draw(draw, label, options, key, label_of, list(chosen), store, looks)
    if in_address:
        _show(key, list(map(token_of, chosen)), list(map(token_of, default)))
    return list(chosen)


def settled_several(
    options: Sequence[T],
    *,
    key: str,
    label_of: Callable[[T], str] = str,
    token_of: Callable[[T], str] = str,
) -> list[T]:
    """What is chosen of several in the address or before, where the choice itself is not on show."""
    chosen = _settled(key, options, (token_of, label_of), (), several=True)
    _show(key, [token_of(option) for option in chosen], [])
    return list(chosen)


def is_wanted(key: str) -> bool:
    """Whether the address or the session may have a choice under a key; options may be costly to list."""
    return went_through_history() or bool(
        st.session_state.get(choice_key(key)) or st.session_state.get(key) or is_asked(key)
    )


def _settled(
    key: str,
    options: Sequence[T],
    named: tuple[Callable[[T], str], Callable[[T], str]] | None,
    start: tuple[T, ...],
    *,
    several: bool,
    cure_of: Cure = lambda given: "",
) -> tuple[T, ...]:
    """What is chosen before the widget is drawn: by the address, else by the session, else at first.

    ``named``: what options are called in the address and on the screen; None: not in the address.
    """
    held = choice_key(key)
    if held not in st.session_state and key in st.session_state:
        st.session_state[held] = st.session_state[key]  # put there before it was ever drawn
    if named is not None and (goes_by_address(key) or held not in st.session_state):
        chosen = _of_address(key, asked(key), options, named, start, several, cure_of)
    elif held not in st.session_state:
        chosen = start
    else:
        value = st.session_state[held]
        given = tuple(value) if several else () if value is None else (value,)
        chosen = tuple(option for option in options if option in given)
        chosen = chosen or (() if several else start)
        settle(key, chosen)
    st.session_state[held] = list(chosen) if several else (chosen[0] if chosen else None)
    return chosen


def _of_address(
    key: str,
    given: tuple[str, ...],
    options: Sequence[T],
    named: tuple[Callable[[T], str], Callable[[T], str]],
    start: tuple[T, ...],
    several: bool,
    cure_of: Cure,
) -> tuple[T, ...]:
    """The options that the address names, by token or by label; notes what it is wrong about."""
    token_of, label_of = named
    known = {_folded(label_of(option)): option for option in options}
    known |= {_folded(token_of(option)): option for option in options}
    exact = {token_of(option): option for option in options}  # "Math" and "math" are two values
    found = {text: exact.get(text, known.get(_folded(text), _NONE)) for text in given}
    unknown = [text for text, option in found.items() if option is _NONE]
    meant = {option for option in found.values() if option is not _NONE}
    chosen = tuple(option for option in options if option in meant)
    if not several and len(chosen) > 1:
        unknown, chosen = list(given), ()
    chosen = chosen or start
    if unknown:
        accepted = [token_of(option) for option in options]
        rest = len(accepted) - _LISTED
        listed = ", ".join(accepted[:_LISTED]) + (f" and {rest:,} more" if rest > 0 else "")
        shown = ", ".join(label_of(option) for option in chosen) or ("all" if several else "none")
        cure = " ".join(filter(None, map(cure_of, unknown)))
        misread(Misread(key, " and ".join(unknown), listed or "nothing here", shown, chosen, cure))
    return chosen


def _folded(text: str) -> str:
    return " ".join(text.split()).casefold()


def _draw(
    draw: Callable[..., Any],
    label: str,
    options: Sequence[T],
    key: str,
    label_of: Callable[[T], str],
    value: object,
    store: Callable[[Any], None],
    looks: Mapping[str, Any],
) -> None:
    labels = _labels(options, label_of)
    widget = _widget_key(key, labels)

    def changed() -> None:
        store(st.session_state[widget])

    # Not to what it is already: a value that is set overrides in the browser what was clicked since.
    if widget not in st.session_state or st.session_state[widget] != value:
        st.session_state[widget] = value
    draw(
        label,
        list(options),
        format_func=lambda option: labels.get(option, str(option)),
        key=widget,
        on_change=changed,
        **looks,
    )


def _labels(options: Sequence[T], label_of: Callable[[T], str]) -> dict[T, str]:
    """Unique ones: two names that begin alike may be cut to the same label."""
    labels = {option: label_of(option) for option in options}
    often = Counter(labels.values())
    taken = {text for text, number in often.items() if number == 1}
    for option, text in labels.items():
        if often[text] > 1:
            while text in taken or often[text] > 1:
                text += f" ({option})"
            labels[option] = text
            taken.add(text)
    return labels


def _widget_key(key: str, labels: Mapping[T, str]) -> str:
    """The key of the widget: another one as soon as a label and an option part."""
    known = f"_labels_{key}"
    generation, before = st.session_state.get(known, (0, {}))
    options = {text: option for option, text in before.items()}
    parted = any(
        before.get(option, text) != text or options.get(text, option) != option
        for option, text in labels.items()
    )
    now = (generation + 1, dict(labels)) if parted else (generation, before | dict(labels))
    st.session_state[known] = now
    return f"{key}~{now[0]}" if now[0] else key


def _show(key: str, chosen: Sequence[str], default: Sequence[str]) -> None:
    """In the address, unless it is what an address without it stands for."""
    show_in_address(key, *(() if set(chosen) == set(default) else chosen))
