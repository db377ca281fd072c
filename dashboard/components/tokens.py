"""A text of a sample in parts: each shaded by divergence, marked where concepts were read, or both.

Plain text, whatever it contains.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from dashboard import labels
from dashboard.components.sources import component
from paser_core.explain.marked import Span
from paser_core.explain.marked_parts import Part, parts_of, parts_of_tokens

_tokens = component("paser_tokens", "tokens.css", "tokens.js")
_DARKEST = 70  # per cent of the color: the letters stay readable on it


def shaded_tokens(
    tokens: Sequence[str],
    bits: NDArray[np.float32],
    top: float,
    *,
    key: str,
    text: str = "",
    spans: Sequence[Span] = (),
) -> None:
    """Draw the response, each token shaded on a scale that is the same for every sample.

    Args:
        tokens: the response.
        bits: ``(len(tokens),)`` divergence of each token at T = 1.
        top: bits that the darkest shade stands for; more is as dark.
        key: of the component.
        text: the response as it is.
        spans: where concepts were read in it.
    """
    # Shades grow with the root: small differences show, and more is always darker.
    shades = np.round(_DARKEST * np.sqrt(np.clip(bits / top, 0, 1)), 1)
    parts = parts_of_tokens(tokens, text, spans)
    _tokens(
        key=key,
        data={
            **_drawn(parts),
            "bits": [round(float(bits[part.token]), 5) for part in parts],
            "shades": [float(shades[part.token]) for part in parts],
            "top": f"{top:.2f} bits" if top >= 1 else f"{top:.2f} bits or more",
            "scale": "The same scale for every sample of this run.",
            "label": (
                f"Response in {len(tokens)} tokens, shaded by divergence from 0 to {top:.2f} bits."
            ),
        },
    )


def marked_text(text: str, spans: Sequence[Span], *, key: str, name: str) -> None:
    """Draw a text, marked where concepts were read.

    Args:
        text: as it is.
        spans: the places.
        key: of the component.
        name: what it is, read out.
    """
    number = len({span.concept for span in spans})
    were = labels.either(number, "was", "were")
    label = f"{name}, marked where {labels.plural(number, 'concept')} {were} read."
    _tokens(key=key, data={**_drawn(parts_of(text, spans)), "label": label})


def _drawn(parts: Sequence[Part]) -> dict[str, object]:
    return {
        "parts": [part.text for part in parts],
        "marks": [_told(part.concepts) for part in parts],
    }


def _told(concepts: Sequence[str]) -> str:
    """What pointing at a marked place says."""
    if not concepts:
        return ""
    named = labels.listing([f"“{labels.excerpt(concept, 60)}”" for concept in concepts])
    return f"{labels.either(len(concepts), 'Concept', 'Concepts')}: {named}"
