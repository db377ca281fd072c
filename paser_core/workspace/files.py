"""Files written so that a kill, a full disk or a power failure leaves the old one or the new one, whole.

A file is written beside its place under a hidden name and renamed into it. While it is written it is
held by a lock that ends with the process, so :func:`sweep` can tell what a kill has left behind.
"""

from __future__ import annotations

import contextlib
import hashlib
import io
import os
import secrets
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, BinaryIO

import filelock

from paser_core.errors import RunError

try:
    import fcntl
except ImportError:  # on Windows
    LOCKS = False
else:
    LOCKS = True

MARK = ".paser-"  # how the hidden names begin that are ours to remove
FORGOTTEN = 86_400  # seconds after which something is left behind, where locks cannot tell
_ENDING = ".tmp"


class Hashed(io.RawIOBase):
    """A file that is written from its beginning to its end, and told apart by what went in."""

    def __init__(self, file: BinaryIO) -> None:
        self._file, self._digest, self._size = file, hashlib.sha256(), 0

    def writable(self) -> bool:
        """Nothing else can be done with it."""
        return True

    def write(self, content: Any) -> int:
        """Write on; all of it is taken."""
        part = memoryview(content)
        self._file.write(part)
        self._digest.update(part)
        self._size += part.nbytes
        return part.nbytes

    def tell(self) -> int:
        """Bytes so far."""
        return self._size

    @property
    def told(self) -> dict[str, Any]:
        """Size and sha256 of what was meant to be there, whatever the disk gives back."""
        return {"size": self._size, "sha256": self._digest.hexdigest()}


def write_hashed(path: Path, fill: Callable[[Hashed], None]) -> dict[str, Any]:
    """Replace a file by what ``fill`` writes into it; its size and sha256, as a manifest has them.

    Raises:
        OSError: as :func:`write_file`.
    """
    told: dict[str, Any] = {}

    def write(file: BinaryIO) -> None:
        hashed = Hashed(file)
        fill(hashed)
        told.update(hashed.told)

    write_file(path, write)
    return told


def write_file(path: Path, content: bytes | memoryview | Callable[[BinaryIO], None]) -> None:
    """Replace a file by ``content``; readers see the old one or the new one, nothing between.

    What is too large to be held is a function that writes it. Folders above it are made. Any number of
    processes may write the same file at once.

    Raises:
        OSError: it cannot be written. What was there before is still there.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary, number = _held_file(path.parent)
    try:
        with os.fdopen(number, "wb") as file:
            if callable(content):
                content(file)
            else:
                file.write(content)
            file.flush()
            os.fsync(file.fileno())
            if LOCKS:  # renamed while it is held
                temporary.replace(path)
        if not LOCKS:  # where no open file can be renamed
            temporary.replace(path)
    except BaseException:
        with contextlib.suppress(OSError):
            temporary.unlink()
        raise
    sync(path.parent)


def sweep(folder: Path) -> None:
    """Remove what a kill in the middle of :func:`write_file` has left in a folder.

    Nothing happens to what a living process is writing, nor where the disk cannot be written.
    """
    with contextlib.suppress(OSError):
        for path in folder.glob(f"{MARK}*{_ENDING}"):
            with held_if_free(path) as free:
                if free:
                    path.unlink(missing_ok=True)


def _held_file(folder: Path) -> tuple[Path, int]:
    """A new hidden file, and its number, held by this process."""
    while True:
        path = folder / f"{MARK}{secrets.token_hex(8)}{_ENDING}"
        number = os.open(
            path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o666
        )
        if not LOCKS:
            return path, number
        with contextlib.suppress(OSError):  # a file system without locks
            fcntl.flock(number, fcntl.LOCK_EX)
        if os.fstat(number).st_nlink:
            return path, number
        os.close(number)  # somebody swept it away before it was held


@contextlib.contextmanager
def held_if_free(path: Path) -> Iterator[bool]:
    """Hold a file or a folder inside, and whether that was possible: no living process holds it."""
    try:
        if not LOCKS:
            yield _is_old(path)
            return
        number = os.open(path, os.O_RDONLY)
    except OSError:
        yield False
        return
    try:
        fcntl.flock(number, fcntl.LOCK_EX | fcntl.LOCK_NB)
        free = True
    except BlockingIOError:
        free = False
    except OSError:  # a file system without locks
        free = _is_old(path)
    try:
        yield free
    finally:
        os.close(number)


def _is_old(path: Path) -> bool:
    return time.time() - path.stat().st_mtime > FORGOTTEN


def sync(folder: Path) -> None:
    """Make what was created or renamed in a folder last through a power failure, where that is known."""
    if os.name != "posix":
        return
    number = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(number)
    finally:
        os.close(number)


@contextlib.contextmanager
def disk_errors(target: Path) -> Iterator[None]:
    """Turn a full or unwritable disk into one sentence."""
    try:
        yield
    except filelock.Timeout:
        raise  # an OSError by its class, but the disk is well
    except (FileExistsError, NotADirectoryError) as error:
        raise RunError(
            f"{target}: this cannot be written, because a file is in its place. Give a new folder with --out."
        ) from error
    except OSError as error:
        raise RunError(
            f"{target}: this cannot be written ({error.strerror}). Free some space or choose "
            "another folder with --out, then start the same command again; it resumes."
        ) from error


def digest_of_file(path: Path) -> dict[str, Any]:
    """Size and sha256 of a file, as a manifest has them."""
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
        return {"size": file.tell(), "sha256": digest}


def digest_of(files: Sequence[Path]) -> str:
    """sha256 over the contents of files, in the order given."""
    total = hashlib.sha256()
    for path in files:
        with path.open("rb") as file:
            total.update(hashlib.file_digest(file, "sha256").digest())
    return total.hexdigest()
