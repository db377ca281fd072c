"""Control-C that is heard, also where a library swallows the exception it makes.

Python raises KeyboardInterrupt wherever the program happens to be: inside a library's ``except:``,
an import hook or a destructor it is lost, and the run would go on. So it is remembered, and raised
again at the next event of the run.
"""

from __future__ import annotations

import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any, Self

from paser_core.cli.terminal import Bar

Watch = Callable[[dict[str, Any]], None]


@contextmanager
def watching() -> Iterator[Watch]:
    """What shows the events of long work as a bar; while it is there, Control-C is not lost."""
    bar = Bar()
    try:
        with Interrupt() as interrupt:
            yield interrupt.watching(bar)
    finally:
        bar.close()


class Interrupt:
    """While this is entered, SIGINT is remembered as well as raised."""

    def __init__(self) -> None:
        self._heard = False
        self._before: Any = None
        self._hook = sys.unraisablehook

    def __enter__(self) -> Self:
        # Only the main thread may; elsewhere somebody else looks after signals.
        if threading.current_thread() is threading.main_thread():
            self._before = signal.signal(signal.SIGINT, self._hear)
            # One lost in a destructor would print a traceback; it is raised again anyway.
            self._hook = sys.unraisablehook
            sys.unraisablehook = self._lost
        return self

    def __exit__(self, *_: object) -> None:
        if self._before is not None:
            signal.signal(signal.SIGINT, self._before)
            sys.unraisablehook = self._hook

    def watching(self, watch: Watch) -> Watch:
        """``watch``, which first raises KeyboardInterrupt if one was lost."""

        def watched(event: dict[str, Any]) -> None:
            # The event that tells of the end itself must still be written and shown.
            if self._heard and event["event"] not in ("finished", "failed", "interrupted"):
                raise KeyboardInterrupt
            watch(event)

        return watched

    def _lost(self, lost: Any) -> None:
        if not isinstance(lost.exc_value, KeyboardInterrupt):
            self._hook(lost)

    def _hear(self, _signal: int, _frame: FrameType | None) -> None:
        self._heard = True
        raise KeyboardInterrupt
