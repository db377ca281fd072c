"""Waiting for a look at files that goes on in a process of its own."""

from __future__ import annotations

from typing import TypeVar

import streamlit as st

from dashboard.drafts.side_process import Aside

T = TypeVar("T")

_STEP = 0.1  # seconds between two chances to leave: somebody has clicked on something else


def wait_for(later: Aside[T], said: str) -> T:
    """What was found; meanwhile a sign of work, in this session alone.

    Raises:
        ExceededError: it took too much time or memory.
        PaserError: whatever it raised.
    """
    if not later.done():
        with later, st.spinner(said, show_time=True):
            sign = st.empty()
            while not later.done(_STEP):
                sign.empty()  # raises when the page is to be drawn anew
    return later.result()
