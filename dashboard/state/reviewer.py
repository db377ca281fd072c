"""Who is looking, whose name edits carry."""

from __future__ import annotations

import streamlit as st

_KEY_REVIEWER = "_reviewer"


def signed_in() -> str | None:
    """The name of the person that the server's login vouches for; None without OIDC."""
    person = st.user.to_dict()
    if not person.get("is_logged_in"):
        return None
    known = person.get("name") or person.get("email") or person.get("sub")
    return str(known) if known else None


def can_sign_in() -> bool:
    """Whether the server has a login (``[auth]`` in its secrets) that nobody has used yet."""
    return st.user.to_dict().get("is_logged_in") is False


def name() -> str | None:
    """Who signs the edits: the person signed in, else the name given once in this session."""
    given = st.session_state.get(_KEY_REVIEWER)
    return signed_in() or (given if isinstance(given, str) and given else None)


def was_named() -> bool:
    """Whether a name was given, or taken away, in this session."""
    return _KEY_REVIEWER in st.session_state


def set_name(text: str | None) -> None:
    """Remember the name given in this session."""
    st.session_state[_KEY_REVIEWER] = text.strip() if text else None
