"""Runs as background processes: started, watched, stopped, gone on with. Knows no screen.

A job is ``paser run`` in a process of its own that outlives the browser and the server. What it is
doing is read from the run folder and from locks that the system frees when a process dies, never
from the memory of the server: a run started from a shell shows up like any other, and a restart of
the server changes nothing.
"""

from dashboard.jobs.control import add_models, can_forget, cancel, create, forget, resume, start
from dashboard.jobs.folders import Job, config_file, log_tail
from dashboard.jobs.listing import known_runs
from dashboard.jobs.names import check_name, default_name
from dashboard.jobs.states import STAGES, JobState, JobStatus, Moment, StageTime
from dashboard.jobs.status import status

__all__ = [
    "STAGES",
    "Job",
    "JobState",
    "JobStatus",
    "Moment",
    "StageTime",
    "add_models",
    "can_forget",
    "cancel",
    "check_name",
    "config_file",
    "create",
    "default_name",
    "forget",
    "known_runs",
    "log_tail",
    "resume",
    "start",
    "status",
]
