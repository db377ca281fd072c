"""Numbers side by side."""

from __future__ import annotations

from dataclasses import dataclass

import streamlit as st


@dataclass(frozen=True)
class Card:
    """One number, in words. ``below`` may hold Markdown only of our own."""

    label: str
    value: str
    below: str | None = None
    explained: str | None = None


def cards(*given: Card) -> None:
    """One row of cards of equal height."""
    for cell, card in zip(st.columns(len(given)), given, strict=True):
        cell.metric(
            card.label,
            card.value,
            card.below,
            delta_color="off",
            delta_arrow="off",
            help=card.explained,
            border=True,
            height="stretch",
        )
