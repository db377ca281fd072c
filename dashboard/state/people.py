"""Who is looking, and what an edit of theirs has to say."""

from __future__ import annotations

from dataclasses import dataclass

import streamlit as st

_KEY_REVIEWER = "_reviewer"
_KEY_MESSAGE = "_message"


def signed_in() -> str | None:
    """The name of the person that the server's login vouches for; None without OIDC."""
    person = st.user.to_dict()
    if not person.get("is_logged_in"):
        return None
    name = person.get("name") or person.get("email") or person.get("sub")
    return str(name) if name else None


def can_sign_in() -> bool:
    """Whether the server has a login (``[auth]`` in its secrets) that nobody has used yet."""
    return st.user.to_dict().get("is_logged_in") is False


def reviewer() -> str | None:
    """Who signs the edits: the person signed in, else the name given once in this session."""
    given = st.session_state.get(_KEY_REVIEWER)
    return signed_in() or (given if isinstance(given, str) and given else None)


def has_named() -> bool:
    """Whether a name was given, or taken away, in this session."""
    return _KEY_REVIEWER in st.session_state


def name_reviewer(name: str | None) -> None:
    """Remember the name given in this session."""
    st.session_state[_KEY_REVIEWER] = name.strip() if name else None


@dataclass(frozen=True)
class Message:
    """What a callback has to say; callbacks run before the page and cannot draw."""

    text: str
    is_error: bool = False
    where: str = ""  # the place on the page that it is about; empty: the page


def tell(message: Message) -> None:
    """Leave a message for the page that is about to be drawn."""
    st.session_state[_KEY_MESSAGE] = message


def told(where: str | None = None) -> Message | None:
    """The message, once: that about a place, or any."""
    value = st.session_state.get(_KEY_MESSAGE)
    if not isinstance(value, Message) or where not in (None, value.where):
        return None
    del st.session_state[_KEY_MESSAGE]
    return value
