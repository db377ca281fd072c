"""Who signs the edits: the person signed in, else the name given once."""

from __future__ import annotations

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest


class User:
    """What ``st.user`` is once the server has a login."""

    def __init__(self, **claims: object) -> None:
        self._claims = claims

    def to_dict(self) -> dict[str, object]:
        return self._claims


def page():
    import streamlit

    from dashboard.widgets import people
    from paser_core.errors import ReviewError

    people.who()
    try:
        streamlit.text(people.author())
    except ReviewError as error:
        streamlit.error(str(error))


def shown(app: AppTest) -> str:
    return app.text[0].value if app.text else app.error[0].value


def test_without_a_login_a_name_is_asked_for_once():
    app = AppTest.from_function(page, default_timeout=60).run()
    assert "Say who you are first" in shown(app)
    app.text_input(key="reviewer-name").set_value("  Ann ").run()
    app.run()
    assert shown(app) == "Ann"


@pytest.mark.parametrize(
    ("claims", "name"),
    [
        ({"name": "Ben B.", "email": "b@example.org"}, "Ben B."),
        ({"email": "b@example.org"}, "b@example.org"),
    ],
)
def test_a_login_vouches_for_the_name(monkeypatch, claims, name):
    monkeypatch.setattr(st, "user", User(is_logged_in=True, **claims))
    app = AppTest.from_function(page, default_timeout=60).run()
    assert shown(app) == name
    assert not app.text_input  # nobody can sign with another name


def test_with_a_login_nobody_edits_unseen(monkeypatch):
    monkeypatch.setattr(st, "user", User(is_logged_in=False))
    app = AppTest.from_function(page, default_timeout=60).run()
    assert app.button(key="sign-in")
    assert not app.text_input
    assert "Say who you are first" in shown(app)
