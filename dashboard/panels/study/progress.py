"""Study: one that is in work or has stopped: how far it is, what failed, how it goes on."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from pathlib import Path

import streamlit as st

from dashboard import labels
from dashboard.jobs import control, listing
from dashboard.jobs.states import JobState, JobStatus
from dashboard.jobs.status import status as status_of
from dashboard.panels.study import words
from dashboard.serving import new_runs_folder
from dashboard.state import draft
from dashboard.widgets import jobs
from dashboard.widgets.frame import show_error
from dashboard.widgets.parts import button
from dashboard.widgets.starting import short
from paser_core.errors import PaserError
from paser_core.study.discovery import STUDIES, is_begun
from paser_core.study.folder import STATES, read_study, standing

_SOON = 1.0  # seconds between two looks for a folder
_EVERY = 5.0  # seconds between two looks at all cells
_MOST = 5  # reasons that are told


def in_work(folder: Path) -> None:
    """Of the study on show: what it does, or why it stopped; nothing where it is finished."""
    if not is_begun(folder):  # results alone, from elsewhere
        return
    status = status_of(folder)
    jobs.in_work([status], lambda work: work.name, _no_more, "study")
    if status.state is JobState.DONE:
        if read_study(folder).get("failed"):
            _cells(folder)
            told = "Makes what failed again; what is made stays."
            button(
                "Try again",
                "study-again",
                "resume",
                jobs.attempt,
                control.resume,
                folder,
                help=told,
            )
        return
    st.fragment(_cells, run_every=_EVERY if status.state.is_active else None)(folder)
    if not status.state.is_active and str(folder) not in draft.watched():
        _stopped(status)


def others() -> None:
    """What was started from this page and has made no folder yet."""
    place = new_runs_folder() / STUDIES
    known = [job for job in listing.known_jobs(place) if not is_begun(job.folder)]
    jobs.in_work(known, lambda work: work.name, _no_more, "study-new")
    if waited := [job.folder for job in known if job.state.is_active]:
        st.fragment(_until_begun, run_every=_SOON)(waited)
    for status in known:
        if not status.state.is_active and str(status.folder) not in draft.watched():
            _stopped(status)


def _until_begun(folders: Sequence[Path]) -> None:
    """A study that has made its folder is one of the list above."""
    if any(map(is_begun, folders)):
        st.rerun()


def _cells(folder: Path) -> None:
    """Cells by state, and why some failed."""
    try:
        found = standing(folder)
    except (
        PaserError
    ) as error:  # its plan names what is not installed here: the results stand below
        show_error(error)
        return
    counts = found.counts()
    told = [f"{labels.count(counts[state])} {state}" for state in STATES if counts[state]]
    st.text(f"{labels.plural(len(found.states), 'cell')}: {labels.listed(told)}.")
    for step, why in list(found.why.items())[:_MOST]:
        st.error(labels.plain(f"{step}: {labels.excerpt(why, 400)}"), icon=":material/error:")
    if len(found.why) > _MOST:
        st.caption(f"{labels.count(len(found.why) - _MOST)} more steps failed.")


def _stopped(status: JobStatus) -> None:
    with st.container(border=True):
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(f"**{labels.plain(status.folder.name)}**", width="content")
            jobs.badge(status)
            st.space("stretch")
            jobs.forget(status, "study-list")
            jobs.resume(status, "study-list")
        if status.message:
            st.text(status.message)
        st.caption(words.GOES_ON)
        command = ["paser", "study", "study.yaml", "--out", short(str(status.folder))]
        st.code(shlex.join(command), language="bash", wrap_lines=True)
        if status.state is JobState.FAILED:
            jobs.log(status)


def _no_more(_status: JobStatus) -> None:
    """What a study that has ended offers is on this page already."""
