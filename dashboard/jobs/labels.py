"""The words for jobs. Plain text only: nothing here is Markdown or HTML."""

from __future__ import annotations

from collections.abc import Mapping

from dashboard import labels
from dashboard.jobs.states import JobState, JobStatus

STATES: Mapping[JobState, str] = {
    JobState.STARTING: "Starting",
    JobState.RUNNING: "Running",
    JobState.STOPPING: "Stopping",
    JobState.CANCELLED: "Cancelled",
    JobState.INTERRUPTED: "Interrupted",
    JobState.FAILED: "Failed",
    JobState.DIVERGED: "Diverged",
    JobState.DONE: "Done",
}
_BEFORE = {"check": "Checking models and prompts"}  # what is no stage, and comes before them


def doing(status: JobStatus) -> str:
    """What a job is doing: the stage, how far it is, how fast, and how long it will take."""
    if status.state is JobState.STARTING:
        return "Starting: loading the libraries"
    if status.state is JobState.STOPPING:
        return "Stopping: the step in work ends first"
    step, moment = status.step, status.moment
    if moment.stage is None:
        return "Writing" if step.finished else step.doing
    stage = step.stage(moment.stage)
    said = stage.doing if stage else _BEFORE.get(moment.stage, f"Working on {moment.stage}")
    return " · ".join([said, *_figures(status)])


def _figures(status: JobStatus) -> list[str]:
    moment = status.moment
    if not moment.total:
        return [f"for {labels.seconds(moment.since)}"] if moment.since is not None else []
    stage = status.step.stage(moment.stage)
    unit = stage.unit if stage else "samples"
    parts = [f"{labels.count(moment.done)} of {labels.count(moment.total)} {unit}"]
    if moment.rate:
        parts.append(f"{rate(moment.rate)} a second")
    if moment.seconds_left is not None and moment.done < moment.total:
        parts.append(f"{labels.seconds(moment.seconds_left)} left")
    return parts


def rate(value: float) -> str:
    """``84``, ``7.2`` or ``0.05`` a second."""
    return labels.count(value) if value >= 10 else f"{value:.2g}"


def outcome(status: JobStatus) -> str:
    """How a job that is not in work ended."""
    took = "" if status.seconds is None else f" after {labels.seconds(status.seconds)}"
    if status.state is JobState.DONE and status.message:
        return f"The last start ended with an error; what was done before is as it was. {status.message}"
    if status.state is JobState.DONE:
        return f"Done{took}."
    if status.state is JobState.CANCELLED:
        return f"Cancelled{took}. What was finished is kept; Resume goes on from there."
    return status.message or ""


def when(status: JobStatus, now: float) -> str:
    """When a job was started or ended."""
    if status.state.is_active:
        return f"for {labels.seconds(now - status.started)}" if status.started is not None else "–"
    return ago(now - status.ended) if status.ended is not None else "–"


def ago(seconds: float) -> str:
    """How long ago, roughly: ``just now``, ``5 min ago``, ``3 h ago``, ``12 days ago``."""
    if seconds < 60:
        return "just now"
    for size, unit in ((86_400, "day"), (3_600, "h"), (60, "min")):
        if seconds >= size:
            number = int(seconds // size)
            return f"{number} {unit}{'s' if unit == 'day' and number > 1 else ''} ago"
    raise AssertionError("unreachable")
