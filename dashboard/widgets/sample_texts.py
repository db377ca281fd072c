"""The texts of a sample as they are, marked where its concepts were read."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from dashboard import labels
from dashboard.components.tokens import marked_text, shaded_tokens
from dashboard.runs import pair
from dashboard.state import session
from dashboard.widgets.frame import View
from dashboard.widgets.parts import button
from paser_core.explain.marked import Marked, Span, conversation_text
from paser_core.runs import Sample
from paser_core.runs.transcript import transcript
from paser_core.selection.measures import measure_told
from paser_core.stages.divergence.signal import PAPER

_LONGEST = 20_000  # characters of one field on the screen; the rest is said, and a click away


def texts(view: View, entry: Sample, found: Marked) -> None:
    """What was asked and answered; ``found``: where the concepts stand."""
    said = transcript(view.run.conversation(entry.row))
    if said:
        title = f"The whole conversation: {labels.plural(len(said), 'part')}"
        with st.expander(title, icon=":material/forum:", key=f"conversation-{entry.row}"):
            spans = found.spans.get("conversation", ())
            _text(view, entry, "Conversation", conversation_text(said), spans)
    for name, text in (("Instruction", entry.instruction), ("Input", entry.input)):
        if text:
            st.caption(name)
            _text(view, entry, name, text, found.spans[name.lower()])
    tokens = view.run.token_divergence(entry.row) if entry.problem is None else None
    spans = found.spans["output"]
    if tokens is None or not tokens.tokens:
        st.caption("Response")
        _text(view, entry, "Response", entry.output or "(empty)", spans)
        return
    shaded, plain = st.tabs(["Response, shaded by divergence", "Response as given"])
    with shaded:
        shaded_tokens(
            tokens.tokens,
            tokens.bits,
            pair.token_scale(view.run),
            key=f"tokens-{entry.row}",
            text=entry.output,
            spans=spans,
        )
        st.caption(labels.plain(_shading(view)))
    with plain:
        _text(view, entry, "Response", entry.output, spans)


def _shading(view: View) -> str:
    """What the shades are; by tokens no other signal is kept."""
    said = "Divergence of each token at temperature 1. Point at a token for its value."
    if view.setting.signal == PAPER:
        return said
    return f"{said} Damage is the {measure_told(view.setting)}, which no run keeps token by token."


def _text(view: View, entry: Sample, name: str, text: str, spans: Sequence[Span]) -> None:
    """A text as it is. Never Markdown, never HTML. A very long one is cut until it is asked for."""
    key, this = f"_whole-{name.lower()}", (view.run.fingerprint, entry.row)
    whole = session.get(key) == this
    shown = text if whole else text[:_LONGEST]
    seen = [span for span in spans if span.start < len(shown)]
    if seen:
        marked_text(shown, seen, key=f"marked-{name.lower()}-{entry.row}", name=name)
    else:
        tall = len(shown) >= 1500
        st.code(shown, language=None, wrap_lines=True, height=300 if tall else "content")
    if len(shown) == len(text):
        return
    with st.container(horizontal=True, vertical_alignment="center"):
        st.caption(f"{labels.count(len(shown))} of {labels.count(len(text))} characters")
        told = f"The whole {name.lower()}, as plain text."
        named = f"show-all-{name.lower()}"
        button("Show all", named, "unfold_more", session.put, key, this, help=told)
