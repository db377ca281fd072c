"""What a callback has to say on the page that is drawn after it."""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass
from typing import ParamSpec

import streamlit as st

from paser_core.errors import PaserError

P = ParamSpec("P")

_KEY_MESSAGE = "_message"


@dataclass(frozen=True)
class Message:
    """What a callback has to say; callbacks run before the page and cannot draw."""

    text: str
    is_error: bool = False
    where: str = ""  # the place on the page that it is about; empty: the page


def leave(message: Message) -> None:
    """Leave a message for the page that is about to be drawn."""
    st.session_state[_KEY_MESSAGE] = message


def telling(callback: Callable[P, object]) -> Callable[P, None]:
    """A callback whose mistake, if it is a user's, is said on the page that comes."""

    @functools.wraps(callback)
    def told(*args: P.args, **kwargs: P.kwargs) -> None:
        try:
            callback(*args, **kwargs)
        except PaserError as error:
            leave(Message(str(error), is_error=True))

    return told


def take(where: str | None = None) -> Message | None:
    """The message, once: that about a place, or any."""
    value = st.session_state.get(_KEY_MESSAGE)
    if not isinstance(value, Message) or where not in (None, value.where):
        return None
    del st.session_state[_KEY_MESSAGE]
    return value
