"""What a run is doing, read from its folder: right for any process, whoever started the run."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dashboard.jobs.folders import Job, JobFiles, config_file, job_folder, log_tail
from dashboard.jobs.states import JobState, JobStatus, Moment, StageTime
from paser_core.config import load_config
from paser_core.errors import PaserError, RunError
from paser_core.measure.plan import stages_of
from paser_core.runs import Files, read_manifest
from paser_core.workspace import paths
from paser_core.workspace.checkpoints import State
from paser_core.workspace.events import read_events
from paser_core.workspace.lock import is_held, number_in

_EVENTS = 64 * 1024  # bytes from the end of events.jsonl: more than a minute of progress
_MISTAKE = "paser: "  # how the command line begins the one sentence about a user's mistake
_KILLED = (
    "The process ended without a word: it was killed, or the machine went down. Nothing that was "
    "finished is lost."
)


def status(run: Path, now: float | None = None) -> JobStatus:
    """Look at a run; ``now`` is in seconds since the epoch.

    Raises:
        RunError: there is neither a run nor a job.
    """
    now = time.time() if now is None else now
    # Before the manifest: a process that ends in between has then written its last word.
    works, lives = is_held(run / Files.LOCK), is_held(job_folder(run) / JobFiles.LOCK)
    start = _Start.of(run, lives)
    manifest, broken = _manifest(run)
    if manifest is None and broken is None and start.job is None and not (works or lives):
        raise RunError(f"{run}: there is no run here, and none was started. Choose another one.")
    events = _this_start(run, start)
    said = _last_words(log_tail(run)) if start.ours else None
    state, message = _state(works, lives, start.cancelled, manifest, broken or said, events)
    planned = _planned(run, None if state is JobState.STARTING else manifest)
    known = manifest["stages"] if manifest else {}
    return JobStatus(
        run=run,
        state=state,
        planned=planned,
        finished=tuple(StageTime(s, float(known[s]["seconds"])) for s in planned if s in known),
        moment=_moment(events, now) if works else Moment(),
        message=message,
        started=start.time,
        ended=None if state.is_active else _ended(run, events),
        samples=manifest.get("n_samples") if manifest else None,
    )


@dataclass(frozen=True)
class _Start:
    """The last start of a run, by the dashboard or by anybody else."""

    job: Job | None  # the last one by the dashboard
    ours: bool  # it was the dashboard's
    time: float | None
    cancelled: bool

    @classmethod
    def of(cls, run: Path, lives: bool) -> _Start:
        job, lock = Job.read(run), run / Files.LOCK
        # Whoever takes the lock writes its number into it: the file's time is that of the start.
        taken = _modified(lock)
        if job is None:
            ours, began = False, taken
        else:
            ours = lives or taken is None or taken < job.started or number_in(lock) == job.pid
            began = job.started if ours else taken
        asked = _modified(job_folder(run) / JobFiles.CANCELLED)
        return cls(job, ours, began, asked is not None and (began is None or asked >= began))


def _modified(file: Path) -> float | None:
    try:
        return file.stat().st_mtime
    except OSError:
        return None


def _manifest(run: Path) -> tuple[dict[str, Any] | None, str | None]:
    """The manifest, or why there is one that cannot be read."""
    if not paths.is_file(run / Files.MANIFEST):
        return None, None
    try:
        return read_manifest(run), None
    except PaserError as error:
        return None, str(error)


def _this_start(run: Path, start: _Start) -> list[dict[str, Any]]:
    """The events of the last start, as far as they were read."""
    events = [e for e in read_events(run, _EVENTS) if _is_event(e)]
    first = max((i for i, e in enumerate(events) if e["event"] == "started"), default=0)
    events = events[first:]
    # A file's time may lag behind the clock by a tick of the system.
    early = start.time is not None and bool(events) and events[0]["time"] < start.time - 0.05
    return [] if early else events


def _is_event(event: Mapping[str, Any]) -> bool:
    """Whether a line of ``events.jsonl`` is one of ours: anybody may have written into the file."""
    if not isinstance(event.get("event"), str) or type(event.get("time")) not in (int, float):
        return False
    if event["event"] == "stage_started":
        return isinstance(event.get("stage"), str)
    if event["event"] != "progress":
        return True
    numbers = [event.get(name) for name in ("done", "total")]
    maybe = [event.get(name) for name in ("rate", "seconds_left")]
    return (
        isinstance(event.get("stage"), str)
        and all(type(number) is int for number in numbers)
        and all(number is None or type(number) in (int, float) for number in maybe)
    )


def _state(
    works: bool,
    lives: bool,
    cancelled: bool,
    manifest: Mapping[str, Any] | None,
    said: str | None,
    events: Sequence[Mapping[str, Any]],
) -> tuple[JobState, str | None]:
    """The state, and what there is to say about it."""
    over = bool(events) and events[-1]["event"] in ("finished", "failed", "interrupted")
    if works or lives:  # until the process has ended, and a next one can start
        if cancelled:
            return JobState.STOPPING, None
        return (JobState.RUNNING if works or over else JobState.STARTING), None
    state, error = (manifest["state"], manifest.get("error")) if manifest else (None, None)
    if state == State.DONE:
        return JobState.DONE, said
    if cancelled or error == "interrupted":
        return JobState.CANCELLED, None
    if state == State.FAILED or said is not None:
        return JobState.FAILED, str(said or error)
    return JobState.INTERRUPTED, _KILLED


def _last_words(log: str) -> str | None:
    """What the process died of, in the words that it ended with; None where it said nothing."""
    lines = log.splitlines()
    for number, line in enumerate(lines):
        if line.startswith(_MISTAKE):
            said = "\n".join(lines[number:]).removeprefix(_MISTAKE)
            return None if said.startswith("interrupted") else said
    return lines[-1] if any(line.startswith("Traceback (") for line in lines) else None


def _moment(events: Sequence[Mapping[str, Any]], now: float) -> Moment:
    """The stage in work and how far it is."""
    if not events or events[-1]["event"] not in ("stage_started", "progress"):
        return Moment()
    last = events[-1]
    began = [e["time"] for e in events if e["event"] == "stage_started"]
    since = max(now - began[-1], 0.0) if began else None
    if last["event"] == "stage_started":
        return Moment(last["stage"], since=since)
    left = last.get("seconds_left")
    if left is not None:  # it has gone on since it was said
        left = max(left - max(now - last["time"], 0.0), 0.0)
    return Moment(last["stage"], last["done"], last["total"], last.get("rate"), left, since)


def _planned(run: Path, manifest: Mapping[str, Any] | None) -> tuple[str, ...]:
    """The stages that this run goes through."""
    if manifest is not None:
        has_models = manifest["config"]["models"]["original"] is not None
    else:
        try:
            has_models = load_config(config_file(run)).models.original is not None
        except PaserError:
            has_models = True
    return tuple(stage.name for stage in stages_of(has_models))


def _ended(run: Path, events: Sequence[Mapping[str, Any]]) -> float | None:
    if events:
        return float(events[-1]["time"])
    return _modified(run / Files.MANIFEST) or _modified(job_folder(run) / JobFiles.LOG)
