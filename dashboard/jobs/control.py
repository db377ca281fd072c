"""Starting, stopping and going on with runs. POSIX only: locks and signals are the system's."""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from dashboard.jobs.folders import Job, JobFiles, config_file, job_folder
from dashboard.jobs.names import check_name
from dashboard.serving import started_in
from paser_core.config import ModelsConfig, RunConfig, dump_config, load_config, parse_config
from paser_core.errors import RunError
from paser_core.runs import Files, read_manifest
from paser_core.workspace import paths
from paser_core.workspace.files import disk_errors, sweep
from paser_core.workspace.lock import PATIENCE, is_held, worker_of
from paser_core.workspace.store import Store

_ROOT = Path(__file__).resolve().parents[2]  # where paser_core is imported from
_WORTHLESS = {Files.MANIFEST, Files.EVENTS, Files.LOCK}  # by themselves
# Asked politely, a run ends at the next line of Python; a library may be far from one.
_INSISTENCE = ((signal.SIGINT, 15.0), (signal.SIGTERM, 5.0), (signal.SIGKILL, 5.0))


def create(config: RunConfig, folder: Path, name: str, source: Path | None = None) -> Job:
    """Make a new run of this name in the folder for new runs.

    With a ``source``, a finished run, what the config leaves unchanged is taken over from it.

    Raises:
        ConfigError: the name is not usable or is taken.
        RunError: the disk is full or cannot be written.
    """
    check_name(name, folder)
    return start(config, folder / name, new=True, source=source)


def start(config: RunConfig, run: Path, *, new: bool = False, source: Path | None = None) -> Job:
    """Start ``paser run`` on a run folder, as a process that outlives this one.

    Args:
        config: what to run; written beside the folder.
        run: the run folder. One that exists is gone on with.
        new: nobody may have started a run of this name before.
        source: a finished run that a new one takes over from.

    Raises:
        RunError: the run is in work already, its name is taken, or its place cannot be written.
    """
    place = job_folder(run)
    with disk_errors(place):
        place.mkdir(parents=True, exist_ok=True)
        (place / JobFiles.LOCK).touch()
    with _held(place / JobFiles.LOCK, run) as lock:
        before = Job.read(run)
        if is_held(run / Files.LOCK):
            raise _in_work(run)
        if new and before is not None:  # somebody was faster
            raise RunError(f"{run.name}: a run of this name was started already. Choose another.")
        sweep(place)
        Store(place).write(JobFiles.CONFIG, dump_config(config).encode())
        (place / JobFiles.CANCELLED).unlink(missing_ok=True)
        # -P: nothing beside the user's data is ever imported, whatever it is called.
        command = [sys.executable, "-P", "-m", "paser_core.cli", "run"]
        command += [str(config_file(run)), "--out", str(run)]
        command += ["--from", str(source)] if source is not None else []
        directory = Path(before.directory) if before else started_in()
        with disk_errors(place):
            log = (place / JobFiles.LOG).open("wb")
        began = time.time()
        with log:
            process = subprocess.Popen(
                command,
                cwd=directory if paths.is_folder(directory) else started_in(),
                env=_environment(),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,  # no Ctrl-C and no hang-up of the server's terminal
                pass_fds=(lock,),  # held until the last process of the job has ended
            )
        job = Job(tuple(command), str(directory), process.pid, began)
        job.write(run)
    # A child that nobody waits for stays in the process table.
    threading.Thread(target=process.wait, daemon=True).start()
    return job


def resume(run: Path) -> Job:
    """Start the same config again; finished stages are not repeated.

    Raises:
        PaserError: the run is in work already, or its config is gone.
    """
    if paths.is_file(run / Files.MANIFEST):
        return start(parse_config(read_manifest(run)["config"]), run)
    return start(load_config(config_file(run)), run)


def add_models(run: Path, models: ModelsConfig) -> Job:
    """Go on with a run, with other models than its config names; the stages before are not repeated.

    Raises:
        PaserError: the run is in work already, or is none.
    """
    return start(replace(parse_config(read_manifest(run)["config"]), models=models), run)


def cancel(run: Path) -> None:
    """Ask whoever works on a run to stop. Returns at once; insists later if it must.

    Raises:
        RunError: nobody works on it, or the process belongs to somebody else.
    """
    process = _process_of(run)
    if process is None:
        raise RunError(
            f"{run.name}: no process works on this run any more. Look at its state, or resume it."
        )
    Store(job_folder(run)).write(JobFiles.CANCELLED, b"")
    try:
        _send(run, process, signal.SIGINT)
    except RunError:
        (job_folder(run) / JobFiles.CANCELLED).unlink(missing_ok=True)
        raise
    threading.Thread(target=_insist, args=(run, process), daemon=True).start()


def can_forget(run: Path) -> bool:
    """Whether a run holds nothing that anybody could miss: no stage of it was ever finished."""
    if paths.exists(run / Files.PARTS) or not set(_names_in(run)) <= _WORTHLESS:
        return False
    try:
        return not read_manifest(run)["stages"]
    except RunError:
        return not paths.exists(run / Files.MANIFEST)


def forget(run: Path) -> None:
    """Remove a start that came to nothing, and its name is free again.

    Raises:
        RunError: a process works on the run, or something of it is done.
    """
    place = job_folder(run)
    if not can_forget(run):
        raise RunError(
            f"{run}: a part of this run is done. Remove the folder yourself if you must."
        )
    with disk_errors(place):
        place.mkdir(parents=True, exist_ok=True)
    with _held(place / JobFiles.LOCK, run), disk_errors(run):
        if is_held(run / Files.LOCK):
            raise _in_work(run)
        for name in _names_in(run):
            (run / name).unlink()
        if paths.exists(run):
            run.rmdir()
        shutil.rmtree(place)


def _names_in(run: Path) -> list[str]:
    return [p.name for p in paths.entries(run)]


def _process_of(run: Path) -> int | None:
    """The process to stop. A lock vouches for its number, so that it is never a stranger's."""
    if is_held(job_folder(run) / JobFiles.LOCK):
        job = Job.read(run)
        return job.pid if job else None
    return worker_of(run)


def _insist(run: Path, process: int) -> None:
    for sign, patience in _INSISTENCE:
        if sign is not signal.SIGINT:
            with contextlib.suppress(RunError):
                _send(run, process, sign)
        deadline = time.monotonic() + patience
        while time.monotonic() < deadline:
            if _process_of(run) != process:
                return
            time.sleep(0.1)


def _send(run: Path, process: int, sign: signal.Signals) -> None:
    try:
        # The whole group, so that a run's own helpers end too; unless the group is a script's.
        if os.getpgid(process) == process:
            os.killpg(process, sign)
        else:
            os.kill(process, sign)
    except ProcessLookupError:
        return  # over by itself
    except PermissionError:
        raise RunError(
            f"{run.name}: process {process} belongs to somebody else. Ask them to stop it."
        ) from None


@contextlib.contextmanager
def _held(lock_file: Path, run: Path) -> Iterator[int]:
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
                    raise _in_work(run) from None
                time.sleep(0.02)
        yield number
    finally:
        os.close(number)


def _in_work(run: Path) -> RunError:
    return RunError(f"{run.name}: a process works on this run already. Wait for it, or cancel it.")


def _environment() -> dict[str, str]:
    paths = [str(_ROOT), os.environ.get("PYTHONPATH", "")]
    return os.environ | {
        "PYTHONPATH": os.pathsep.join(p for p in paths if p),
        "PYTHONUNBUFFERED": "1",  # the log is read while it is written
    }
