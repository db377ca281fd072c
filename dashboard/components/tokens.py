"""The response of a sample, each token shaded by its divergence. Plain text, whatever it contains."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from dashboard.components.sources import component

_tokens = component("paser_tokens", "tokens.css", "tokens.js")
_DARKEST = 70  # per cent of the color: the letters stay readable on it


def shaded_tokens(
    tokens: Sequence[str], bits: NDArray[np.float32], top: float, *, key: str
) -> None:
    """Draw the response, each token shaded on a scale that is the same for every sample.

    Args:
        tokens: the response.
        bits: ``(len(tokens),)`` divergence of each token at T = 1.
        top: bits that the darkest shade stands for; more is as dark.
        key: of the component.
    """
    # Shades grow with the root: small differences show, and more is always darker.
    shades = np.round(_DARKEST * np.sqrt(np.clip(bits / top, 0, 1)), 1)
    _tokens(
        key=key,
        data={
            "tokens": list(tokens),
            "bits": [round(float(b), 5) for b in bits],
            "shades": shades.tolist(),
            "top": f"{top:.2f} bits" if top >= 1 else f"{top:.2f} bits or more",
            "scale": "The same scale for every sample of this run.",
            "label": (
                f"Response in {len(tokens)} tokens, shaded by divergence from 0 to {top:.2f} bits."
            ),
        },
    )
