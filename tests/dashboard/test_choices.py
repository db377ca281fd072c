"""A choice is what was chosen, whatever the options are called before, meanwhile and afterwards."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from streamlit.testing.v1 import AppTest

from dashboard.state.narrowed import token_of

ROOT = Path(__file__).parents[2]
OPTIONS = 4
NAMES = ("Code", "Sums", "Codes", "Sums ", "Code (1)", "a", "b", "")
_WIDGETS = {"selectbox", "segmented_control", "pills", "radio", "multiselect", "select_slider"}
# Their options are constants, or names that are their own labels: nobody can call them otherwise.
_OWN_LABELS = {f"new_run/{name}.py" for name in ("compress", "data", "models", "options")} | {
    "widgets/fields.py",  # of a form: its options are called what they are
    "widgets/ranges.py",  # numbers
}


def one() -> None:
    import streamlit as st

    from dashboard.state import choices

    names = st.session_state["names"]
    draw = getattr(st, st.session_state["kind"])
    chosen = choices.choose_one(
        draw, "One", range(len(names)), key="one", label_of=names.__getitem__
    )
    st.text(f"chosen {chosen}")


def several() -> None:
    import streamlit as st

    from dashboard.state import choices

    names = st.session_state["names"]
    chosen = choices.choose_several(
        st.multiselect, "Some", range(len(names)), key="some", label_of=names.__getitem__
    )
    st.text(f"chosen {chosen}")


def of_columns() -> None:
    import streamlit as st

    from dashboard.state import address, choices
    from dashboard.state.narrowed import token_of

    address.read_address()
    values = [("kind", "Math"), ("kind", "math"), ("a:b", "c"), ("a", "b:c")]
    chosen = choices.settled_several(values, key="value", label_of=token_of, token_of=token_of)
    st.text(f"chosen {[values.index(value) for value in chosen]}")


def told(app: AppTest) -> str:
    assert not app.exception
    (text,) = app.text
    return text.value


names_of_all = st.lists(st.sampled_from(NAMES), min_size=OPTIONS, max_size=OPTIONS)
steps = st.lists(st.tuples(st.integers(0, OPTIONS - 1), names_of_all), min_size=1, max_size=3)


@pytest.mark.parametrize("kind", ["selectbox", "segmented_control"])
@settings(max_examples=6, deadline=None, suppress_health_check=list(HealthCheck))
@given(first=names_of_all, steps=steps)
def test_one_choice_survives_any_names(kind, first, steps):
    app = AppTest.from_function(one)
    app.session_state["kind"] = kind
    app.session_state["names"] = first
    app.run()
    for option, names in steps:
        (box,) = app.get(kind)
        box.set_value(option)
        app.session_state["names"] = names  # somebody renames while it is being chosen
        app.run()
        assert told(app) == f"chosen {option}"
        app.run()
        assert told(app) == f"chosen {option}"


@settings(max_examples=6, deadline=None, suppress_health_check=list(HealthCheck))
@given(first=names_of_all, steps=steps, chosen=st.sets(st.integers(0, OPTIONS - 1)))
def test_several_choices_survive_any_names(first, steps, chosen):
    app = AppTest.from_function(several)
    app.session_state["names"] = first
    app.run()
    app.multiselect[0].set_value(sorted(chosen)).run()
    for option, names in steps:
        chosen = chosen ^ {option}
        app.multiselect[0].set_value(sorted(chosen))
        app.session_state["names"] = names
        app.run()
        assert told(app) == f"chosen {sorted(chosen)}"


def test_an_address_means_the_value_that_wrote_it():
    """Also beside one that differs by its capitals, or by where the name of its column ends."""
    for place, value in enumerate([("kind", "Math"), ("kind", "math"), ("a:b", "c"), ("a", "b:c")]):
        app = AppTest.from_function(of_columns)
        app.query_params["value"] = token_of(value)
        assert told(app.run()) == f"chosen [{place}]"
    app = AppTest.from_function(of_columns)
    app.query_params["value"] = "KIND:math"
    assert told(app.run()) == "chosen [1]"


def test_no_page_holds_a_choice_by_its_label():
    """Whoever draws a choice of their own, or gives options labels, goes through the one wrapper."""
    found = []
    for path in [*ROOT.glob("dashboard/**/*.py"), *ROOT.glob("pages/*.py")]:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Call):
                continue
            labels = any(k.arg == "format_func" for k in node.keywords)
            drawn = isinstance(node.func, ast.Attribute) and node.func.attr in _WIDGETS
            where = f"{path.parent.name}/{path.name}"
            if (labels or drawn) and where not in {*_OWN_LABELS, "state/choices.py"}:
                found.append(f"{path.relative_to(ROOT)}:{node.lineno}")
    assert not found
