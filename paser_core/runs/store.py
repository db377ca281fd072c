"""Writing a run folder so that a kill at any moment leaves it resumable and never corrupt.

Every file is written beside its place and renamed into it. A stage counts as finished only once the
manifest says so, and the manifest is written last. One process at a time may write (:mod:`lock`).
"""

from __future__ import annotations

import contextlib
import hashlib
import io
import json
import logging
import os
import shutil
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import filelock
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from paser_core.errors import RunError
from paser_core.runs.files import digest_of_file, read_arrays
from paser_core.runs.schema import Files
from paser_core.workspace import paths
from paser_core.workspace.staging import sync

logger = logging.getLogger(__name__)


class Store:
    """Writes into one run folder, atomically."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        # Of every file written: what was meant to be there, not what the disk gives back.
        self.written: dict[str, dict[str, Any]] = {}

    def path(self, name: str) -> Path:
        """Where a file of the run is."""
        return self.folder / name

    def write(self, name: str, content: bytes) -> None:
        """Replace a file by ``content``; readers see the old one or the new one, nothing between."""
        target = self.path(name)
        temporary = target.with_name(f".{target.name}.tmp")
        with disk_errors(target):
            target.parent.mkdir(parents=True, exist_ok=True)
            with temporary.open("wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            temporary.replace(target)
            sync(target.parent)
        self.written[name] = {"size": len(content), "sha256": hashlib.sha256(content).hexdigest()}

    def write_json(self, name: str, tree: Any) -> None:
        """JSON with an indent, for people and programs."""
        self.write(name, (json.dumps(tree, indent=2, ensure_ascii=False) + "\n").encode())

    def write_array(self, name: str, array: NDArray[Any]) -> None:
        """One array as ``.npy``."""
        buffer = io.BytesIO()
        np.save(buffer, array, allow_pickle=False)
        self.write(name, buffer.getvalue())

    def write_arrays(self, name: str, arrays: Mapping[str, NDArray[Any]]) -> None:
        """Several arrays as ``.npz`` (without pickle); equal arrays give equal bytes."""
        buffer = io.BytesIO()
        np.savez(buffer, allow_pickle=False, **dict(arrays))
        self.write(name, buffer.getvalue())

    def write_table(self, name: str, table: pa.Table, rows_a_group: int | None = None) -> None:
        """One table as parquet; a reader reads a group of rows at the least."""
        buffer = io.BytesIO()
        pq.write_table(table, buffer, compression="zstd", row_group_size=rows_a_group)
        self.write(name, buffer.getvalue())

    def read_arrays(self, name: str) -> dict[str, NDArray[Any]]:
        """All arrays of an ``.npz`` file."""
        return read_arrays(self.path(name))

    def part(
        self, name: str, fits: Callable[[Mapping[str, NDArray[Any]]], bool]
    ) -> dict[str, NDArray[Any]] | None:
        """The arrays of a file that an earlier start left behind; None where it has to be made.

        One that was cut short, or does not hold what it should, is taken away.
        """
        path = self.path(name)
        try:
            arrays = read_arrays(path)
            if fits(arrays):
                return arrays
        except (RunError, KeyError):
            if not os.path.lexists(path):
                return None
        logger.warning("%s is damaged and is made again", path)
        with disk_errors(path):
            shutil.rmtree(path) if paths.is_folder(path) else path.unlink(missing_ok=True)
        return None

    def is_intact(self, name: str, recorded: Mapping[str, Any] | None) -> bool:
        """Whether a file is the one that was written, to the last byte."""
        try:
            return recorded is not None and digest_of_file(self.path(name)) == dict(recorded)
        except OSError:
            return False

    def sweep(self) -> None:
        """Take away what a kill in the middle of a write has left."""
        for path in self.folder.glob(".*.tmp"):
            with contextlib.suppress(OSError):
                path.unlink()


@contextlib.contextmanager
def disk_errors(target: Path) -> Iterator[None]:
    """Turn a full or unwritable disk into one sentence."""
    try:
        yield
    except filelock.Timeout:
        raise  # an OSError by its class, but the disk is well
    except OSError as error:
        raise RunError(
            f"{target}: this cannot be written ({error.strerror}). Free some space or choose "
            "another folder with --out, then start the same command again; it resumes."
        ) from error


def key_of(*parts: Any) -> str:
    """A short hash of everything that determines a stage."""
    text = json.dumps(parts, sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def digest_of(paths: list[Path]) -> str:
    """sha256 over the contents of files, in the order given."""
    total = hashlib.sha256()
    for path in paths:
        with path.open("rb") as file:
            total.update(hashlib.file_digest(file, "sha256").digest())
    return total.hexdigest()


class Events:
    """``events.jsonl``: one JSON object a line; progress is thinned to a few lines a second."""

    _INTERVAL = 0.25  # seconds between two progress lines

    def __init__(self, folder: Path, watch: Callable[[dict[str, Any]], None] | None) -> None:
        self._path = folder / Files.EVENTS
        self._watch = watch
        self._last = 0.0
        with disk_errors(self._path):
            _end_line(self._path)

    def emit(self, event: str, **fields: Any) -> None:
        """Append one event with the time, and tell whoever watches."""
        entry = {"time": round(time.time(), 3), "event": event, **fields}
        with disk_errors(self._path), self._path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(entry, ensure_ascii=False) + "\n")
        if self._watch is not None:
            self._watch(entry)

    def progress(self, stage: str) -> Callable[[int, int], None]:
        """A progress callback for one stage; adds the rate and the time left."""
        began: tuple[float, int] | None = None

        def report(done: int, total: int) -> None:
            nonlocal began
            now = time.monotonic()
            # What an earlier start had done already says nothing about the speed of this one.
            began = began or (now, done)
            if done < total and now - self._last < self._INTERVAL:
                return
            self._last = now
            rate = (done - began[1]) / (now - began[0]) if now > began[0] else 0.0
            self.emit(
                "progress",
                stage=stage,
                done=done,
                total=total,
                rate=round(rate, 2) if rate else None,
                seconds_left=round((total - done) / rate, 1) if rate else None,
            )

        return report


def read_events(folder: Path, last_bytes: int | None = None) -> list[dict[str, Any]]:
    """The events of a run in any state, oldest first; a line cut short by a kill is left out.

    With ``last_bytes`` only the end of the file is read: a run of hours has written megabytes, and
    whoever watches it asks every second.
    """
    try:
        with (folder / Files.EVENTS).open("rb") as file:
            size = file.seek(0, os.SEEK_END)
            file.seek(0 if last_bytes is None else max(size - last_bytes, 0))
            # Line feeds alone: a message may hold other line separators.
            lines = file.read().decode("utf-8", errors="replace").split("\n")
    except OSError:  # none yet, or none that may be read: there is nothing to tell
        return []
    events = []
    for line in lines:
        try:
            event = json.loads(line)
        except (ValueError, RecursionError):
            continue
        if isinstance(event, dict):
            events.append(event)
    return events


def _end_line(path: Path) -> None:
    """Close a line that a kill or a full disk cut short, so that the next event has its own."""
    if not paths.is_file(path):
        return
    with path.open("rb+") as file:
        if file.seek(0, os.SEEK_END) == 0:
            return
        file.seek(-1, os.SEEK_END)
        if file.read(1) != b"\n":
            file.write(b"\n")
