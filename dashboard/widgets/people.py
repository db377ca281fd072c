"""Who is looking: the person signed in, else a name that is asked for once."""

from __future__ import annotations

import streamlit as st

from dashboard import labels
from dashboard.components.remembered import remember
from dashboard.state import messages, reviewer, session
from dashboard.widgets.frame import tell_here
from dashboard.widgets.parts import button
from paser_core.errors import ReviewError
from paser_core.review import AUTHOR_LIMIT

_KEY_NAME = "reviewer-name"


def who() -> None:
    """Whose name edits carry, at the end of the side bar."""
    name = reviewer.name()
    if reviewer.signed_in() is not None:
        st.caption(labels.plain(f"Signed in as {name}"))
        button("Sign out", "sign-out", "logout", st.logout)
        return
    if reviewer.can_sign_in():
        told = "Edits carry the name of the person signed in."
        button("Sign in", "sign-in", "login", st.login, width="stretch", help=told)
        return
    with st.container(gap=None):
        label = labels.plain(labels.excerpt(name, 30)) if name else "Who are you?"
        with st.popover(label, icon=":material/person:", width="stretch"):
            tell_here(_KEY_NAME)
            st.text_input(
                "Your name",
                value=name or "",
                key=_KEY_NAME,
                help="Edits carry it: names of clusters, forced samples, notes. This browser remembers "
                "it.",
                on_change=_named,
            )
        # Asked for once: a reload is a new session.
        forget = reviewer.was_named() and not name
        remember(name, key="reviewer", forget=forget, on_known=_known)


def author() -> str:
    """The name to sign an edit with.

    Raises:
        ReviewError: nobody has said a name yet.
    """
    name = reviewer.name()
    if name is None:
        raise ReviewError(
            "Say who you are first, at the end of the side bar: sign in, or press “Who are you?” and "
            "type your name. Every edit carries the name of the person who made it."
        )
    return name


def _named() -> None:
    name = session.get(_KEY_NAME) or ""
    if len(name.strip()) > AUTHOR_LIMIT:
        said = f"The name has {len(name.strip())} characters; at most {AUTHOR_LIMIT} are kept. Shorten it."
        messages.leave(messages.Message(said, is_error=True, where=_KEY_NAME))
        return
    reviewer.set_name(name)


def _known(name: str) -> None:
    reviewer.set_name(name[:AUTHOR_LIMIT])
    session.put(_KEY_NAME, name[:AUTHOR_LIMIT])
