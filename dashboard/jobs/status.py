"""What a run is doing, read from its folder: right for any process, whoever started the run."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

from dashboard.jobs.folders import Job, JobFiles, job_folder, log_tail
from paser_core.errors import PaserError, RunError
from paser_core.run import Files, State, is_held, read_events, read_manifest

# In the order of the pipeline; `divergence` only where models are given.
STAGES = ("embedding", "manifold", "clustering", "layout", "concepts", "divergence", "summary")
_EVENTS = 64 * 1024  # bytes from the end of events.jsonl: more than a minute of progress
_MISTAKE = "paser: "  # how the command line begins the one sentence about a user's mistake
_KILLED = (
    "The process ended without a word: it was killed, or the machine went down. Nothing that was "
    "finished is lost."
)


class JobState(StrEnum):
    """What is happening to a run."""

    STARTING = "starting"  # the process lives and has not reached the run folder yet
    RUNNING = "running"
    STOPPING = "stopping"  # asked to stop, still alive
    CANCELLED = "cancelled"  # somebody stopped it
    INTERRUPTED = "interrupted"  # its process died
    FAILED = "failed"  # it ended with an error
    DONE = "done"

    @property
    def is_active(self) -> bool:
        """Whether a process works on it."""
        return self in (JobState.STARTING, JobState.RUNNING, JobState.STOPPING)

    @property
    def can_resume(self) -> bool:
        """Whether the same config can be started again."""
        return self in (JobState.CANCELLED, JobState.INTERRUPTED, JobState.FAILED)


@dataclass(frozen=True)
class StageTime:
    """A finished stage."""

    name: str
    seconds: float


@dataclass(frozen=True)
class JobStatus:
    """One look at a run."""

    run: Path
    state: JobState
    planned: tuple[str, ...]  # the stages of this run, in order
    finished: tuple[StageTime, ...]  # those that are done, in order
    stage: str | None  # the one in work
    done: int  # units of it, of `total`; 0 of 0 where it has not said yet
    total: int
    rate: float | None  # units a second
    seconds_left: float | None  # of this stage
    message: str | None  # why it is not done, in a sentence
    started: float | None  # seconds since the epoch: this start, or the last one
    ended: float | None  # None while it is active
    has_models: bool  # the config names models


def status(run: Path, now: float | None = None) -> JobStatus:
    """Look at a run.

    Args:
        run: its folder, which need not exist yet where a job was started for it.
        now: seconds since the epoch.

    Raises:
        RunError: there is neither a run nor a job.
    """
    now = time.time() if now is None else now
    # Before the manifest is read: a process that ends in between has then written its last word.
    works, lives = is_held(run / Files.LOCK), is_held(job_folder(run) / JobFiles.LOCK)
    job = Job.read(run)
    manifest, broken = _manifest(run)
    if manifest is None and broken is None and job is None and not (works or lives):
        raise RunError(
            f"{run}: there is no run here, and none was started. Choose a run from the list."
        )
    events = _this_start(read_events(run, _EVENTS))
    if not works and job is not None and events and events[0]["time"] < job.started:
        events = []  # those of an earlier start
    cancelled = _cancelled(run, job)
    state, message = _state(works, lives, manifest, broken, events, cancelled, log_tail(run))
    planned = _planned(manifest)
    known = manifest["stages"] if manifest else {}
    moment = _moment(events, now) if state is JobState.RUNNING or works else _NOTHING
    return JobStatus(
        run=run,
        state=state,
        planned=planned,
        finished=tuple(StageTime(s, float(known[s]["seconds"])) for s in planned if s in known),
        stage=moment.stage,
        done=moment.done,
        total=moment.total,
        rate=moment.rate,
        seconds_left=moment.seconds_left,
        message=message,
        started=_started(run, job, events, works),
        ended=None if state.is_active else _ended(run, events),
        has_models="divergence" in planned,
    )


def _manifest(run: Path) -> tuple[dict[str, Any] | None, str | None]:
    """The manifest, or why there is one that cannot be read."""
    if not (run / Files.MANIFEST).is_file():
        return None, None
    try:
        return read_manifest(run), None
    except PaserError as error:
        return None, str(error)


def _state(
    works: bool,
    lives: bool,
    manifest: Mapping[str, Any] | None,
    broken: str | None,
    events: Sequence[Mapping[str, Any]],
    cancelled: bool,
    log: str,
) -> tuple[JobState, str | None]:
    """The state, and what there is to say about it."""
    over = bool(events) and events[-1]["event"] in ("finished", "failed", "interrupted")
    if works or (lives and not over):
        if cancelled:
            return JobState.STOPPING, None
        return (JobState.RUNNING if works else JobState.STARTING), None
    if broken is not None:
        return JobState.FAILED, broken
    said = _mistake_in(log)
    if manifest is not None and manifest["state"] == State.DONE:
        return JobState.DONE, said
    if cancelled or (manifest is not None and manifest.get("error") == "interrupted"):
        return JobState.CANCELLED, None
    if manifest is not None and manifest["state"] == State.FAILED:
        return JobState.FAILED, str(manifest.get("error", "")) or None
    if manifest is None and said is not None:
        return JobState.FAILED, said
    return JobState.INTERRUPTED, _KILLED


def _mistake_in(log: str) -> str | None:
    """The sentence that the command line ended with, if it was about a mistake."""
    lines = log.splitlines()
    start = next((i for i, line in enumerate(lines) if line.startswith(_MISTAKE)), None)
    if start is None or "interrupted" in lines[start]:
        return None
    return "\n".join(lines[start:]).removeprefix(_MISTAKE)


def _this_start(events: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """The events since the last start, as far as they were read."""
    last = max((i for i, e in enumerate(events) if e.get("event") == "started"), default=0)
    return [e for e in events[last:] if "event" in e and "time" in e]


@dataclass(frozen=True)
class _Moment:
    stage: str | None = None
    done: int = 0
    total: int = 0
    rate: float | None = None
    seconds_left: float | None = None


_NOTHING = _Moment()


def _moment(events: Sequence[Mapping[str, Any]], now: float) -> _Moment:
    """The stage in work and how far it is."""
    if not events or "stage" not in (last := events[-1]):
        return _NOTHING
    if last["event"] == "stage_started":
        return _Moment(last["stage"])
    if last["event"] != "progress":
        return _NOTHING  # between two stages
    left = last.get("seconds_left")
    if left is not None:
        left = max(left - max(now - last["time"], 0.0), 0.0)
    return _Moment(last["stage"], last["done"], last["total"], last.get("rate"), left)


def _planned(manifest: Mapping[str, Any] | None) -> tuple[str, ...]:
    if manifest is not None and manifest["config"]["models"]["original"] is None:
        return tuple(s for s in STAGES if s != "divergence")
    return STAGES


def _cancelled(run: Path, job: Job | None) -> bool:
    """Whether somebody asked this start to stop."""
    try:
        asked = (job_folder(run) / JobFiles.CANCELLED).stat().st_mtime
    except OSError:
        return False
    return job is None or asked >= job.started


def _started(
    run: Path, job: Job | None, events: Sequence[Mapping[str, Any]], works: bool
) -> float | None:
    if works:  # the holder wrote its number when it began
        began = (run / Files.LOCK).stat().st_mtime
        return min(began, job.started) if job and 0 <= began - job.started < 120 else began
    if job is not None:
        return job.started
    return float(events[0]["time"]) if events else None


def _ended(run: Path, events: Sequence[Mapping[str, Any]]) -> float | None:
    if events:
        return float(events[-1]["time"])
    files = (run / Files.MANIFEST, job_folder(run) / JobFiles.LOG)
    return next((f.stat().st_mtime for f in files if f.is_file()), None)
