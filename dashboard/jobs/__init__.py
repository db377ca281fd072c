"""Runs as background processes: started, watched, stopped, gone on with. Knows no screen.

A job is ``paser run`` in a process of its own that outlives the browser and the server. What it is
doing is read from the run folder and from locks that the system frees when a process dies, never
from the memory of the server: a run started from a shell shows up like any other, and a restart of
the server changes nothing.
"""

from dashboard.jobs.control import add_models, cancel, create, resume, start
from dashboard.jobs.folders import Job, config_file, log_tail
from dashboard.jobs.listing import known_runs
from dashboard.jobs.status import STAGES, JobState, JobStatus, StageTime, status

__all__ = [
    "STAGES",
    "Job",
    "JobState",
    "JobStatus",
    "StageTime",
    "add_models",
    "cancel",
    "config_file",
    "create",
    "known_runs",
    "log_tail",
    "resume",
    "start",
    "status",
]
