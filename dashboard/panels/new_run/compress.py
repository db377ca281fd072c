"""New run: the compressed model is made first, by a method of choice."""

from __future__ import annotations

from typing import Any

import streamlit as st

from dashboard import labels
from dashboard.drafts.compression import MethodForm, method_form
from dashboard.jobs.compression import Compression
from dashboard.state import draft
from dashboard.widgets.fields import field
from dashboard.widgets.waiting import MODELS, look
from paser_core.compress.preview import check_method
from paser_core.errors import PaserError
from paser_core.registry import COMPRESSIONS

_KEY = "compress"


def choose(original: str | None) -> tuple[Compression | None, str | None]:
    """A method with its settings, and why it cannot be used.

    Args:
        original: the model that is compressed; None: it is not named yet.
    """
    name = st.selectbox(
        "Method",
        list(COMPRESSIONS),
        key=draft.draft_key(f"{_KEY}.method"),
        persist_state="session",
        help="How the original becomes smaller; docs/compress.md says what each does.",
    )
    try:
        form = look(method_form, name, what="Reading the method", files=[], bounds=MODELS)
        settings = _settings(name, form)
        reads = (
            f"It reads {form.rows} rows of this pool at most." if form.rows else "It reads no data."
        )
        st.caption(labels.plain(f"{form.title}. {reads}"))
        if original is not None:
            look(
                check_method,
                name,
                settings,
                original,
                what="Looking whether the method fits the model",
                files=[original],
                bounds=MODELS,
            )
    except PaserError as error:
        st.error(labels.plain(str(error)), icon=":material/error:")
        return None, "The original cannot be compressed like that."
    trouble = "Name the original model." if original is None else None
    return Compression(name, settings, form.rows > 0), trouble


def _settings(name: str, form: MethodForm) -> dict[str, Any]:
    """What differs from the usual, by field."""
    chosen: dict[str, Any] = {}
    width = 4
    for start in range(0, len(form.knobs), width):
        row = form.knobs[start : start + width]
        for knob, cell in zip(row, st.columns(width)[: len(row)], strict=True):
            with cell:
                value = field(knob, draft.draft_key(f"{_KEY}.{name}.{knob.path}"), why=True)
            if value is not None and value != knob.default:
                chosen[knob.path.rpartition(".")[2]] = value
    return chosen
