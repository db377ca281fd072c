"""Every run that a person may want to watch, open or go on with."""

from __future__ import annotations

from dashboard.jobs.folders import JOBS, Job
from dashboard.jobs.states import JobStatus
from dashboard.jobs.status import status
from dashboard.serving import all_runs, new_runs_folder, roots
from paser_core.workspace import paths


def known_runs() -> list[JobStatus]:
    """Runs at every place, and jobs that have not made their run folder yet; in work first, then new."""
    parents = dict.fromkeys(place.resolve() for place in (*roots(), new_runs_folder()))
    started = [
        parent / job.name
        for parent in parents
        for job in paths.entries(parent / JOBS)
        if Job.read(parent / job.name) is not None
    ]
    looked = [status(run) for run in dict.fromkeys((*all_runs(), *started))]
    return sorted(looked, key=lambda s: (not s.state.is_active, -(s.started or 0.0)))
