"""What starts work in the background, and the same as commands for a shell."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import streamlit as st

from dashboard.jobs.folders import Step
from dashboard.serving import started_in
from dashboard.widgets.parts import button


def start_button(
    label: str, key: str, trouble: str | None, act: Callable[..., None], *args: Any, off: bool
) -> None:
    """The button that begins, and why it cannot.

    Args:
        label: on it.
        key: names it.
        trouble: why it cannot begin, a sentence.
        act: what it does, with ``args``.
        args: of ``act``.
        off: there is nothing to begin with yet, whatever the reason.
    """
    with st.container(horizontal=True, vertical_alignment="center"):
        disabled = trouble is not None or off
        button(label, key, "play_arrow", act, *args, disabled=disabled)
        if trouble is not None:
            st.text(trouble)


def commands(steps: Sequence[Step]) -> None:
    """The commands that a job is made of, to be copied."""
    lines = [shlex.join(["paser", *map(short, step.arguments)]) for step in steps]
    st.code("\n".join(lines), language="bash", wrap_lines=True)


def short(word: str) -> str:
    """A path as one types it in the directory that the dashboard was started in; other words as they are."""
    base = started_in()
    path = Path(word)
    inside = path.is_absolute() and path.is_relative_to(base) and path != base
    return str(path.relative_to(base)) if inside else word
