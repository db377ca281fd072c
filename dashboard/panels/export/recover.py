"""Export: train the compressed model on this very selection, and measure what came back."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import streamlit as st

from dashboard import labels
from dashboard.jobs import control, listing, names
from dashboard.jobs.folders import EXPORTS, JobFiles, Step
from dashboard.jobs.recovery import Pair, recovered_folder, recovery_steps
from dashboard.jobs.states import JobState, JobStatus
from dashboard.runs import recovered
from dashboard.runs.pair import model_name
from dashboard.serving import new_runs_folder
from dashboard.state import draft, messages
from dashboard.widgets import jobs, training
from dashboard.widgets.frame import View, go_to
from dashboard.widgets.starting import commands, start_button
from paser_core.errors import PaserError
from paser_core.explain.recoveries import RECOVERED
from paser_core.export import ExportConfig, ExportFormat
from paser_core.export.selection_yaml import dump_selection
from paser_core.recover.settings import RecoverConfig
from paser_core.runs import Run
from paser_core.selection import Selection

_KEY = "recover-"


@dataclass(frozen=True)
class _Start:
    """What the button starts."""

    work: Path
    steps: tuple[Step, ...]
    selection: str  # selection.yaml


def recover_and_evaluate(view: View, selection: Selection, export_format: ExportFormat) -> None:
    """The form, what it starts, and what is in work."""
    run = view.run
    st.header("Recover and evaluate", anchor=False)
    st.caption(
        "Trains the compressed model on this very selection, in the background, and measures what "
        "came back. The page may be closed meanwhile; Overview shows the result."
    )
    _in_work(run)
    settings = training.recovery_settings(_KEY)
    left, right = st.columns([3, 2])
    tasks = training.tasks_asked(run, _KEY, left)
    place = new_runs_folder()
    free = names.default_name(
        f"{run.name}-{selection.n_selected}-{settings.get('method', 'sft')}", place / RECOVERED
    )
    told = f"Its folder will be in {labels.plain(str(place / RECOVERED))}."
    typed = right.text_input(
        "Name of the recovered model",
        key=f"{_KEY}name",
        persist_state="session",
        placeholder=free,
        help=told,
    )
    name = (typed or "").strip() or free
    trouble, start = None, None
    try:
        names.check_name(name, place / RECOVERED)
        names.check_name(name, place / EXPORTS)
        RecoverConfig.of_tree(settings)
        pair = _pair(run)
        facts = training.checked(tasks)
        unmeasured = recovered.unmeasured_roles(run, facts, pair.template)
        steps = recovery_steps(place, name, pair, settings, tasks, unmeasured)
        export = ExportConfig(export_format, tuple(view.decided.names.items()))
        start = _Start(
            recovered_folder(place, name), steps, dump_selection(run, view.setting, export)
        )
    except PaserError as error:
        trouble = str(error)
    if start is not None and not selection.n_selected:
        trouble = "Nothing is selected, so there is nothing to train on. Raise the budget."
    start_button("Start the recovery", f"{_KEY}start", trouble, _begin, start, off=start is None)
    if start is not None:
        with st.expander("Command lines", icon=":material/terminal:"):
            st.caption(
                "The button starts these commands, one after another; from a shell they do the same."
            )
            commands(start.steps)


def _pair(run: Run) -> Pair:
    models = run.manifest["models"]
    return Pair(
        model_name(run, "original"),
        model_name(run, "compressed"),
        {role: models[role]["fingerprint"] for role in ("original", "compressed")},
        str(run.config.models.template),
    )


@messages.telling
def _begin(start: _Start) -> None:
    control.begin(start.work, start.steps, {JobFiles.SELECTION: start.selection}, new=True)
    draft.watch(str(start.work.resolve()))
    st.session_state[f"{_KEY}name"] = ""


def _in_work(run: Run) -> None:
    """The recoveries of this run: those in work live, those that came to nothing with their reason."""
    place = new_runs_folder() / RECOVERED
    known = [job for job in listing.known_jobs(place) if listing.is_about(job.folder, run)]
    jobs.in_work(known, lambda work: work.name, _done, "recover", st.subheader)
    watched = draft.watched()
    for status in known:
        if str(status.folder) not in watched and status.state is not JobState.DONE:
            _line(status)


def _line(status: JobStatus) -> None:
    with st.container(border=True):
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(f"**{labels.plain(status.folder.name)}**", width="content")
            jobs.badge(status)
            st.space("stretch")
            jobs.forget(status, "recover-list")
            jobs.resume(status, "recover-list")
        if status.message:
            st.text(status.message)
        if status.state is JobState.FAILED:
            jobs.log(status)


def _done(status: JobStatus) -> None:
    if status.state is JobState.DONE and st.button(
        "See what came back", key=f"see-{status.folder}", icon=":material/open_in_new:"
    ):
        go_to("pages/overview.py")
