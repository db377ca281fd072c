"""New run: what one can do with a run, wherever it is listed. ``where`` tells two places apart."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from dashboard.drafts.form import values_of
from dashboard.jobs.states import JobState, JobStatus
from dashboard.serving import runs_by_name
from dashboard.state import draft, messages
from dashboard.widgets.frame import go_to
from dashboard.widgets.parts import button
from paser_core.config import parse_config
from paser_core.runs import read_manifest


def name_of(run: Path) -> str:
    """What a run is called in the side bar; its folder's name before that is there."""
    return next((name for name, path in runs_by_name().items() if path == run), run.name)


def open_it(status: JobStatus, where: str, *, primary: bool = False) -> None:
    """Show it on the other pages."""
    if status.state is not JobState.DONE or status.folder not in runs_by_name().values():
        return
    if st.button(
        "Open the run" if primary else "Open",
        key=f"open-{where}-{status.folder}",
        icon=":material/open_in_new:",
        on_click=draft.open_run,  # before the side bar is drawn
        args=(status.folder.resolve(),),
    ):
        go_to("pages/overview.py")


def models(status: JobStatus, where: str) -> None:
    """Give it its models, or better ones."""
    stopped = status.state is JobState.DONE and not status.has_models
    failed = status.state.can_resume and "divergence" not in {s.name for s in status.finished}
    if stopped or (failed and status.has_models and status.finished):
        label = "Add models" if stopped else "Change models"
        button(label, f"models-{where}-{status.folder}", "add", _extend, status.folder)


@messages.telling
def _extend(run: Path) -> None:
    values = values_of(parse_config(read_manifest(run)["config"]))
    draft.fill_draft({path: values[path] for path in values if path.startswith("models.")})
    draft.extend_run(str(run))
