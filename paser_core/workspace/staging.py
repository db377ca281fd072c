"""Folders in the making: made aside, put in their place in one step, and cleared away after a kill.

A staging folder is held by the process that made it (a lock that ends with the process, however it
ends), so whoever comes next can tell what is in work from what a kill left behind.
"""

from __future__ import annotations

import contextlib
import ctypes
import errno
import os
import shutil
import sys
import tempfile
import time
import weakref
from pathlib import Path
from typing import Self

from paser_core.workspace import paths
from paser_core.workspace.files import LOCKS, MARK, held_if_free, sync

if LOCKS:
    import fcntl

DOWNLOADS = "paser-export-"  # how folders begin that the dashboard makes in the temporary folder
_NEW, _OLD = "new", "old"
_YOUNG = 60  # seconds in which an empty folder may be one that its maker is about to hold
_SWAP = 2  # RENAME_EXCHANGE of linux/fs.h


class Staging:
    """A folder of this process. It goes with this object, at the latest with the process."""

    def __init__(self, parent: Path, prefix: str) -> None:
        self.path = Path(tempfile.mkdtemp(prefix=prefix, dir=parent))
        self._done = weakref.finalize(self, _remove, self.path, _hold(self.path))

    @classmethod
    def beside(cls, target: Path) -> Self:
        """Where ``target`` is made: a hidden folder on the same disk."""
        return cls(target.parent, f".{target.name}{MARK}")

    @property
    def new(self) -> Path:
        """The folder that :func:`publish` puts in place."""
        return self.path / _NEW

    def cleanup(self) -> None:
        """Remove it now."""
        self._done()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.cleanup()


def publish(staging: Staging, target: Path) -> None:
    """Put ``staging.new`` where ``target`` is. What was there goes with the staging folder.

    At every moment ``target`` is the old folder or the new one, through a power failure as well.
    Where the system cannot exchange two names, there is a moment without; :func:`recover` ends it.
    """
    sync(staging.new)
    if not paths.exists(target):
        staging.new.rename(target)
    elif not _exchange(staging.new, target):
        old = staging.path / _OLD
        target.rename(old)
        try:
            staging.new.rename(target)
        except OSError:
            old.rename(target)
            raise
    sync(target.parent)


def recover(target: Path) -> None:
    """Put right what a kill left beside ``target``: finish its exchange, remove half-made folders.

    Nothing happens where the disk cannot be written, or where another process is at work.
    """
    with contextlib.suppress(OSError):
        for left in _left_behind(target.parent, f".{target.name}{MARK}"):
            # The old one is aside only when the new one was complete.
            if paths.is_folder(left / _OLD) and not paths.exists(target):
                known = left / (_NEW if paths.is_folder(left / _NEW) else _OLD)
                known.rename(target)
                sync(target.parent)
            shutil.rmtree(left, ignore_errors=True)


def clear(parent: Path, prefix: str) -> None:
    """Remove the staging folders in ``parent`` that processes left behind."""
    with contextlib.suppress(OSError):
        for left in _left_behind(parent, prefix):
            shutil.rmtree(left, ignore_errors=True)


def _exchange(first: Path, second: Path) -> bool:
    """Exchange two folders in one step; False where the system or the file system cannot."""
    rename = getattr(_libc(), "renameat2", None)
    if rename is None:
        return False
    at = -100  # AT_FDCWD; the paths are absolute
    if rename(at, os.fsencode(first), at, os.fsencode(second), _SWAP) == 0:
        return True
    number = ctypes.get_errno()
    if number in (errno.ENOSYS, errno.EINVAL, errno.EOPNOTSUPP):
        return False
    raise OSError(number, os.strerror(number), str(second))


def _libc() -> ctypes.CDLL | None:
    if not sys.platform.startswith("linux"):
        return None
    return ctypes.CDLL(None, use_errno=True)


def _hold(folder: Path) -> int | None:
    """Hold a folder until the process ends; None where folders cannot be locked."""
    if not LOCKS:
        return None
    number = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(number, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(number)
        return None
    return number


def _remove(folder: Path, held: int | None) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    if held is not None:
        os.close(held)


def _left_behind(parent: Path, prefix: str) -> list[Path]:
    """The staging folders in ``parent`` that no process holds any more."""
    with os.scandir(parent) as entries:
        named = [
            Path(e.path)
            for e in entries
            if e.name.startswith(prefix) and e.is_dir(follow_symlinks=False)
        ]
    return [folder for folder in sorted(named) if _is_left(folder)]


def _is_left(folder: Path) -> bool:
    try:
        young = time.time() - folder.stat().st_mtime < _YOUNG
        if young and not any(folder.iterdir()):
            return False
    except OSError:
        return False
    with held_if_free(folder) as free:
        return free
