"""New run: what is in work, live."""

from __future__ import annotations

import html
from pathlib import Path

import streamlit as st

from dashboard import labels
from dashboard.jobs import listing
from dashboard.jobs import status as job_status
from dashboard.jobs.states import JobState, JobStatus
from dashboard.panels.new_run import buttons
from dashboard.panels.new_run import labels as say
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
</style>
"""


def look() -> list[JobStatus]:
    """Every run as it is now."""
    return listing.known_runs()


def in_work(known: list[JobStatus]) -> None:
    """The runs in work, and those that this session saw end, looked at every second."""
    active = frozenset(str(status.run) for status in known if status.state.is_active)
    for run in active:
        draft.watch_run(run)
    if draft.watched_runs():
        st.header("Progress", anchor=False)
        st.fragment(_live, run_every=_EVERY if active else None)(active)


def _live(active: frozenset[str]) -> None:
    """Drawn again every second, alone: the rest of the page stays as it is."""
    message = messages.take()  # of a button in here: the page is not drawn again for it
    if message is not None:
        st.error(labels.plain(message.text), icon=":material/error:")
    for run in draft.watched_runs():
        try:
            status = job_status.status(Path(run))
        except PaserError:  # its folder was removed
            draft.watch_run(run, False)
            continue
        _card(status)
        if run in active and not status.state.is_active:
            st.rerun()  # once: the list below changes, and the looking stops


def _card(status: JobStatus) -> None:
    with st.container(border=True):
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(
                f"**{labels.plain(buttons.name_of(status.run) or status.run.name)}**",
                width="content",
            )
            buttons.badge(status)
            st.space("stretch")
            _actions(status)
        if status.state.is_active:
            moment = status.moment
            share = moment.done / moment.total if moment.total else 0.0
            st.progress(min(share, 1.0), say.doing(status))
        else:
            st.text(say.outcome(status))
        st.html(_stages(status))
        if status.state is JobState.FAILED:
            buttons.log(status)


def _actions(status: JobStatus) -> None:
    if status.state.is_active:
        buttons.cancel(status, "live")
        return
    buttons.resume(status, "live")
    buttons.open_it(status, "live", primary=True)
    told, run = "The run stays in the list below.", str(status.run)
    button("Close", f"close-{run}", None, draft.watch_run, run, False, type="tertiary", help=told)


def _stages(status: JobStatus) -> str:
    """The stages of the run: done with its time, in work, to come."""
    times = {stage.name: stage.seconds for stage in status.finished}
    items = []
    for stage in status.planned:
        name = html.escape(say.stage_title(stage))
        if stage in times:
            items.append(
                f'<li class="done">✓ {name} {html.escape(labels.seconds(times[stage]))}</li>'
            )
        elif stage == status.moment.stage:
            items.append(f'<li class="now" aria-current="step">● {name}</li>')
        else:
            items.append(f"<li>○ {name}</li>")
    return f'{_STAGES_CSS}<ol class="stages" aria-label="Stages">{"".join(items)}</ol>'
