"""What one can know about a job."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path


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
    """One look at a run."""

    run: Path
    state: JobState
    planned: tuple[str, ...]  # the stages of this run, in order
    finished: tuple[StageTime, ...]  # those that are done, in order
    moment: Moment
    message: str | None  # why it is not done, or what went wrong since, in a sentence
    started: float | None  # seconds since the epoch: the last start
    ended: float | None  # None while it is active
    samples: int | None  # None until the data has been read

    @property
    def has_models(self) -> bool:
        """Whether the config names models."""
        return "divergence" in self.planned

    @property
    def seconds(self) -> float | None:
        """How long the last start took; None while it is active."""
        if self.started is None or self.ended is None:
            return None
        return max(self.ended - self.started, 0.0)
