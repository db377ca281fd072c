"""The response of a sample, each token shaded by its divergence. Plain text, whatever it contains."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import streamlit as st
from numpy.typing import NDArray

_HERE = Path(__file__).parent
_tokens = st.components.v2.component(
    "paser_tokens",
    css=(_HERE / "tokens.css").read_text(encoding="utf-8"),
    js=(_HERE / "tokens.js").read_text(encoding="utf-8"),
)
_DARKEST = 70  # per cent of the colour: the letters stay readable on it
_AT_LEAST = 0.05  # bits that the darkest shade stands for, or harmless tokens would look alarming


def shaded_tokens(tokens: Sequence[str], bits: NDArray[np.float32], *, key: str) -> None:
    """Draw the response; ``bits`` ``(len(tokens),)`` is the divergence of each token at T = 1."""
    top = max(float(np.max(bits, initial=0.0)), _AT_LEAST)
    shades = np.round(_DARKEST * np.sqrt(np.clip(bits / top, 0, 1)), 1)
    _tokens(
        key=key,
        data={
            "tokens": list(tokens),
            "bits": [round(float(b), 5) for b in bits],
            "shades": shades.tolist(),
            "top": f"{top:.2f} bits",
            "label": f"Response in {len(tokens)} tokens, shaded by divergence.",
        },
    )
