"""What a job is doing, read from its folders: right for any process, whoever started the work."""

from __future__ import annotations

import functools
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from dashboard.jobs.folders import Job, JobFiles, Step, job_folder, log_tail, step_in_work
from dashboard.jobs.kinds import Kind, facts_of, kind_of, own_step, progress_folder, title_of
from dashboard.jobs.states import JobState, JobStatus, Moment, StageTime, StepStatus
from paser_core.errors import RunError
from paser_core.recover.outcome import DIVERGED
from paser_core.workspace.checkpoints import MANIFEST, State
from paser_core.workspace.events import last_made_again, made_again, read_events
from paser_core.workspace.lock import LOCK, is_held, number_in

_EVENTS = 64 * 1024  # bytes from the end of events.jsonl: more than a minute of progress
_BETWEEN = ("step_started", "step_ended")  # what a study says between two lines of progress
_MISTAKE = "paser: "  # how the command line begins the one sentence about a user's mistake
_KILLED = (
    "The process ended without a word: it was killed, or the machine went down. Nothing that was "
    "finished is lost."
)


def status(work: Path, now: float | None = None) -> JobStatus:
    """Look at a work folder; ``now`` is in seconds since the epoch.

    Raises:
        RunError: there is neither a folder nor a job.
    """
    now = time.time() if now is None else now
    # Before the manifests: a process that ends in between has then written its last word.
    lives = is_held(job_folder(work) / JobFiles.LOCK)
    job = Job.read(work)
    looks = [_Look.at(step) for step in (job.steps if job else (own_step(work),))]
    if job is None and not lives and all(look.is_missing for look in looks):
        raise RunError(f"{work}: there is no run here, and none was started. Choose another one.")
    at = _in_work(looks, step_in_work(work) if job else 0, lives)
    look = looks[at]
    works = look.works or (lives and look.kind.in_one is not None)
    start = _Start.of(work, look, job, lives)
    events = _this_start(progress_folder(look.step), start)
    said = _last_words(log_tail(work)) if start.ours else None
    state, message = _state(works, lives, start.cancelled, look, said, events)
    if state is JobState.DONE and at + 1 < len(looks):  # it ended between two commands
        state, message = JobState.INTERRUPTED, _KILLED
    if state is JobState.STARTING:  # what it will find there is not known yet
        looks[at] = look = _Look(look.step, look.works, None, None)
    steps = [other.status for other in looks]
    if look.kind.in_one is not None:  # its folder tells nothing before it is there
        steps[at] = replace(steps[at], finished=_finished(events))
    main = next((other for other in looks if other.folder == work), looks[-1])
    return JobStatus(
        folder=work,
        state=state,
        steps=tuple(steps),
        at=at,
        moment=_moment(events, now) if works else Moment(),
        message=message,
        made_again=_made_again(look.folder, events, start.time),
        started=start.time,
        ended=None if state.is_active else _ended(work, look.folder, events),
        samples=main.manifest.get("n_samples") if main.manifest else None,
    )


@dataclass(frozen=True)
class _Look:
    """One command of a job, and what its folder says."""

    step: Step
    works: bool
    manifest: Mapping[str, Any] | None
    broken: str | None  # why there is a manifest that cannot be read

    @classmethod
    def at(cls, step: Step) -> _Look:
        works = is_held(step.out / LOCK)
        return cls(step, works, *facts_of(step))

    @property
    def kind(self) -> Kind:
        return kind_of(self.step)

    @property
    def folder(self) -> Path:
        return self.step.out

    @property
    def is_missing(self) -> bool:
        return self.manifest is None and self.broken is None and not self.works

    @property
    def is_done(self) -> bool:
        return self.manifest is not None and self.manifest["state"] == State.DONE

    @property
    def status(self) -> StepStatus:
        known = self.manifest["stages"] if self.manifest else {}
        # What came in one step has told its stages nobody for good.
        over = self.is_done and self.kind.in_one is not None
        planned = () if over else self.kind.stages(self.step, self.manifest)
        return StepStatus(
            self.step.verb,
            title_of(self.step),
            self.kind.doing,
            self.folder,
            planned,
            tuple(
                StageTime(stage.name, float(known[stage.name]["seconds"]))
                for stage in planned
                if stage.name in known
            ),
            self.is_done,
        )


def _in_work(looks: Sequence[_Look], came_to: int, lives: bool) -> int:
    """The command in work, or the one that the job ended with."""
    at = next((i for i, look in enumerate(looks) if look.works), None)
    if at is not None:
        return at
    at = min(max(came_to, 0), len(looks) - 1)
    while not lives and looks[at].is_done and at + 1 < len(looks):
        at += 1  # done by a shell since, or killed between two commands
    return at


@dataclass(frozen=True)
class _Start:
    """The last start of a command, by the dashboard or by anybody else."""

    ours: bool  # it was the dashboard's
    time: float | None
    cancelled: bool

    @classmethod
    def of(cls, work: Path, look: _Look, job: Job | None, lives: bool) -> _Start:
        lock = look.folder / LOCK
        # Whoever takes the lock writes its number into it: the file's time is that of the start.
        taken = _modified(lock)
        if job is None:
            ours, began = False, taken
        else:
            ours = lives or taken is None or taken < job.started or number_in(lock) == job.pid
            began = job.started if ours else taken
        asked = _modified(job_folder(work) / JobFiles.CANCELLED)
        return cls(ours, began, asked is not None and (began is None or asked >= began))


def _modified(file: Path) -> float | None:
    try:
        return file.stat().st_mtime
    except OSError:
        return None


def _this_start(folder: Path, start: _Start) -> list[dict[str, Any]]:
    """The events of the last start, as far as they were read."""
    events = [e for e in read_events(folder, _EVENTS) if _is_event(e)]
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
    look: _Look,
    said: str | None,
    events: Sequence[Mapping[str, Any]],
) -> tuple[JobState, str | None]:
    """The state, and what there is to say about it."""
    over = bool(events) and events[-1]["event"] in ("finished", "failed", "interrupted")
    if works or lives:  # until the process has ended, and a next one can start
        if cancelled:
            return JobState.STOPPING, None
        return (JobState.RUNNING if works or over else JobState.STARTING), None
    said = look.broken or said
    state, error = (
        (look.manifest["state"], look.manifest.get("error")) if look.manifest else (None, None)
    )
    if state == State.DONE:
        return JobState.DONE, said
    if cancelled or error == "interrupted":
        return JobState.CANCELLED, None
    if look.manifest and look.manifest.get("status") == DIVERGED:
        return JobState.DIVERGED, str(error)
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
    events = [event for event in events if event["event"] not in _BETWEEN]
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


def _finished(events: Sequence[Mapping[str, Any]]) -> tuple[StageTime, ...]:
    """The stages that have ended, of what writes no manifest on its way."""
    ended = (e for e in events if e["event"] == "stage_finished" and e.get("seconds") is not None)
    return tuple(StageTime(str(e["stage"]), float(e["seconds"])) for e in ended)


def _made_again(
    folder: Path, events: Sequence[Mapping[str, Any]], began: float | None
) -> str | None:
    """Which stages this start makes again, and why; it says so once, at its beginning."""
    if not events:
        return None
    told = [said for event in events if (said := made_again(event)) is not None]
    if told or events[0]["event"] == "started":
        return told[-1] if told else None
    return _said_before(folder, began)


@functools.lru_cache(maxsize=64)
def _said_before(folder: Path, _began: float | None) -> str | None:
    """The same, from more of the file than every look reads: the beginning is long ago."""
    return last_made_again(folder)


def _ended(work: Path, folder: Path, events: Sequence[Mapping[str, Any]]) -> float | None:
    if events:
        return float(events[-1]["time"])
    return _modified(folder / MANIFEST) or _modified(job_folder(work) / JobFiles.LOG)
