"""What belongs to a job and not to what it makes: beside that folder, which stays the command's own.

``<place>/.jobs/<name>/`` holds for the work folder ``<place>/<name>``

==================  ==============================================================
``run.yaml``        the config of a run, for ``paser run run.yaml --out ../../<name>``
``study.yaml``      the plan of a study, for ``paser study``
``selection.yaml``  the selection of an export, for ``paser select --config``
``job.json``        the :class:`Job`: commands, process, time
``step``            which of the commands is in work
``log.txt``         what the process said, from its last start on
``lock``            held by the process, from before it began until after it ended
``cancelled``       exists once somebody has asked it to stop
==================  ==============================================================
"""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass
from enum import StrEnum
from pathlib import Path
from typing import Self

from paser_core.explain.recoveries import EVALUATIONS, RECOVERED
from paser_core.study.discovery import STUDIES
from paser_core.workspace.store import Store

JOBS = ".jobs"
# Beside the runs, and no names of runs.
UPLOADS, EXPORTS, MODELS = "uploads", "exports", "models"
RESERVED = (UPLOADS, EXPORTS, MODELS, RECOVERED, EVALUATIONS, STUDIES)
_TAIL = 20_000  # bytes of the log: enough for any traceback


class JobFiles(StrEnum):
    """Every file of a job folder."""

    CONFIG = "run.yaml"
    SELECTION = "selection.yaml"
    STUDY = "study.yaml"
    RECORD = "job.json"
    STEP = "step"
    LOG = "log.txt"
    LOCK = "lock"
    CANCELLED = "cancelled"


@dataclass(frozen=True)
class Step:
    """One ``paser`` command of a job."""

    arguments: tuple[str, ...]  # of paser: a verb, and what it is told

    @property
    def verb(self) -> str:
        """The command's name."""
        return self.arguments[0]

    @property
    def out(self) -> Path:
        """The folder that it makes."""
        return Path(self.arguments[self.arguments.index("--out") + 1])


@dataclass(frozen=True)
class Job:
    """One start from the dashboard: commands, one after another."""

    steps: tuple[Step, ...]
    directory: str  # what relative paths in a config are relative to
    pid: int
    started: float  # seconds since the epoch

    @classmethod
    def read(cls, work: Path) -> Self | None:
        """The last start of a work folder; None where the dashboard never started it."""
        try:
            tree = json.loads((job_folder(work) / JobFiles.RECORD).read_text(encoding="utf-8"))
            # Earlier versions kept one command, with the program: python -P -m paser_core.cli run …
            steps = (
                [s["arguments"] for s in tree["steps"]]
                if "steps" in tree
                else [tree["command"][4:]]
            )
            made = tuple(Step(tuple(map(str, arguments))) for arguments in steps)
            if not made or any("--out" not in step.arguments[1:-1] for step in made):
                return None
            return cls(made, str(tree["directory"]), int(tree["pid"]), float(tree["started"]))
        except (OSError, ValueError, KeyError, TypeError):
            return None  # none, or one that a full disk left: the locks still tell the truth

    def write(self, work: Path) -> None:
        """Keep it."""
        Store(job_folder(work)).write_json(JobFiles.RECORD, asdict(self))


def job_folder(work: Path) -> Path:
    """Where the files of a work folder's job are."""
    return work.parent / JOBS / work.name


def config_file(run: Path) -> Path:
    """The config that the job of a run is started with."""
    return job_folder(run) / JobFiles.CONFIG


def step_in_work(work: Path) -> int:
    """Which of its commands a job has come to, from 0."""
    try:
        return int((job_folder(work) / JobFiles.STEP).read_text(encoding="ascii"))
    except (OSError, ValueError):
        return 0


def log_tail(work: Path) -> str:
    """The end of what the process said; empty where it said nothing."""
    try:
        with (job_folder(work) / JobFiles.LOG).open("rb") as file:
            size = file.seek(0, os.SEEK_END)
            file.seek(max(size - _TAIL, 0))
            text = file.read().decode("utf-8", errors="replace")
    except OSError:
        return ""
    # A progress bar of a library writes over its line; only the last state of it is worth reading.
    return "\n".join(line.rsplit("\r", 1)[-1] for line in text.splitlines() if line.strip())
