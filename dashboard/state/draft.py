"""The form for a new run, and the work that is watched."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import streamlit as st

from dashboard.state.choices import set_choice
from dashboard.state.focus import choose_cluster, choose_sample, link
from dashboard.state.run_shown import forget_missed_run
from dashboard.state.session import KEY_RUN, KNOBS, forget, held

_KEY_UPLOADED = "_uploaded"
_KEY_UPLOADS = "_uploads"
_KEY_WATCHED = "_watched"
_KEY_EXTEND = "_run_to_extend"


def draft_key(path: str) -> str:
    """The key of the widget for one field of the config, e.g. ``clustering.k_max``."""
    return f"new-{path}"


def fill_draft(values: Mapping[str, object]) -> None:
    """Set widgets of the form before they are drawn, by field."""
    for path, value in values.items():
        st.session_state[draft_key(path)] = value


def uploaded() -> str | None:
    """The file that was uploaded in this session and kept on the server."""
    return held(_KEY_UPLOADED, str)


def keep_upload(path: str | None) -> None:
    """Remember where the upload was kept, or forget it."""
    st.session_state[_KEY_UPLOADED] = path


def uploader_key() -> str:
    """The key of the upload widget: a new one empties it, which nothing else can."""
    return f"new-upload-{st.session_state.get(_KEY_UPLOADS, 0)}"


def empty_uploader() -> None:
    """Forget the upload and empty its widget."""
    st.session_state[_KEY_UPLOADS] = st.session_state.get(_KEY_UPLOADS, 0) + 1
    keep_upload(None)


def watched() -> tuple[str, ...]:
    """The work folders that were in work while this session looked: shown until it has seen them end."""
    return tuple(st.session_state.get(_KEY_WATCHED, ()))


def watch(path: str, on: bool = True) -> None:
    """Watch a work folder, or no longer."""
    others = tuple(p for p in watched() if p != path)
    st.session_state[_KEY_WATCHED] = (*others, path) if on else others


def run_to_extend() -> str | None:
    """The run that gets its models on the page New run, if any."""
    return held(_KEY_EXTEND, str)


def extend_run(path: str | None) -> None:
    """Show the form that adds models to a run, or no longer."""
    st.session_state[_KEY_EXTEND] = path


def open_run(folder: Path) -> None:
    """Choose the run that the other pages show; its knobs start where its config says."""
    forget(*KNOBS)
    choose_sample(None)
    choose_cluster(None)
    link(None)
    forget_missed_run()
    set_choice(KEY_RUN, folder)
