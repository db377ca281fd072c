"""New run: every run with its state, and what one can do with it."""

from __future__ import annotations

import time

import streamlit as st

from dashboard import labels
from dashboard.jobs import labels as job_words
from dashboard.jobs import listing
from dashboard.jobs.states import JobState, JobStatus
from dashboard.panels.new_run import buttons
from dashboard.panels.new_run import labels as say
from dashboard.panels.new_run import page as new_run
from dashboard.state import draft, messages
from dashboard.widgets import jobs
from dashboard.widgets.parts import button
from paser_core.config import parse_config
from paser_core.runs import read_manifest

_LISTED = 8  # a switch shows the rest
_WIDTHS = (1.7, 1.15, 1.45, 1.15, 5)


def in_work() -> list[JobStatus]:
    """Every run as it is now; what is in work, and what this session saw end, is on show."""
    known = listing.known_runs()
    jobs.in_work(known, buttons.name_of, _opened, "live")
    return known


def _opened(status: JobStatus) -> None:
    buttons.open_it(status, "live", primary=True)


def other_runs(known: list[JobStatus]) -> None:
    """One line for each run whose progress is not on show, the newest first."""
    watched = draft.watched()
    shown = [status for status in known if str(status.folder) not in watched]
    some = len(shown) < len(known)
    st.header("Other runs" if some else "Runs", anchor=False)
    if not shown:
        st.text(say.NO_OTHER_RUNS if some else say.NO_RUNS)
        return
    if len(shown) > _LISTED and not st.toggle(f"Show all {len(shown)}", key="all-runs"):
        shown = shown[:_LISTED]
    for status in shown:
        with st.container(border=True):
            _line(status)


def _line(status: JobStatus) -> None:
    name, badge, size, when, actions = st.columns(_WIDTHS, vertical_alignment="center")
    with name:
        st.markdown(f"**{labels.plain(buttons.name_of(status.folder))}**")
    with badge:
        jobs.badge(status)
    with size:
        st.text(labels.plural(status.samples, "sample") if status.samples is not None else "–")
    with when:
        st.text(job_words.when(status, time.time()))
    with actions, st.container(horizontal=True, horizontal_alignment="right", gap="xsmall"):
        jobs.forget(status, "list")
        buttons.models(status, "list")
        jobs.resume(status, "list")
        _again(status)
        buttons.open_it(status, "list")
    if status.message and status.state in (JobState.FAILED, JobState.INTERRUPTED, JobState.DONE):
        st.text(job_words.outcome(status))
        jobs.log(status)


def _again(status: JobStatus) -> None:
    told, key = "Fills the form with the config of this run.", f"again-{status.folder}"
    button("Use again", key, "content_copy", _fill_in, status, type="tertiary", help=told)


@messages.telling
def _fill_in(status: JobStatus) -> None:
    new_run.fill_in(parse_config(read_manifest(status.folder)["config"]))
