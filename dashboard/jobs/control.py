"""Starting, stopping and going on with work. POSIX only: locks and signals are the system's."""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
import signal
import subprocess
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from dashboard.jobs.chain import command
from dashboard.jobs.folders import Job, JobFiles, Step, config_file, job_folder
from dashboard.jobs.kinds import RUN, STUDY, manifest_of, own_step
from dashboard.jobs.names import check_name
from dashboard.serving import started_in
from paser_core.config import (
    ModelsConfig,
    RunConfig,
    dump_config,
    dump_yaml,
    load_config,
    parse_config,
)
from paser_core.engines.side import environment
from paser_core.errors import RunError
from paser_core.runs import Files, read_manifest
from paser_core.workspace import paths
from paser_core.workspace.checkpoints import MANIFEST
from paser_core.workspace.events import EVENTS
from paser_core.workspace.files import disk_errors, sweep
from paser_core.workspace.lock import LOCK, PATIENCE, is_held, worker_of
from paser_core.workspace.store import PARTS, Store

_WORTHLESS = {MANIFEST, EVENTS, LOCK}  # by themselves
# Asked politely, a run ends at the next line of Python; a library may be far from one.
_INSISTENCE = ((signal.SIGINT, 15.0), (signal.SIGTERM, 5.0), (signal.SIGKILL, 5.0))


def create(
    config: RunConfig,
    folder: Path,
    name: str,
    source: Path | None = None,
    before: Sequence[Step] = (),
) -> Job:
    """Make a new run of this name in the folder for new runs.

    Args:
        config: what to run.
        folder: the folder for new runs.
        name: of the run.
        source: a finished run; what the config leaves unchanged is taken over from it.
        before: commands whose results the run needs.

    Raises:
        ConfigError: the name is not usable or is taken.
        RunError: the disk is full or cannot be written.
    """
    check_name(name, folder)
    return start(config, folder / name, new=True, source=source, before=before)


def start(
    config: RunConfig,
    run: Path,
    *,
    new: bool = False,
    source: Path | None = None,
    before: Sequence[Step] = (),
) -> Job:
    """Start ``paser run`` on a run folder, as a process that outlives this one.

    Args:
        config: what to run; written beside the folder.
        run: the run folder. One that exists is gone on with.
        new: nobody may have started a run of this name before.
        source: a finished run that a new one takes over from.
        before: commands whose results the run needs.

    Raises:
        RunError: the run is in work already, its name is taken, or its place cannot be written.
    """
    steps = (*before, run_step(run, source))
    return begin(run, steps, {JobFiles.CONFIG: dump_config(config)}, new=new)


def run_step(run: Path, source: Path | None = None) -> Step:
    """``paser run`` on a run folder, with the config beside it."""
    more = ("--from", str(source)) if source is not None else ()
    return Step(("run", str(config_file(run)), "--out", str(run), *more))


def study_step(work: Path) -> Step:
    """``paser study`` on a folder, with the plan beside it."""
    plan = job_folder(work) / JobFiles.STUDY
    return Step((STUDY, str(plan), "--out", str(work)))


def begin(work: Path, steps: Sequence[Step], files: Mapping[str, str], *, new: bool = False) -> Job:
    """Start commands one after another, as one process that outlives this one.

    Args:
        work: the folder that they are about; one of them makes it.
        steps: the commands.
        files: what they are told in files of the job folder, by name.
        new: nobody may have started work of this name before.

    Raises:
        RunError: it is in work already, its name is taken, or its place cannot be written.
    """
    place = job_folder(work)
    with disk_errors(place):
        place.mkdir(parents=True, exist_ok=True)
        (place / JobFiles.LOCK).touch()
    with _held(place / JobFiles.LOCK, work) as lock:
        before = Job.read(work)
        if is_held(work / LOCK):
            raise _in_work(work)
        if new and before is not None:  # somebody was faster
            raise RunError(f"{work.name}: this name was started already. Choose another.")
        sweep(place)
        for name, text in files.items():
            Store(place).write(name, text.encode())
        for name in (JobFiles.CANCELLED, JobFiles.STEP):
            (place / name).unlink(missing_ok=True)
        directory = Path(before.directory) if before else started_in()
        with disk_errors(place):
            log = (place / JobFiles.LOG).open("wb")
        began = time.time()
        with log:
            process = subprocess.Popen(
                command(place, steps),
                cwd=directory if paths.is_folder(directory) else started_in(),
                # The log is read while it is written.
                env=environment() | {"PYTHONUNBUFFERED": "1"},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,  # no Ctrl-C and no hang-up of the server's terminal
                pass_fds=(lock,),  # held until the last process of the job has ended
            )
        job = Job(tuple(steps), str(directory), process.pid, began)
        job.write(work)
    # A child that nobody waits for stays in the process table.
    threading.Thread(target=process.wait, daemon=True).start()
    return job


def resume(work: Path) -> Job:
    """Start the same commands again; finished stages are not repeated.

    Raises:
        PaserError: the work goes on already, or nobody knows any more what it was.
    """
    job = Job.read(work)
    if job is None and own_step(work).verb == STUDY:  # a shell has begun it
        manifest, broken = manifest_of(work)
        if manifest is None:
            raise RunError(str(broken))
        plan: dict[str, str] = {JobFiles.STUDY: dump_yaml(manifest["config"])}
        return begin(work, (study_step(work),), plan)
    before = tuple(step for step in job.steps if step.out != work) if job else ()
    if job is not None and job.steps[-1].verb != RUN:
        return begin(work, job.steps, {})
    if paths.is_file(work / Files.MANIFEST):  # a shell may have gone on with another config
        return start(parse_config(read_manifest(work)["config"]), work, before=before)
    return start(load_config(config_file(work)), work, before=before)


def add_models(run: Path, models: ModelsConfig) -> Job:
    """Go on with a run, with other models than its config names; the stages before are not repeated.

    Raises:
        PaserError: the run is in work already, or is none.
    """
    return start(replace(parse_config(read_manifest(run)["config"]), models=models), run)


def cancel(work: Path) -> None:
    """Ask whoever works on a folder to stop. Returns at once; insists later if it must.

    Raises:
        RunError: nobody works on it, or the process belongs to somebody else.
    """
    process = _process_of(work)
    if process is None:
        raise RunError(
            f"{work.name}: no process works on it any more. Look at its state, or resume it."
        )
    Store(job_folder(work)).write(JobFiles.CANCELLED, b"")
    try:
        _send(work, process, signal.SIGINT)
    except RunError:
        (job_folder(work) / JobFiles.CANCELLED).unlink(missing_ok=True)
        raise
    threading.Thread(target=_insist, args=(work, process), daemon=True).start()


def can_forget(work: Path) -> bool:
    """Whether a folder holds nothing that anybody could miss: no stage of it was ever finished."""
    if paths.exists(work / PARTS) or not set(_names_in(work)) <= _WORTHLESS:
        return False
    manifest, broken = manifest_of(work)
    return broken is None and not (manifest and manifest["stages"])


def forget(work: Path) -> None:
    """Remove a start that came to nothing, and its name is free again.

    Raises:
        RunError: a process works on it, or something of it is done.
    """
    place = job_folder(work)
    if not can_forget(work):
        raise RunError(
            f"{work}: a part of this work is done. Remove the folder yourself if you must."
        )
    with disk_errors(place):
        place.mkdir(parents=True, exist_ok=True)
    with _held(place / JobFiles.LOCK, work), disk_errors(work):
        if is_held(work / LOCK):
            raise _in_work(work)
        for name in _names_in(work):
            (work / name).unlink()
        if paths.exists(work):
            work.rmdir()
        shutil.rmtree(place)


def _names_in(work: Path) -> list[str]:
    return [p.name for p in paths.entries(work)]


def _process_of(work: Path) -> int | None:
    """The process to stop. A lock vouches for its number, so that it is never a stranger's."""
    if is_held(job_folder(work) / JobFiles.LOCK):
        job = Job.read(work)
        return job.pid if job else None
    return worker_of(work)


def _insist(work: Path, process: int) -> None:
    for sign, patience in _INSISTENCE:
        if sign is not signal.SIGINT:
            with contextlib.suppress(RunError):
                _send(work, process, sign)
        deadline = time.monotonic() + patience
        while time.monotonic() < deadline:
            if _process_of(work) != process:
                return
            time.sleep(0.1)


def _send(work: Path, process: int, sign: signal.Signals) -> None:
    try:
        # The whole group, so that its own helpers end too; unless the group is a script's.
        if os.getpgid(process) == process:
            os.killpg(process, sign)
        else:
            os.kill(process, sign)
    except ProcessLookupError:
        return  # over by itself
    except PermissionError:
        raise RunError(
            f"{work.name}: process {process} belongs to somebody else. Ask them to stop it."
        ) from None


@contextlib.contextmanager
def _held(lock_file: Path, work: Path) -> Iterator[int]:
    """The job's lock as a file descriptor to hand on; free again when its last copy is closed."""
    number = os.open(lock_file, os.O_RDWR | os.O_CREAT)
    try:
        deadline = time.monotonic() + PATIENCE
        while True:
            try:
                fcntl.flock(number, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() > deadline:
                    raise _in_work(work) from None
                time.sleep(0.02)
        yield number
    finally:
        os.close(number)


def _in_work(work: Path) -> RunError:
    return RunError(f"{work.name}: a process works on it already. Wait for it, or cancel it.")
