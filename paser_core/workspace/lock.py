"""One process at a time works in a folder, and anybody can see whether one does.

The lock is the system's: it is free the moment its holder dies, whatever it died of. The number in
the file only tells whose it is.
"""

from __future__ import annotations

import os
import time
from pathlib import Path

import filelock

from paser_core.errors import RunError
from paser_core.workspace.files import disk_errors

LOCK = ".lock"

# Seconds. Whoever looks whether a folder is in work holds its lock for an instant; that instant must
# not turn away a process that wants to work on it.
PATIENCE = 0.3


class FolderLock:
    """Held while a process writes the folder. The system frees it when the process dies.

    Raises:
        RunError: another process holds it, or the folder cannot be written.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._path = folder / LOCK
        self._lock = filelock.FileLock(str(self._path), timeout=PATIENCE)

    def __enter__(self) -> FolderLock:
        try:
            with disk_errors(self._path):
                self._lock.acquire()
        except filelock.Timeout:
            number = number_in(self._path)
            holder = f" ({number})" if number is not None else ""
            raise RunError(
                f"{self._folder}: another process{holder} is working in this folder. Wait for it, stop "
                "it, or give another --out."
            ) from None
        if os.name == "posix":  # elsewhere a locked file can be written by nobody
            self._path.write_text(f"{os.getpid()}\n", encoding="ascii")
        return self

    def __exit__(self, *_: object) -> None:
        self._lock.release()


def is_held(lock_file: Path) -> bool:
    """Whether a process holds a lock file at this moment. Changes nothing and creates nothing.

    Shared locks do not meet each other, so any number of onlookers may ask at once (POSIX only).
    """
    import fcntl

    try:
        number = os.open(lock_file, os.O_RDONLY)
    except (OSError, ValueError):  # there is none, or none that may be looked at
        return False
    try:
        fcntl.flock(number, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(number)
    return False


def worker_of(folder: Path) -> int | None:
    """The number of the process that works in a folder; None where none does."""
    file = folder / LOCK
    deadline = time.monotonic() + PATIENCE
    while is_held(file):
        number = number_in(file)
        if number is not None and _lives(number):
            return number
        if (
            time.monotonic() > deadline
        ):  # it has had time to write its number over that of a dead one
            return None
        time.sleep(0.01)
    return None


def _lives(number: int) -> bool:
    try:
        os.kill(number, 0)
    except ProcessLookupError:
        return False
    except PermissionError:  # somebody else's
        return True
    return True


def number_in(lock_file: Path) -> int | None:
    """The number of the process that took the lock last, whether or not it still lives."""
    try:
        number = lock_file.read_text(encoding="ascii").strip()
    except (OSError, ValueError):  # a ValueError where it is not ASCII
        return None
    return int(number) if number.isdigit() and len(number) < 10 else None
