"""The fields of a config as a form shows them: label, help, choices and bounds are the config's own."""

from __future__ import annotations

from typing import Any

import streamlit as st

from dashboard.drafts.form import Kind, Knob

_STEPS = {  # what one press of a button is worth, where 1 or 0.01 is not it
    "divergence.max_length": 64,
    "divergence.batch_tokens": 1024,
    "concepts.max_document_frequency": 0.001,
    "selection.temperature": 0.05,
    "manifold.time": 0.5,
    "lr": 1e-5,
}


def field(knob: Knob, key: str, *, why: bool = False) -> Any:
    """A field of a config as its kind is drawn; what is chosen.

    Args:
        knob: what the config says of it.
        key: of the widget.
        why: say the reason of the default as well.
    """
    told = f"{knob.help} Why this default: {knob.why}." if why else knob.help
    shared: dict[str, Any] = {"key": key, "persist_state": "session", "help": told}
    if knob.kind is Kind.CHOICE:
        index = knob.choices.index(knob.default)
        return st.selectbox(knob.label, knob.choices, index=index, **shared)
    if knob.kind is Kind.SWITCH:
        return st.toggle(knob.label, value=knob.default, **shared)
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
