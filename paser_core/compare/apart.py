"""Clusterings from other seeds, found in a process of their own: whoever waits can do other things.

Parent and child speak in lengths and bytes: for every seed 8 bytes that say how long the labels are,
then the labels as int32, both little-endian.
"""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import numpy as np

from paser_core.compare.seeds import Reclustered, recluster
from paser_core.errors import RunError
from paser_core.runs import Run

_ROOT = Path(__file__).resolve().parents[2]
_HEAD = 8  # bytes of a length
_NICE = 10  # the work of people who look at something comes first


@dataclass(frozen=True)
class Reclusterings:
    """One clustering for every seed, now or later."""

    seeds: tuple[int, ...]
    started: float  # time.monotonic
    found: tuple[Future[Reclustered], ...]  # in the order of the seeds

    @property
    def done(self) -> tuple[Reclustered, ...]:
        """Those that are found so far, for the first seeds.

        Raises:
            RunError: the process has ended before the last one.
        """
        return tuple(later.result() for later in self.found if later.done())

    @property
    def ended(self) -> bool:
        """Whether nothing is to come any more: all are found, or the process has failed."""
        return all(later.done() for later in self.found)

    def seconds_left(self) -> float | None:
        """By the time that the first seeds took; None before one is found."""
        done = sum(later.done() and later.exception() is None for later in self.found)
        if not done:
            return None
        return (time.monotonic() - self.started) / done * (len(self.found) - done)


def recluster_apart(path: Path, seeds: Sequence[int]) -> Reclusterings:
    """:func:`recluster` the run at ``path`` with every seed, in a process that works on the side."""
    found: tuple[Future[Reclustered], ...] = tuple(Future() for _ in seeds)
    # Not -m: that would run a module that its package has imported already.
    code = f"from {__name__} import main; main()"
    command = [sys.executable, "-P", "-c", code, str(path.resolve()), *map(str, seeds)]
    paths = [str(_ROOT), os.environ.get("PYTHONPATH", "")]
    worker = subprocess.Popen(
        command,
        env=os.environ | {"PYTHONPATH": os.pathsep.join(p for p in paths if p)},
        stdin=subprocess.PIPE,  # never written to: it closes when this process ends
        stdout=subprocess.PIPE,
    )
    threading.Thread(target=_collect, args=(worker, found), daemon=True).start()
    return Reclusterings(tuple(seeds), time.monotonic(), found)


def _collect(worker: subprocess.Popen[bytes], found: Sequence[Future[Reclustered]]) -> None:
    with worker:
        assert worker.stdout is not None
        for later in found:
            size = int.from_bytes(worker.stdout.read(_HEAD), "little")
            body = worker.stdout.read(size)
            if not size or len(body) < size:
                break
            labels = np.frombuffer(body, "<i4").astype(np.int32)
            later.set_result(Reclustered(labels, int(labels.max(initial=-1)) + 1))
    for later in found:
        if not later.done():
            later.set_exception(
                RunError(
                    f"Clustering again has ended early (exit code {worker.returncode}; a negative one "
                    "is a signal, -9 is often a lack of memory). The log of the server says more. "
                    "Measure again."
                )
            )


def _work(path: Path, seeds: Sequence[int], out: BinaryIO) -> None:
    run = Run.open(path)
    for seed in seeds:
        body = recluster(run, seed).labels.astype("<i4").tobytes()
        out.write(len(body).to_bytes(_HEAD, "little") + body)
        out.flush()


def _end_with_parent() -> None:
    os.read(0, 1)  # unbuffered: nothing holds a lock when the interpreter ends
    os._exit(0)


def main() -> None:
    """What the child does: the run folder, then the seeds, on the command line."""
    with contextlib.suppress(AttributeError):  # there is none on Windows
        os.nice(_NICE)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    _work(Path(sys.argv[1]), [int(seed) for seed in sys.argv[2:]], sys.stdout.buffer)
