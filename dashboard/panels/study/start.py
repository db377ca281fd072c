"""Study: a form that starts one on the run in view."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import streamlit as st

from dashboard import labels
from dashboard.jobs import control, names
from dashboard.jobs.folders import JobFiles
from dashboard.panels.study import progress, words
from dashboard.runs import pair
from dashboard.serving import new_runs_folder
from dashboard.state import choices, draft, focus, messages, session
from dashboard.widgets import training
from dashboard.widgets.frame import View
from dashboard.widgets.starting import commands, start_button
from paser_core.errors import PaserError
from paser_core.registry import SELECTORS
from paser_core.study.discovery import STUDIES
from paser_core.study.drafting import Draft, draft_study, typed_budgets

_KEY = "study-new-"
_USUAL = ("paser", "random")


@dataclass(frozen=True)
class _Start:
    """What the button starts."""

    work: Path
    plan: str  # study.yaml


def form(*, folded: bool) -> None:
    """The form; ``folded`` below a study, where it is made when somebody opens it."""
    progress.others()
    st.header("Start a study" if not folded else "Another study", anchor=False)
    if not folded:
        _form()
        return
    label, icon = "Start a study on the run in view", ":material/add_circle:"
    with st.expander(label, icon=icon, key=f"{_KEY}open", on_change="rerun") as shown:
        if shown.open:
            _form()


def _form() -> None:
    """The grid, what it comes to, and the button."""
    view = focus.kept_view()
    if not isinstance(view, View) or not view.run.has_models:
        st.caption(words.NEEDS_MODELS)
        return
    st.caption(
        f"On the pool and the two models of the run in view, {labels.plain(view.run.name)}. It works in the "
        "background; the page may be closed meanwhile."
    )
    selectors = choices.choose_several(
        st.multiselect, "Selectors", list(SELECTORS), key=f"{_KEY}selectors", default=_USUAL
    )
    left, middle, right = st.columns([3, 1, 2])
    budgets = left.text_input(
        "Budgets",
        value="5 %, 10 %",
        key=f"{_KEY}budgets",
        persist_state="session",
        help=words.BUDGETS_HELP,
    )
    seeds = middle.number_input(
        "Seeds", 1, 100, 3, key=f"{_KEY}seeds", persist_state="session", help=words.SEEDS_HELP
    )
    place = new_runs_folder() / STUDIES
    free = names.default_name(view.run.name, place)
    typed = right.text_input(
        "Name of the study",
        key=f"{_KEY}name",
        persist_state="session",
        placeholder=free,
        help=f"Its folder will be in {labels.plain(str(place))}.",
    )
    name = (typed or "").strip() or free
    settings = training.recovery_settings(_KEY, (*training.FIELDS, "batch"))
    tasks = training.tasks_asked(view.run, _KEY, st)
    trouble, drafted = None, None
    try:
        names.check_name(name, place)
        drafted = draft_study(
            view.run,
            title=name,
            original=pair.model_name(view.run, "original"),
            compressed=pair.model_name(view.run, "compressed"),
            data=pair.data_file(view.run),
            selectors=selectors,
            budgets=typed_budgets(budgets or ""),
            recovery=settings,
            seeds=int(seeds),
            tasks=tasks,
        )
        training.checked(tasks)
    except PaserError as error:
        trouble = str(error)
    start = None if drafted is None else _Start(place / name, drafted.text)
    if drafted is not None:
        st.text(words.estimate(drafted))
    start_button("Start the study", f"{_KEY}start", trouble, _begin, start, off=start is None)
    if drafted is not None:
        _command(drafted, place / name)


def _command(drafted: Draft, work: Path) -> None:
    with st.expander("Plan and command", icon=":material/terminal:"):
        st.caption("The button writes this plan and starts this command; a shell does the same.")
        st.code(drafted.text, language="yaml", wrap_lines=True)
        commands([control.study_step(work)])


@messages.telling
def _begin(start: _Start) -> None:
    plan: dict[str, str] = {JobFiles.STUDY: start.plan}
    control.begin(start.work, (control.study_step(start.work),), plan, new=True)
    draft.watch(str(start.work.resolve()))
    session.forget(f"{_KEY}name")
