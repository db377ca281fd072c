"""Runs found, opened once, and shared by every session; people's work beside them."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from functools import lru_cache
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from dashboard import serving
from paser_core.errors import RunError
from paser_core.review import Correction, Review
from paser_core.runs import Run, read_manifest
from paser_core.runs.corrected import CorrectedRun, corrected
from paser_core.runs.folder import expected_files
from paser_core.runs.identity import content_of
from paser_core.selection import Setting
from paser_core.workspace import paths
from paser_core.workspace.checkpoints import State

P = ParamSpec("P")
T = TypeVar("T")


def served() -> dict[str, Path]:
    """The finished runs that the dashboard was started on, by name; all, where none is finished.

    Raises:
        RunError: there is none at all.
    """
    known = serving.runs_by_name()
    if not known:
        where = " and ".join(str(place) for place in serving.roots())
        raise RunError(
            f"{where}: there is no run here. Make one on the page New run, or with `paser run CONFIG "
            "--out RUN`."
        )
    return {
        name: run for name, run in known.items() if _is_done(run) and not _trouble(run)
    } or known


def broken() -> dict[str, str]:
    """Runs that cannot be opened and folders that may not be looked into, and why: a sentence each.

    They are told in one line and take nothing else down.
    """
    said = {
        name: why
        for name, run in serving.runs_by_name().items()
        if (why := _trouble(run)) is not None
    }
    for folder, why in serving.unreadable().items():
        said[folder.name] = f"{folder}: this folder cannot be looked into ({why})."
    return said


def _trouble(run: Path) -> str | None:
    """Why a finished run, or one without a usable manifest, cannot be opened; None for all others."""
    try:
        manifest = read_manifest(run)
    except RunError as error:
        return str(error)
    if manifest["state"] != State.DONE:
        return None
    files = (run / name for name in expected_files(manifest))
    return _opens(str(run), content_of(manifest), tuple(map(paths.version, files)))


@st.cache_data(max_entries=512, show_spinner=False)
def _opens(path: str, content: str, versions: tuple[tuple[int, int], ...]) -> str | None:
    """Looked at again when the record or a file changes."""
    try:
        Run.open(Path(path))
    except RunError as error:
        return str(error)
    return None


def _is_done(run: Path) -> bool:
    try:
        return bool(read_manifest(run)["state"] == State.DONE)
    except RunError:  # said when somebody opens it
        return False


def open_run(path: Path) -> Run:
    """The run at ``path``, opened once for all sessions; noticed when it is made again."""
    manifest = read_manifest(path)
    return opened(str(path), content_of(manifest))


# What stands for them in the key of a cache.
_HASHED: dict[str | type[Any], Callable[[Any], Any]] = {
    Run: lambda run: (str(run.path), run.content),
    CorrectedRun: lambda run: (str(run.path), run.content),
    Correction: repr,
    Setting: repr,
}


def remembered(
    entries: int, *, spinner: str | bool = False
) -> Callable[[Callable[P, T]], Callable[P, T]]:
    """Have what a function of plain values, runs and settings makes made once for all sessions.

    A run counts by its place and content, so that the one that is opened anew is the same.
    """
    cached: Callable[[Callable[P, T]], Callable[P, T]] = st.cache_resource(
        max_entries=entries, show_spinner=spinner, hash_funcs=_HASHED
    )
    return cached


@st.cache_resource(max_entries=8, show_spinner=False)
def opened(path: str, content: str) -> Run:
    """The run with this content at this place: what every other cache goes back to."""
    return Run.open(Path(path))


@remembered(8)
def _review(run: Run, url: str | None) -> Review:
    return Review.of(run, url)


def review_of(run: Run) -> Review:
    """What people decided on a run: the database beside it, or the one ``PASER_REVIEW_URL`` names."""
    return _review(run, os.environ.get("PASER_REVIEW_URL"))


def corrected_run(run: Run, corrections: tuple[Correction, ...]) -> Run:
    """The run with the clusters as people have put them right; made once for all sessions."""
    return _corrected_run(run, corrections) if corrections else run


@remembered(8)
def _corrected_run(run: Run, corrections: tuple[Correction, ...]) -> Run:
    return corrected(run, corrections)


def row_of(run: Run, sample_id: str) -> int | None:
    """The row number of a sample; None where this run does not have it."""
    return run.row_of.get(sample_id)


def rows_of(run: Run, ids: tuple[str, ...]) -> NDArray[np.int64]:
    """The row numbers of samples in the order given; ids that the run does not have are left out."""
    return _rows_of(run, ids)


@lru_cache(maxsize=8)  # what is picked is asked for by every part of a page
def _rows_of(run: Run, ids: tuple[str, ...]) -> NDArray[np.int64]:
    rows = np.array([row for row in map(run.row_of.get, ids) if row is not None], np.int64)
    rows.flags.writeable = False  # everybody gets the same one
    return rows


def ids_of(run: Run, rows: Iterable[int]) -> tuple[str, ...]:
    """The ids of row numbers."""
    return tuple(map(run.ids.__getitem__, rows))
