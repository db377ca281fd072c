"""Work in a process of its own: what asks for it can do other things, and stop it.

How long other people's files take and how much memory, nobody knows before they are read: here they
take neither from the server nor from other sessions. Parent and child speak in pickles, each with its
length before it as 8 bytes, little-endian: the job goes in, the results come out as they are found. Not
``multiprocessing``: its pools keep what one bad file has taken, and its children run the script of
their parent again.
"""

from __future__ import annotations

import contextlib
import math
import os
import pickle
import subprocess
import sys
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, Generic, Self, TypeVar

from paser_core.errors import ExceededError, PaserError
from paser_core.text import seconds as in_seconds
from paser_core.text import size

T = TypeVar("T")

_ROOT = Path(__file__).resolve().parents[2]
_HEAD = 8  # bytes of a length
_NO_MEMORY = pickle.dumps((False, None))  # made while there is some
_KEPT = 32  # jobs
_AGAIN = 60.0  # seconds after which what failed is tried again, when it is asked for


@dataclass(frozen=True)
class Bounds:
    """What a job may take."""

    seconds: float = math.inf
    memory: int | None = None  # bytes that it may write to; files that are only mapped do not count
    niceness: int = 5  # those who look at something that is there come first


def environment() -> dict[str, str]:
    """That of a process of ours, in which this package is the one that is imported."""
    paths = [str(_ROOT), os.environ.get("PYTHONPATH", "")]
    return os.environ | {"PYTHONPATH": os.pathsep.join(p for p in paths if p)}


class SideJob(Generic[T]):
    """Calls of one function, one after another in a process of their own.

    It goes on as long as somebody waits for it (``with``), or to its end where nobody does.

    Args:
        function: of a module; it, the arguments and the results can be pickled.
        calls: the arguments of each call.
        what: how a sentence about it begins: "Reading the first rows".
        advice: what to do where it was stopped, a sentence.
        bounds: what all calls together may take.
    """

    def __init__(
        self,
        function: Callable[..., T],
        calls: Sequence[tuple[Any, ...]],
        what: str,
        advice: str,
        bounds: Bounds,
    ) -> None:
        self._what, self._advice, self._bounds = what, advice, bounds
        self._waiting = 0
        self._started, self._ended = time.monotonic(), math.inf
        self.results: tuple[Future[T], ...] = tuple(Future() for _ in calls)
        job = pickle.dumps((function, tuple(calls), bounds))
        # Not -m: that would run a module that its package has imported already. -P: nothing beside
        # the user's data is ever imported.
        self._worker = subprocess.Popen(
            [sys.executable, "-P", "-c", f"from {__name__} import main; main()"],
            env=environment(),
            stdin=subprocess.PIPE,  # open until this process ends: the child ends with it
            stdout=subprocess.PIPE,
        )
        threading.Thread(target=self._collect, args=(job,), daemon=True).start()

    @property
    def pid(self) -> int:
        """The number of the process."""
        return self._worker.pid

    def done(self, seconds: float = 0.0) -> bool:
        """Whether it has ended, now or within ``seconds``."""
        last = self.results[-1]
        with contextlib.suppress(TimeoutError):
            last.exception(seconds)
        return last.done()

    def result(self) -> T:
        """The result of the last call.

        Raises:
            ExceededError: it was stopped at its bounds.
            PaserError: whatever the function raised.
        """
        return self.results[-1].result()

    @property
    def may_be_kept(self) -> bool:
        """Whether it is still the answer; what failed may do better some time later."""
        failed = self.done() and self.results[-1].exception() is not None
        return not failed or time.monotonic() - self._ended < _AGAIN

    def __enter__(self) -> Self:
        with _LOCK:
            self._waiting += 1
        return self

    def __exit__(self, *_: object) -> None:
        with _LOCK:
            self._waiting -= 1
            if not self._waiting and not self.done():  # nobody wants to know any more
                for key in [key for key, known in _KNOWN.items() if known is self]:
                    del _KNOWN[key]
                self._worker.kill()

    def _collect(self, job: bytes) -> None:
        worker, limit = self._worker, self._bounds.seconds
        late = threading.Timer(min(limit, threading.TIMEOUT_MAX), worker.kill)
        late.daemon = True
        late.start()
        assert worker.stdin is not None
        assert worker.stdout is not None
        with contextlib.suppress(OSError):  # it was stopped already
            _send(worker.stdin, job)
        failure: BaseException | None = None
        early = False
        for later in self.results:
            answer = _receive(worker.stdout)
            early = answer is None
            sent: tuple[bool, Any] = _opened(answer) if answer else (False, None)
            good, value = sent
            if not good:
                failure = value
                break
            later.set_result(value)
        late.cancel()
        worker.wait()
        for pipe in (worker.stdin, worker.stdout):
            with contextlib.suppress(OSError):  # what it did not read any more
                pipe.close()
        self._ended = time.monotonic()
        for later in self.results:
            if not later.done():
                later.set_exception(failure or self._stopped(early, worker.returncode))

    def _stopped(self, early: bool, code: int) -> Exception:
        if early and code == 1:  # a defect of ours
            return RuntimeError(f"{self._what} failed; the server's log says why.")
        if self._ended - self._started >= self._bounds.seconds:
            why = f"was stopped after {in_seconds(self._bounds.seconds)}"
        elif early:
            why = f"has ended early (exit code {code}), which is most often a lack of memory"
        else:
            most = "" if self._bounds.memory is None else f" than {size(self._bounds.memory)}"
            why = f"was stopped: it needs more{most} of memory"
        return ExceededError(f"{self._what} {why}. {self._advice}")


_LOCK = threading.Lock()
_KNOWN: OrderedDict[bytes, SideJob[Any]] = OrderedDict()


def submit_once(
    function: Callable[..., T],
    *args: Any,
    what: str,
    advice: str,
    stamp: tuple[int, ...],
    bounds: Bounds,
) -> SideJob[T]:
    """``function(*args)`` on the side; the same job on the same files is done once for all who ask.

    Args:
        function: as for :class:`SideJob`, with what follows it.
        args: of the function.
        what: how a sentence about it begins.
        advice: what to do where it was stopped.
        stamp: times and sizes of the files that it reads.
        bounds: what it may take.
    """
    key = pickle.dumps((function, args, bounds, stamp))
    with _LOCK:
        known = _KNOWN.get(key)
        if known is None or not known.may_be_kept:
            known = _KNOWN[key] = SideJob(function, [args], what, advice, bounds)
        _KNOWN.move_to_end(key)
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


def _opened(answer: bytes) -> tuple[bool, Any]:
    """What :func:`_answer` has pickled. Whoever waits gets an answer, also where it cannot be read."""
    try:
        sent: tuple[bool, Any] = pickle.loads(answer)
        return sent
    # Classes make themselves anew as they like: its documentation names some errors, and says there are more.
    except Exception as error:  # noqa: BLE001 - raised where the result is asked for
        return False, error


def main() -> None:
    """What the child does: one job from stdin, its results to stdout, up to the first that fails."""
    out: BinaryIO = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what libraries print goes where errors go
    function, calls, bounds = pickle.loads(_receive(sys.stdin.buffer) or b"")
    with contextlib.suppress(AttributeError):  # there is none on Windows
        os.nice(bounds.niceness)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    _bound(bounds.memory)
    for args in calls:
        good, body = _answer(function, args)
        _send(out, body)
        if not good:
            break
    os._exit(0)  # whatever threads the job has left


def _answer(function: Callable[..., Any], args: tuple[Any, ...]) -> tuple[bool, bytes]:
    """Whether it went well; that and what was found or raised, pickled: None for a lack of memory."""
    try:
        return True, pickle.dumps((True, function(*args)))
    # A lack of memory can lie below any error of any library. What is no PaserError is raised again.
    except Exception as error:
        if _lacks_memory(error):
            return False, _NO_MEMORY
        if isinstance(error, PaserError):
            return False, pickle.dumps((False, error))
        raise


def message_of(error: PaserError) -> str:
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


def _bound(memory: int | None) -> None:
    """Bound what this process may write to. What is mapped to be read, as weights are, is not memory."""
    if memory is None:
        return
    with contextlib.suppress(ImportError, OSError, ValueError):  # not known to this system
        import resource

        most = resource.getrlimit(resource.RLIMIT_DATA)[1]
        resource.setrlimit(resource.RLIMIT_DATA, (memory, most))


def _end_with_parent() -> None:
    os.read(0, 1)  # unbuffered: nothing holds a lock when the interpreter ends
    os._exit(0)
