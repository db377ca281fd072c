"""What one can know about a job."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from paser_core.workspace.checkpoints import Stage


class JobState(StrEnum):
    """What is happening to a work folder."""

    STARTING = "starting"  # the process lives and has not reached the folder yet
    RUNNING = "running"
    STOPPING = "stopping"  # asked to stop, still alive
    CANCELLED = "cancelled"  # somebody stopped it
    INTERRUPTED = "interrupted"  # its process died
    FAILED = "failed"  # it ended with an error
    DIVERGED = "diverged"  # a recovery whose loss went up: it ended, and gave no model
    DONE = "done"

    @property
    def is_active(self) -> bool:
        """Whether a process works on it."""
        return self in (JobState.STARTING, JobState.RUNNING, JobState.STOPPING)

    @property
    def can_resume(self) -> bool:
        """Whether the same commands can be started again."""
        return self in (JobState.CANCELLED, JobState.INTERRUPTED, JobState.FAILED)


@dataclass(frozen=True)
class StageTime:
    """A finished stage."""

    name: str
    seconds: float


@dataclass(frozen=True)
class StepStatus:
    """One command of the job."""

    verb: str
    title: str  # of the command, for people
    doing: str  # what to say while it works and no stage has begun
    folder: Path  # what it makes
    planned: tuple[Stage, ...]  # its stages, in order
    finished: tuple[StageTime, ...]  # those that are done, in order
    is_done: bool

    def stage(self, name: str | None) -> Stage | None:
        """The stage of that name, if it is planned."""
        return next((stage for stage in self.planned if stage.name == name), None)


@dataclass(frozen=True)
class Moment:
    """How far the stage in work is."""

    stage: str | None = None  # None: between two stages, or reading the data
    done: int = 0  # units of it, of `total`; 0 of 0 where it has not said yet
    total: int = 0
    rate: float | None = None  # units a second
    seconds_left: float | None = None  # of this stage
    since: float | None = None  # seconds that this stage has been in work


@dataclass(frozen=True)
class JobStatus:
    """One look at a work folder."""

    folder: Path
    state: JobState
    steps: tuple[StepStatus, ...]  # the commands, in order
    at: int  # the one in work, or the one that it ended with
    moment: Moment
    message: str | None  # why it is not done, or what went wrong since, in a sentence
    made_again: str | None  # which stages this start repeats and why, in a sentence
    started: float | None  # seconds since the epoch: the last start
    ended: float | None  # None while it is active
    samples: int | None  # of a run; None until the data has been read

    @property
    def step(self) -> StepStatus:
        """The command in work, or the one that it ended with."""
        return self.steps[self.at]

    @property
    def main(self) -> StepStatus:
        """The command that makes the folder itself."""
        return next((step for step in self.steps if step.folder == self.folder), self.steps[-1])

    @property
    def planned(self) -> tuple[str, ...]:
        """The stages of the folder itself, in order."""
        return tuple(stage.name for stage in self.main.planned)

    @property
    def finished(self) -> tuple[StageTime, ...]:
        """Those of them that are done."""
        return self.main.finished

    @property
    def has_models(self) -> bool:
        """Whether it is a run whose config names models."""
        return "divergence" in self.planned

    @property
    def seconds(self) -> float | None:
        """How long the last start took; None while it is active."""
        if self.started is None or self.ended is None:
            return None
        return max(self.ended - self.started, 0.0)
