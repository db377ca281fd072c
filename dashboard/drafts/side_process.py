"""Looks at other people's files in a process of their own, bounded in time and memory.

How long a file takes and how much memory, nobody knows before it is read: here it takes neither from
the server nor from other sessions. Parent and child speak in pickles, each with its length before it
as 8 bytes, little-endian: the job goes in, what was found comes out.
"""

from __future__ import annotations

import contextlib
import os
import pickle
import subprocess
import sys
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO, Generic, Self, TypeVar

from dashboard import labels
from paser_core.errors import ExceededError, PaserError

T = TypeVar("T")

_ROOT = Path(__file__).resolve().parents[2]
_HEAD = 8  # bytes of a length
_NICE = 5  # those who look at something that is there come first
_KEPT = 32  # results
_AGAIN = 60.0  # seconds after which what failed is tried again, when it is asked for


@dataclass(frozen=True)
class Bounds:
    """What a look may take."""

    seconds: float
    memory: int  # bytes that it may write to; files that are only mapped do not count


FEW_ROWS = Bounds(60, 4 << 30)
ALL_ROWS = Bounds(300, 4 << 30)
MODELS = Bounds(300, 8 << 30)
HUB = Bounds(900, 4 << 30)  # what is looked at is downloaded first


class Aside(Generic[T]):
    """A look that goes on as long as somebody waits for it (``with``), and what it has found."""

    def __init__(self, job: bytes, what: str, bounds: Bounds) -> None:
        self._what, self._bounds = what, bounds
        self._waiting = 0
        self._started, self._ended = time.monotonic(), float("inf")
        self._found: Future[T] = Future()
        paths = [str(_ROOT), os.environ.get("PYTHONPATH", "")]
        # Not -m: that would run a module that its package has imported already. -P: nothing beside
        # the user's data is ever imported.
        self._worker = subprocess.Popen(
            [sys.executable, "-P", "-c", f"from {__name__} import main; main()"],
            env=os.environ | {"PYTHONPATH": os.pathsep.join(p for p in paths if p)},
            stdin=subprocess.PIPE,  # open until this process ends: the child ends with it
            stdout=subprocess.PIPE,
        )
        threading.Thread(target=self._collect, args=(job,), daemon=True).start()

    def done(self, seconds: float = 0.0) -> bool:
        """Whether it has ended, now or within ``seconds``."""
        with contextlib.suppress(TimeoutError):
            self._found.exception(seconds)
        return self._found.done()

    def result(self) -> T:
        """What was found.

        Raises:
            ExceededError: it was stopped at its bounds.
            PaserError: whatever the look raised.
        """
        return self._found.result()

    @property
    def may_be_kept(self) -> bool:
        """Whether it is still the answer; what failed may do better some time later."""
        failed = self._found.done() and self._found.exception() is not None
        return not failed or time.monotonic() - self._ended < _AGAIN

    def __enter__(self) -> Self:
        with _LOCK:
            self._waiting += 1
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        with _LOCK:
            self._waiting -= 1
            if not self._waiting and not self._found.done():  # nobody wants to know any more
                for key in [key for key, known in _KNOWN.items() if known is self]:
                    del _KNOWN[key]
                self._worker.kill()

    def _collect(self, job: bytes) -> None:
        late = threading.Timer(self._bounds.seconds, self._worker.kill)
        late.daemon = True
        late.start()
        worker = self._worker
        assert worker.stdin is not None
        assert worker.stdout is not None
        with contextlib.suppress(OSError):  # it was stopped already
            _send(worker.stdin, job)
        answer = _receive(worker.stdout)
        late.cancel()
        worker.wait()
        for pipe in (worker.stdin, worker.stdout):
            with contextlib.suppress(OSError):  # what it did not read any more
                pipe.close()
        self._ended = time.monotonic()
        took = self._ended - self._started
        found: tuple[bool, Any] = pickle.loads(answer) if answer else (False, None)
        good, value = found
        if good:
            self._found.set_result(value)
        elif value is not None:
            self._found.set_exception(value)
        elif worker.returncode == 1:  # a defect of ours
            self._found.set_exception(
                RuntimeError(f"{self._what} failed; the server's log says why.")
            )
        else:
            self._found.set_exception(self._stopped(answer is None, took, worker.returncode))

    def _stopped(self, early: bool, took: float, code: int) -> ExceededError:
        if took >= self._bounds.seconds:
            why = f"was stopped after {labels.seconds(self._bounds.seconds)}"
        elif early:
            why = f"has ended early (exit code {code}), which is most often a lack of memory"
        else:
            why = f"was stopped: it needs more than {labels.size(self._bounds.memory)} of memory"
        return ExceededError(
            f"{self._what} {why}. This page looks only that far; give it less data, or start the "
            "run from a shell with `paser run`, which has no such bounds."
        )


_LOCK = threading.Lock()
_KNOWN: OrderedDict[tuple[bytes, tuple[int, ...]], Aside[Any]] = OrderedDict()


def look(
    function: Callable[..., T], *args: Any, what: str, stamp: tuple[int, ...], bounds: Bounds
) -> Aside[T]:
    """``function(*args)`` on the side; the same look at the same files is had once.

    Args:
        function: of a module; it, ``args`` and what it finds can be pickled.
        args: of the function.
        what: how a sentence about it begins: "Reading the first rows".
        stamp: times and sizes of the files that it reads.
        bounds: what it may take.
    """
    job = pickle.dumps((function, args, bounds.memory))
    with _LOCK:
        known = _KNOWN.get((job, stamp))
        if known is None or not known.may_be_kept:
            known = _KNOWN[job, stamp] = Aside(job, what, bounds)
        _KNOWN.move_to_end((job, stamp))
        while len(_KNOWN) > _KEPT:
            _KNOWN.popitem(last=False)
        return known


def _send(pipe: Any, body: bytes) -> None:
    pipe.write(len(body).to_bytes(_HEAD, "little") + body)
    pipe.flush()


def _receive(pipe: Any) -> bytes | None:
    """What was sent; None where the other side has ended before all of it was."""
    size = int.from_bytes(pipe.read(_HEAD), "little")
    body: bytes = pipe.read(size)
    return body if size and len(body) == size else None


def main() -> None:
    """What the child does: one job from stdin, what it finds to stdout."""
    out: BinaryIO = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what libraries print goes where errors go
    with contextlib.suppress(AttributeError):  # there is none on Windows
        os.nice(_NICE)
    function, args, memory = pickle.loads(_receive(sys.stdin.buffer) or b"")
    threading.Thread(target=_end_with_parent, daemon=True).start()
    _bound(memory)
    _send(out, _answer(function, args))
    os._exit(0)  # whatever threads the look has left


def _answer(function: Callable[..., Any], args: tuple[Any, ...]) -> bytes:
    """Pickled: whether it went well, and what was found or raised; None for a lack of memory."""
    try:
        return pickle.dumps((True, function(*args)))
    except Exception as error:  # raised again in the parent
        if _lacks_memory(error):
            return pickle.dumps((False, None))
        if isinstance(error, PaserError):
            return pickle.dumps((False, error))
        raise


def said(error: PaserError) -> str:
    """The words of an error.

    Raises:
        MemoryError: a lack of memory lies at its bottom, whatever the words are.
    """
    if _lacks_memory(error):
        raise MemoryError from error
    return str(error)


def _lacks_memory(error: BaseException | None) -> bool:
    """Whether a lack of memory lies at the bottom of an error."""
    while error is not None:
        if isinstance(error, MemoryError):
            return True
        error = error.__cause__ or error.__context__
    return False


def _bound(memory: int) -> None:
    """Bound what this process may write to. What is mapped to be read, as weights are, is not memory."""
    with contextlib.suppress(ImportError, OSError, ValueError):  # not known to this system
        import resource

        most = resource.getrlimit(resource.RLIMIT_DATA)[1]
        resource.setrlimit(resource.RLIMIT_DATA, (memory, most))


def _end_with_parent() -> None:
    os.read(0, 1)  # unbuffered: nothing holds a lock when the interpreter ends
    os._exit(0)
