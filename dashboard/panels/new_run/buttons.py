"""New run: what one can do with a run, wherever it is listed. ``where`` tells two places apart."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Literal

import streamlit as st

from dashboard.drafts.form import values_of
from dashboard.jobs import control, folders
from dashboard.jobs.states import JobState, JobStatus
from dashboard.panels.new_run import labels as say
from dashboard.serving import runs_by_name
from dashboard.state import draft, messages
from dashboard.widgets.frame import go_to
from dashboard.widgets.parts import button
from paser_core.config import parse_config
from paser_core.runs import read_manifest

_Color = Literal["blue", "orange", "gray", "red", "green"]
_COLORS: dict[JobState, _Color] = {
    JobState.STARTING: "blue",
    JobState.RUNNING: "blue",
    JobState.STOPPING: "orange",
    JobState.CANCELLED: "gray",
    JobState.INTERRUPTED: "orange",
    JobState.FAILED: "red",
    JobState.DONE: "green",
}


def name_of(run: Path) -> str | None:
    """What a run is called in the side bar; None before its folder is there."""
    return next((name for name, path in runs_by_name().items() if path == run), None)


def badge(status: JobStatus) -> None:
    """The state of a run."""
    st.badge(say.STATES[status.state], color=_COLORS[status.state])


def cancel(status: JobStatus, where: str) -> None:
    """Stop it."""
    told = "It stops after the step in work. What is finished is kept, and it can go on later."
    key, stops = f"cancel-{where}-{status.run}", status.state is JobState.STOPPING
    button("Cancel", key, "stop", _attempt, control.cancel, status.run, disabled=stops, help=told)


def resume(status: JobStatus, where: str) -> None:
    """Go on where it stopped."""
    if status.state.can_resume:
        told = "Starts the same command again; finished stages are not repeated."
        key = f"resume-{where}-{status.run}"
        button("Resume", key, "resume", _attempt, control.resume, status.run, help=told)


def open_it(status: JobStatus, where: str, *, primary: bool = False) -> None:
    """Show it on the other pages."""
    if status.state is not JobState.DONE:
        return
    name = name_of(status.run)
    if name is not None and st.button(
        "Open the run" if primary else "Open",
        key=f"open-{where}-{status.run}",
        icon=":material/open_in_new:",
        on_click=draft.open_run,  # before the side bar is drawn
        args=(status.run.resolve(),),
    ):
        go_to("pages/overview.py")


def models(status: JobStatus, where: str) -> None:
    """Give it its models, or better ones."""
    stopped = status.state is JobState.DONE and not status.has_models
    failed = status.state.can_resume and "divergence" not in {s.name for s in status.finished}
    if stopped or (failed and status.has_models and status.finished):
        label = "Add models" if stopped else "Change models"
        button(label, f"models-{where}-{status.run}", "add", _extend, status.run)


@messages.telling
def _extend(run: Path) -> None:
    values = values_of(parse_config(read_manifest(run)["config"]))
    draft.fill_draft({path: values[path] for path in values if path.startswith("models.")})
    draft.extend_run(str(run))


def forget(status: JobStatus, where: str) -> None:
    """Remove a start that came to nothing."""
    if status.state.can_resume and control.can_forget(status.run):
        told = "No stage of it was finished: nothing is lost, and its name is free again."
        key = f"forget-{where}-{status.run}"
        button("Remove", key, "delete", _attempt, control.forget, status.run, help=told)


def log(status: JobStatus) -> None:
    """What its process said."""
    said = folders.log_tail(status.run)
    if said:
        with st.expander("What the process said", icon=":material/notes:"):
            st.code(said, language=None, wrap_lines=True, height=240)


@messages.telling
def _attempt(action: Callable[[Path], object], run: Path) -> None:
    action(run)
    draft.watch_run(str(run), action is not control.forget)
