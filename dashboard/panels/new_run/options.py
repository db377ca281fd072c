"""New run: every other field of the config, made of the config itself."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import streamlit as st

from dashboard.drafts.form import knobs
from dashboard.panels.new_run import labels as say
from dashboard.state import draft
from dashboard.widgets.fields import field

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
                        values[path] = field(known[path], draft.draft_key(path))
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
