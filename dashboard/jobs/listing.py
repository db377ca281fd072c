"""Every piece of work that a person may want to watch, open or go on with."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from dashboard.jobs.folders import JOBS, Job, JobFiles, job_folder
from dashboard.jobs.states import JobStatus
from dashboard.jobs.status import status
from dashboard.serving import all_runs, new_runs_folder, roots
from paser_core.runs import Run
from paser_core.workspace import paths


def known_runs() -> list[JobStatus]:
    """Runs at every place, and jobs that have not made their run folder yet; in work first, then new."""
    parents = dict.fromkeys(place.resolve() for place in (*roots(), new_runs_folder()))
    started = [work for parent in parents for work in _started(parent)]
    return _looked_at((*all_runs(), *started))


def known_jobs(place: Path) -> list[JobStatus]:
    """What the dashboard has started whose folders are in ``place``; in work first, then new."""
    return _looked_at(_started(place.resolve()))


def is_about(work: Path, run: Run) -> bool:
    """Whether a job is about a selection of this run."""
    try:
        told = (job_folder(work) / JobFiles.SELECTION).read_text(encoding="utf-8")
    except (OSError, ValueError):
        return False
    return any(f"fingerprint: {known}" in told for known in run.formerly)


def _started(place: Path) -> list[Path]:
    names = (job.name for job in paths.entries(place / JOBS))
    return [place / name for name in names if Job.read(place / name) is not None]


def _looked_at(folders: Iterable[Path]) -> list[JobStatus]:
    looked = [status(work) for work in dict.fromkeys(folders)]
    return sorted(looked, key=lambda s: (not s.state.is_active, -(s.started or 0.0)))
