"""Export: train the compressed model on this very selection, and measure what came back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import streamlit as st

from dashboard import labels
from dashboard.drafts.form import knobs_of
from dashboard.drafts.typed import absolute
from dashboard.jobs import control, listing, names
from dashboard.jobs.folders import EXPORTS, JobFiles, Step
from dashboard.jobs.recovery import Pair, recovered_folder, recovery_steps
from dashboard.jobs.states import JobState, JobStatus
from dashboard.runs import recovered
from dashboard.runs.pair import model_name
from dashboard.serving import DEMO, new_runs_folder, started_in
from dashboard.state import draft, messages
from dashboard.widgets import jobs
from dashboard.widgets.fields import field
from dashboard.widgets.frame import View, go_to
from dashboard.widgets.starting import commands, start_button
from dashboard.widgets.waiting import ALL_ROWS, look
from paser_core.errors import PaserError
from paser_core.evaluate.preview import preview_tasks
from paser_core.evaluate.settings import EvaluateConfig
from paser_core.explain.recoveries import RECOVERED
from paser_core.export import ExportConfig, ExportFormat
from paser_core.export.selection_yaml import dump_selection
from paser_core.recover.settings import RecoverConfig
from paser_core.runs import Run
from paser_core.selection import Selection

_KEY = "recover-"
_FIELDS = ("method", "adapter", "epochs", "lr")
_TASKS_HELP = (
    "demo: the questions of the bundled demo. jsonl:FILE: your own, a line each with question, answer "
    "and check. ppl:FILE: perplexity of a text. code:FILE: problems with tests. lm-eval:NAME: a task of "
    "EleutherAI's harness. Several with commas between them; empty: the model is trained and not measured."
)


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
    settings = _settings()
    left, right = st.columns([3, 2])
    tasks = _tasks(run, left)
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
        facts = _checked(tasks)
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


def _settings() -> dict[str, Any]:
    """What differs from the usual, by option of ``paser recover``."""
    known = knobs_of(RecoverConfig)
    chosen: dict[str, Any] = {}
    for path, cell in zip(_FIELDS, st.columns(len(_FIELDS)), strict=True):
        with cell:
            value = field(known[path], f"{_KEY}{path}", why=True)
        if value is not None and value != known[path].default:
            chosen[path] = value
    return chosen


def _tasks(run: Run, at: Any) -> tuple[str, ...]:
    """What is measured, with absolute paths: it is read from another directory."""
    text = at.text_input(
        "Tasks",
        value="demo" if run.path.resolve() == DEMO else "",
        key=f"{_KEY}tasks",
        persist_state="session",
        placeholder="demo, jsonl:questions.jsonl, ppl:text.txt",
        help=_TASKS_HELP,
    )
    specs = (spec.strip() for spec in (text or "").split(","))
    return tuple(dict.fromkeys(_whole(spec) for spec in specs if spec))


def _whole(spec: str) -> str:
    name, colon, argument = spec.partition(":")
    return f"{name}:{absolute(argument, started_in())}" if colon else spec


def _checked(tasks: tuple[str, ...]) -> dict[str, Mapping[str, Any]]:
    """What determines the result of each task; the sentence about one that cannot be measured."""
    if not tasks:
        return {}
    found = look(
        preview_tasks,
        tasks,
        EvaluateConfig(),
        what="Reading the tasks",
        files=[task.partition(":")[2] for task in tasks],
        bounds=ALL_ROWS,
    )
    listed = [f"{labels.count(task.n)} {task.unit} of {task.spec}" for task in found]
    st.caption(labels.plain(f"Measured on {labels.listing(listed)}."))
    return {task.spec: task.facts for task in found}


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
