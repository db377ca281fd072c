"""Work in the background, live: what it does, how far it is, how it ended, and how to stop it.

Whatever a page adds for its kind of work (to open it, to give it models) it hands in.
"""

from __future__ import annotations

import html
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Literal

import streamlit as st

from dashboard import labels
from dashboard.jobs import control, folders
from dashboard.jobs import labels as say
from dashboard.jobs import status as job_status
from dashboard.jobs.states import JobState, JobStatus, StepStatus
from dashboard.state import draft, messages
from dashboard.widgets.parts import button
from paser_core.errors import PaserError

_EVERY = 1.0  # seconds between two looks, while something is in work
_STAGES_CSS = """
<style>
ol.stages.stages { display: flex; flex-wrap: wrap; gap: .3rem 1.25rem; margin: 0; padding: 0;
  list-style: none; font-size: .875rem; font-variant-numeric: tabular-nums; }
ol.stages.stages li { margin: 0; padding: 0; font-size: inherit; opacity: .8; }
ol.stages.stages li.done { opacity: 1; }
ol.stages.stages li.now { opacity: 1; font-weight: 600; }
div.step { display: grid; grid-template-columns: 11rem 1fr; gap: .2rem .75rem; font-size: .875rem; }
div.step + div.step { margin-top: .3rem; }
</style>
"""

_Color = Literal["blue", "orange", "gray", "red", "green"]
_COLORS: dict[JobState, _Color] = {
    JobState.STARTING: "blue",
    JobState.RUNNING: "blue",
    JobState.STOPPING: "orange",
    JobState.CANCELLED: "gray",
    JobState.INTERRUPTED: "orange",
    JobState.FAILED: "red",
    JobState.DIVERGED: "red",
    JobState.DONE: "green",
}

Extra = Callable[[JobStatus], None]


def in_work(
    known: Sequence[JobStatus],
    name_of: Callable[[Path], str],
    extra: Extra,
    where: str,
    head: Callable[..., object] = st.header,
) -> None:
    """What is in work, and what this session saw end, looked at every second.

    Args:
        known: every piece of work of this page, as it is now.
        name_of: what a person calls a folder.
        extra: draws what else one can do with work that has ended.
        where: tells this place from others that show the same.
        head: draws the heading, at the height that fits the page.
    """
    here = {str(status.folder) for status in known}
    active = frozenset(str(status.folder) for status in known if status.state.is_active)
    for work in active:
        draft.watch(work)
    if not here.isdisjoint(draft.watched()):
        head("Progress", anchor=False)
        every = _EVERY if active else None
        st.fragment(_live, run_every=every)(active, frozenset(here), name_of, extra, where)


def _live(
    active: frozenset[str],
    here: frozenset[str],
    name_of: Callable[[Path], str],
    extra: Extra,
    where: str,
) -> None:
    """Drawn again every second, alone: the rest of the page stays as it is."""
    message = messages.take()  # of a button in here: the page is not drawn again for it
    if message is not None:
        st.error(labels.plain(message.text), icon=":material/error:")
    for work in draft.watched():
        if work not in here:
            continue
        try:
            status = job_status.status(Path(work))
        except PaserError:  # its folder was removed
            draft.watch(work, False)
            continue
        _card(status, name_of(status.folder), extra, where)
        if (work in active) != status.state.is_active:
            st.rerun()  # once: the list below changes, and the looking stops or, resumed, begins


def _card(status: JobStatus, name: str, extra: Extra, where: str) -> None:
    with st.container(border=True):
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(f"**{labels.plain(name)}**", width="content")
            badge(status)
            st.space("stretch")
            _actions(status, extra, where)
        if status.state.is_active:
            moment = status.moment
            share = moment.done / moment.total if moment.total else 0.0
            st.progress(min(share, 1.0), say.doing(status))
        else:
            st.text(say.outcome(status))
        if status.made_again is not None:
            st.text(f"{status.made_again[0].upper()}{status.made_again[1:]}.")
        st.html(_steps(status))
        if status.state is JobState.FAILED:
            log(status)


def _actions(status: JobStatus, extra: Extra, where: str) -> None:
    if status.state.is_active:
        cancel(status, where)
        return
    resume(status, where)
    extra(status)
    told, work = "It stays in the list below.", str(status.folder)
    button("Close", f"close-{work}", None, draft.watch, work, False, type="tertiary", help=told)


def _steps(status: JobStatus) -> str:
    """The commands and their stages: done with its time, in work, to come."""
    if len(status.steps) == 1:
        return f"{_STAGES_CSS}{_stages(status, status.step)}"
    lines = "".join(
        f'<div class="step"{_now(status, step)}><span>{_sign(status, step)} '
        f"{html.escape(step.title)}</span>{_stages(status, step)}</div>"
        for step in status.steps
    )
    return f"{_STAGES_CSS}{lines}"


def _now(status: JobStatus, step: StepStatus) -> str:
    return ' aria-current="step"' if status.state.is_active and step is status.step else ""


def _sign(status: JobStatus, step: StepStatus) -> str:
    if step is status.step and status.state is not JobState.DONE:
        return "●" if status.state.is_active else "○"
    return "✓" if status.steps.index(step) <= status.at else "○"


def _stages(status: JobStatus, step: StepStatus) -> str:
    times = {stage.name: stage.seconds for stage in step.finished}
    items = []
    for stage in step.planned:
        title = html.escape(stage.title)
        if stage.name in times:
            took = html.escape(labels.seconds(times[stage.name]))
            items.append(f'<li class="done">✓ {title} {took}</li>')
        elif step is status.step and stage.name == status.moment.stage:
            items.append(f'<li class="now" aria-current="step">● {title}</li>')
        else:
            items.append(f"<li>○ {title}</li>")
    label = f"Stages of {step.title}" if len(status.steps) > 1 else "Stages"
    return f'<ol class="stages" aria-label="{html.escape(label)}">{"".join(items)}</ol>'


def badge(status: JobStatus) -> None:
    """The state of a job."""
    st.badge(say.STATES[status.state], color=_COLORS[status.state])


def cancel(status: JobStatus, where: str) -> None:
    """Stop it."""
    told = "It stops after the step in work. What is finished is kept, and it can go on later."
    key, stops = f"cancel-{where}-{status.folder}", status.state is JobState.STOPPING
    button("Cancel", key, "stop", attempt, control.cancel, status.folder, disabled=stops, help=told)


def resume(status: JobStatus, where: str) -> None:
    """Go on where it stopped."""
    if status.state.can_resume:
        told = "Starts the same command again; finished stages are not repeated."
        key = f"resume-{where}-{status.folder}"
        button("Resume", key, "resume", attempt, control.resume, status.folder, help=told)


def forget(status: JobStatus, where: str) -> None:
    """Remove a start that came to nothing."""
    if status.state.can_resume and control.can_forget(status.folder):
        told = "No stage of it was finished: nothing is lost, and its name is free again."
        key = f"forget-{where}-{status.folder}"
        button("Remove", key, "delete", attempt, control.forget, status.folder, help=told)


def log(status: JobStatus) -> None:
    """What its process said."""
    said = folders.log_tail(status.folder)
    if said:
        with st.expander("What the process said", icon=":material/notes:"):
            st.code(said, language=None, wrap_lines=True, height=240)


@messages.telling
def attempt(action: Callable[[Path], object], work: Path) -> None:
    """Do it and watch what comes of it; a mistake is said on the page that comes."""
    action(work)
    draft.watch(str(work), action is not control.forget)
