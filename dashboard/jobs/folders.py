"""What belongs to a job and not to its run: beside the run folder, which stays the pipeline's.

``<runs>/.jobs/<name>/`` holds for the run ``<runs>/<name>``

===============  =================================================================
``run.yaml``     the config, for ``paser run run.yaml --out ../../<name>``
``job.json``     the :class:`Job`: command, process, time
``log.txt``      what the process said, from its last start on
``lock``         held by the process, from before it began until after it ended
``cancelled``    exists once somebody has asked it to stop
===============  =================================================================
"""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass
from enum import StrEnum
from pathlib import Path
from typing import Self

from paser_core.workspace.store import Store

JOBS = ".jobs"
UPLOADS = "uploads"  # beside the runs too
_TAIL = 20_000  # bytes of the log: enough for any traceback


class JobFiles(StrEnum):
    """Every file of a job folder."""

    CONFIG = "run.yaml"
    RECORD = "job.json"
    LOG = "log.txt"
    LOCK = "lock"
    CANCELLED = "cancelled"


@dataclass(frozen=True)
class Job:
    """One start of a run from the dashboard."""

    command: tuple[str, ...]
    directory: str  # what relative paths of the config are relative to
    pid: int
    started: float  # seconds since the epoch

    @classmethod
    def read(cls, run: Path) -> Self | None:
        """The last start of a run; None where the dashboard never started it."""
        try:
            tree = json.loads((job_folder(run) / JobFiles.RECORD).read_text(encoding="utf-8"))
            return cls(
                tuple(map(str, tree["command"])),
                str(tree["directory"]),
                int(tree["pid"]),
                float(tree["started"]),
            )
        except (OSError, ValueError, KeyError, TypeError):
            return None  # none, or one that a full disk left: the locks still tell the truth

    def write(self, run: Path) -> None:
        """Keep it."""
        Store(job_folder(run)).write_json(JobFiles.RECORD, asdict(self))


def job_folder(run: Path) -> Path:
    """Where the files of a run's job are."""
    return run.parent / JOBS / run.name


def config_file(run: Path) -> Path:
    """The config that the job of a run is started with."""
    return job_folder(run) / JobFiles.CONFIG


def log_tail(run: Path) -> str:
    """The end of what the process said; empty where it said nothing."""
    try:
        with (job_folder(run) / JobFiles.LOG).open("rb") as file:
            size = file.seek(0, os.SEEK_END)
            file.seek(max(size - _TAIL, 0))
            text = file.read().decode("utf-8", errors="replace")
    except OSError:
        return ""
    # A progress bar of a library writes over its line; only the last state of it is worth reading.
    return "\n".join(line.rsplit("\r", 1)[-1] for line in text.splitlines() if line.strip())
