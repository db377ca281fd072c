"""New run: every other field of the config, made of the config itself."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import streamlit as st

from dashboard.drafts.form import Kind, Knob, knobs
from dashboard.panels.new_run import labels as say
from dashboard.state import draft

_STEPS = {  # what one press of a button is worth, where 1 or 0.01 is not it
    "divergence.max_length": 64,
    "divergence.batch_tokens": 1024,
    "concepts.max_document_frequency": 0.001,
    "selection.temperature": 0.05,
    "manifold.time": 0.5,
}
_A_ROW = 5


def options() -> dict[str, Any]:
    """Values of the fields that have a good default."""
    known = knobs()
    values: dict[str, Any] = {}
    with st.expander("Options", icon=":material/tune:"):
        for section, paths in say.OPTIONS.items():
            st.subheader(section, anchor=False)
            for start in range(0, len(paths), _A_ROW):
                row = paths[start : start + _A_ROW]
                for path, cell in zip(row, st.columns(_A_ROW)[: len(row)], strict=True):
                    with cell:
                        values[path] = widget(known[path])
    return values


def typed(path: str, label: str = "", help: str = "", **looks: Any) -> str:
    """What is typed into a box of the form, without blanks around it: a field's, in its own words, or
    another one of that name."""
    if not label:
        label, help = knobs()[path].label, knobs()[path].help
    key = draft.draft_key(path)
    text = st.text_input(label, key=key, persist_state="session", help=help, **looks)
    return (text or "").strip()


def one_of(label: str, options: Sequence[str], key: str) -> str | None:
    """A choice that shows other boxes below it; the first one at first."""
    return st.segmented_control(
        label,
        options,
        default=options[0],
        key=draft.draft_key(key),
        persist_state="session",
        required=True,
        label_visibility="collapsed",
    )


def widget(knob: Knob) -> Any:
    """A field of the config as its kind is drawn."""
    shared: dict[str, Any] = {
        "key": draft.draft_key(knob.path),
        "persist_state": "session",
        "help": knob.help,
    }
    if knob.kind is Kind.CHOICE:
        index = knob.choices.index(knob.default)
        return st.selectbox(knob.label, knob.choices, index=index, **shared)
    if knob.kind is Kind.TEXT:
        return st.text_input(knob.label, value=knob.default, **shared)
    number = int if knob.kind is Kind.WHOLE else float
    bounds: dict[str, Any] = {
        name: None if value is None else number(value)
        for name, value in (
            ("min_value", knob.low),
            ("max_value", knob.high),
            ("value", knob.default),
            ("step", _STEPS.get(knob.path, 1 if knob.kind is Kind.WHOLE else 0.01)),
        )
    }
    return st.number_input(
        knob.label,
        format="%d" if knob.kind is Kind.WHOLE else "%g",
        placeholder="automatic" if knob.empty == "auto" else "all",
        **bounds,
        **shared,
    )
