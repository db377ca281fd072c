"""Small tables, legends and lists of lines: what is given is text, whatever it looks like."""

from __future__ import annotations

from app_page import lines_of
from streamlit.testing.v1 import AppTest

ODD = '<script>alert(1)</script> & "quotes" $x$ ![](http://x)'


def page() -> None:
    import streamlit as st

    from dashboard.widgets.legend import Mark, legend
    from dashboard.widgets.small_table import Part, small_table

    odd = st.session_state["odd"]
    small_table([odd, "Part"], [(odd, Part(0.3)), ("a", Part(1.7)), ("b", "2")], alt="odd one")
    small_table(["What", "Text"], [("name", odd)], alt=odd, texts=["Text"])
    small_table(["What", "Said"], [("bar", Part(0.5, odd))], alt="said")
    small_table([odd, "Part"], [(odd, Part(0.3))], alt="clicked", on_click=lambda place: None)
    legend((Mark.DISC, "#0072B2", odd))


def opened() -> AppTest:
    app = AppTest.from_function(page)
    app.session_state["odd"] = ODD
    app.run()
    assert not app.exception
    return app


def test_cells_say_what_was_given():
    app = opened()
    assert lines_of(app, "odd one") == [[ODD, "30.0 %"], ["a", "170.0 %"], ["b", "2"]]
    assert lines_of(app, ODD) == [["name", ODD]]
    assert lines_of(app, "said") == [["bar", ODD]]
    assert lines_of(app, "clicked") == [[ODD, "30.0 %"]]  # markup would not be read as XML


def test_no_text_becomes_markup():
    for html in opened().get("html"):
        assert "<script" not in html.proto.body


def test_a_bar_never_leaves_its_frame():
    (body, *_) = [html.proto.body for html in opened().get("html") if "<table" in html.proto.body]
    assert "width:30.0%" in body
    assert "width:100.0%" in body
    assert "width:170" not in body
