"""A view that is saved leads back to what was on show."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

from app_page import chips, open_at


def test_a_saved_view_leads_to_the_same_rows(monkeypatch, copy):
    app = open_at("ledger", monkeypatch, copy, status="selected", tokens="20..40", clusters="2")
    before = chips(app)
    assert len(before) == 3
    app.text_input(key="reviewer-name").set_value("Ann").run()
    app.text_input(key="view-name").set_value("Short ones of cluster 2")
    app.button(key="view-save").click().run()
    assert not app.exception
    assert not app.error
    (link,) = [e for e in app.get("link_button") if "Short ones" in e.proto.label]
    asked = urlsplit(link.proto.url)
    assert asked.path == "./ledger"
    address = {name: values for name, values in parse_qs(asked.query).items() if name != "run"}
    again = open_at(
        "ledger", monkeypatch, copy, **{name: values[0] for name, values in address.items()}
    )
    assert chips(again) == before


def test_nobody_without_a_name_saves_a_view(monkeypatch, copy):
    app = open_at("map", monkeypatch, copy)
    app.text_input(key="view-name").set_value("Mine")
    app.button(key="view-save").click().run()
    assert any("Say who you are first" in error.value for error in app.error)
    assert app.text_input(key="view-name").value == "Mine"
