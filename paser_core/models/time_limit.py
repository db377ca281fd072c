"""A limit on the time that other people's Python may take, in any thread."""

from __future__ import annotations

import contextlib
import ctypes
import threading
import time
from collections.abc import Iterator


class OutOfTimeError(Exception):
    """The block ran past its limit."""


@contextlib.contextmanager
def time_limit(seconds: float) -> Iterator[None]:
    """Stop what runs in the block after ``seconds``.

    Chat templates are programs, and may never end. A signal would reach the main thread only, and
    templates are also tried by the dashboard; the interpreter can raise in any thread, between two
    of its instructions. Work inside one instruction is not stopped.

    Raises:
        OutOfTimeError: in the block, once the time is over.
    """
    _WATCH.begin(time.monotonic() + seconds)
    try:
        yield
    finally:
        _WATCH.end()


class _Watch:
    """One thread that looks after every block: starting one for each would cost more than the block."""

    _STEP = 0.1  # seconds between two looks

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._ends: dict[int, float] = {}  # thread → when its time is over
        self._told: set[int] = set()  # threads that were sent an exception in this block
        self._thread: threading.Thread | None = None

    def begin(self, end: float) -> None:
        with self._lock:
            self._ends[threading.get_ident()] = end
            if self._thread is None or not self._thread.is_alive():  # not alive after a fork
                self._thread = threading.Thread(target=self._look, daemon=True, name="time-limit")
                self._thread.start()

    def end(self) -> None:
        thread = threading.get_ident()
        try:
            self._forget(thread)
        except OutOfTimeError:  # it arrived after the block: too late to matter
            self._forget(thread)

    def _forget(self, thread: int) -> None:
        with self._lock:
            self._ends.pop(thread, None)
            if thread in self._told:
                self._told.remove(thread)
                # What was sent and has not arrived must not hit whatever comes next.
                _take_back(thread)

    def _look(self) -> None:
        while True:
            time.sleep(self._STEP)
            with self._lock:
                now = time.monotonic()
                for thread in [thread for thread, end in self._ends.items() if end < now]:
                    self._ends[thread] = now + 1.0  # again, should the block swallow it
                    self._told.add(thread)
                    _raise_in(thread, OutOfTimeError)


class _TakenBackError(Exception):
    """Takes the place of what has not arrived."""


def _take_back(thread: int) -> None:
    """Replace what was sent to this very thread by an exception that is caught here.

    CPython 3.11 can withdraw it too (by sending NULL), but then leaves up the flag that says one is
    on its way: every loop of the process is slower from then on, and a call under a tracer never ends.
    """
    with contextlib.suppress(_TakenBackError):
        _raise_in(thread, _TakenBackError)
        while True:  # it arrives at a jump back
            pass


def _raise_in(thread: int, error: type[Exception]) -> None:
    ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(thread), ctypes.py_object(error))


_WATCH = _Watch()
