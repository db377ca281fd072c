"""Runs found, opened once, and shared by every session; people's work beside them."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from dashboard import places
from paser_core.errors import PaserError, RunError
from paser_core.review import Review
from paser_core.run import Run, State
from paser_core.run.folder import read_manifest


def served() -> dict[str, Path]:
    """The finished runs that the dashboard was started on, by name; all, where none is finished.

    Raises:
        RunError: there is none at all.
    """
    known = places.known()
    if not known:
        where = " and ".join(str(place) for place in places.places())
        raise RunError(
            f"{where}: there is no run here. Make one on the page New run, or with `paser run CONFIG "
            "--out RUN`."
        )
    return {name: run for name, run in known.items() if _is_done(run)} or known


def available() -> list[Path]:
    """The runs that are served.

    Raises:
        RunError: there is none at all.
    """
    return list(served().values())


def _is_done(run: Path) -> bool:
    try:
        return bool(read_manifest(run)["state"] == State.DONE)
    except RunError:  # said when somebody opens it
        return False


def open_run(path: Path) -> Run:
    """The run at ``path``, opened once for all sessions; noticed when it is made again."""
    manifest = read_manifest(path)
    return opened(str(path), str(manifest.get("fingerprint", "")))


@st.cache_resource(max_entries=8, show_spinner=False)
def opened(path: str, fingerprint: str) -> Run:
    """The run with this content at this place: what every other cache goes back to."""
    return Run.open(Path(path))


@st.cache_resource(max_entries=8, show_spinner=False)
def _review(path: str, fingerprint: str, url: str | None) -> Review:
    return Review.open(Path(path), fingerprint, url)


def review_of(run: Run) -> Review:
    """What people decided on a run: the database beside it, or the one ``PASER_REVIEW_URL`` names."""
    return _review(str(run.path), run.fingerprint, os.environ.get("PASER_REVIEW_URL"))


@st.cache_resource(max_entries=8, show_spinner=False)
def _numbers(path: str, fingerprint: str) -> Mapping[str, int]:
    return {str(i): row for row, i in enumerate(opened(path, fingerprint).samples["id"])}


def row_of(run: Run, sample_id: str) -> int | None:
    """The row number of a sample; None where this run does not have it."""
    return _numbers(str(run.path), run.fingerprint).get(sample_id)


def rows_of(run: Run, ids: tuple[str, ...]) -> NDArray[np.int64]:
    """The row numbers of samples in the order given; ids that the run does not have are left out."""
    numbers = _numbers(str(run.path), run.fingerprint)
    return np.array([numbers[i] for i in ids if i in numbers], np.int64)


def ids_of(run: Run, rows: NDArray[np.int64]) -> tuple[str, ...]:
    """The ids of row numbers."""
    return tuple(run.samples["id"].iloc[rows].tolist())


def problem_of(path: Path) -> str | None:
    """Why a run cannot be opened, or None."""
    try:
        open_run(path)
    except PaserError as error:
        return str(error)
    return None
