"""Work on other people's files, in a process of its own and within bounds, and waiting for it."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable
from typing import Any, TypeVar

import streamlit as st

from paser_core.engines.side import Bounds, submit_once
from paser_core.workspace import paths

T = TypeVar("T")

FEW_ROWS = Bounds(60, 4 << 30)
ALL_ROWS = Bounds(300, 4 << 30)
MODELS = Bounds(300, 8 << 30)
_HUB = Bounds(900, 4 << 30)  # what is looked at is downloaded first
_ADVICE = (
    "This page looks only that far; give it less data, or start the run from a shell with "
    "`paser run`, which has no such bounds."
)
_STEP = 0.1  # seconds between two chances to leave: somebody has clicked on something else


def look(
    function: Callable[..., T], *args: Any, what: str, files: Iterable[str], bounds: Bounds
) -> T:
    """``function(*args)`` on the side; meanwhile a sign of work, in this session alone.

    Args:
        function: of a module; it, ``args`` and the result can be pickled.
        args: of the function.
        what: how a sentence about it begins: "Reading the first rows".
        files: what it reads; the same look at the same files is had once.
        bounds: what it may take, where the files are on this machine.

    Raises:
        ExceededError: it took too much time or memory.
        PaserError: whatever it raised.
    """
    stamp = tuple(itertools.chain.from_iterable(map(paths.stamp, files)))
    job = submit_once(
        function, *args, what=what, advice=_ADVICE, stamp=stamp, bounds=bounds if stamp else _HUB
    )
    if not job.done():
        with job, st.spinner(f"{what} …", show_time=True):
            sign = st.empty()
            while not job.done(_STEP):
                sign.empty()  # raises when the page is to be drawn anew
    return job.result()
