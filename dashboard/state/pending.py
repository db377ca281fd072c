"""What was asked for and takes a while: an export, other rankings, other seeds."""

from __future__ import annotations

from dataclasses import dataclass

import streamlit as st

from dashboard.state.session import KEY_OTHER_EXPORT, get, held, put
from paser_core.workspace.staging import Staging

_KEY_PREPARED = "_prepared_export"
_KEY_WHAT_IF = "_what_if"
_KEY_SEEDS = "_seeds"
_KEY_CLUSTERINGS = "_clusterings"


@dataclass(frozen=True)
class PreparedExport:
    """An export that was built for one setting: shown until the setting changes."""

    setting: tuple[object, ...]
    folder: str
    checks: tuple[str, ...]
    notices: tuple[str, ...]
    files: tuple[tuple[str, int], ...]  # name, bytes
    place: Staging  # around the folder; goes with the session, or with the process


def prepared_export() -> PreparedExport | None:
    """The export built last in this session, if any."""
    return held(_KEY_PREPARED, PreparedExport)


def remember_export(prepared: PreparedExport | None) -> None:
    """Keep (or forget) the export built last; the one before it leaves the disk.

    Where Compare looks at the one before, it looks at the new one from here on.
    """
    before = prepared_export()
    st.session_state[_KEY_PREPARED] = prepared
    if before is None or before is prepared:
        return
    if prepared is not None and get(KEY_OTHER_EXPORT) == before.folder:
        put(KEY_OTHER_EXPORT, prepared.folder)
    before.place.cleanup()


def asked_what_if() -> object:
    """What the reader asked to be tried (sample, run, setting); it holds until one of them moves."""
    return st.session_state.get(_KEY_WHAT_IF)


def ask_what_if(question: object) -> None:
    """Ask for it; for callbacks."""
    st.session_state[_KEY_WHAT_IF] = question


def asked_clusterings() -> str | None:
    """The run, by content, that the reader wants clustered by other seeds and other numbers."""
    return held(_KEY_CLUSTERINGS, str)


def ask_clusterings(content: str) -> None:
    """Ask for it; for callbacks."""
    st.session_state[_KEY_CLUSTERINGS] = content


def asked_seeds() -> str | None:
    """The run, by fingerprint, whose stability the reader asked for; it holds for all its settings."""
    return held(_KEY_SEEDS, str)


def ask_seeds(fingerprint: str) -> None:
    """Ask for it; for callbacks."""
    st.session_state[_KEY_SEEDS] = fingerprint
