"""Standard output that may go away: what nobody reads any more is no reason to stop.

``paser run … | head`` closes the pipe after ten lines, a terminal is closed, the disk of a log is full:
printing then raises in whatever prints, libraries included, and hours of work would end with it. The
run itself is told by its folder.
"""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Iterable, Iterator
from typing import Any


class Forgiving:
    """A text stream whose writes never fail; after the first that does, nothing is written any more."""

    def __init__(self, stream: Any) -> None:
        self._stream = stream
        self._lost = False

    def write(self, text: str) -> int:
        """Write, or do nothing where that is not possible."""
        if not self._lost:
            try:
                self._stream.write(text)
            except UnicodeEncodeError:
                encoding = getattr(self._stream, "encoding", None) or "ascii"
                self.write(text.encode(encoding, "replace").decode(encoding))
            except (OSError, ValueError):  # a closed pipe, a full disk; a closed stream
                self._lose()
        return len(text)

    def writelines(self, lines: Iterable[str]) -> None:
        """Write each of them."""
        for line in lines:
            self.write(line)

    def flush(self) -> None:
        """Flush, or do nothing."""
        if not self._lost:
            try:
                self._stream.flush()
            except (OSError, ValueError):
                self._lose()

    def isatty(self) -> bool:
        """Whether a person may be looking."""
        with contextlib.suppress(OSError, ValueError):
            return not self._lost and bool(self._stream.isatty())
        return False

    def _lose(self) -> None:
        """From here on to nowhere: Python flushes once more when it ends, and that must not fail."""
        self._lost = True
        with contextlib.suppress(OSError, ValueError):
            number = self._stream.fileno()
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, number)
            os.close(nowhere)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


@contextlib.contextmanager
def forgiving() -> Iterator[None]:
    """Within it, nothing that prints can fail for want of a reader."""
    before = sys.stdout, sys.stderr
    # None: started without one, as by pythonw or `>&-`.
    sys.stdout, sys.stderr = (
        Forgiving(stream if stream is not None else open(os.devnull, "w"))  # noqa: PTH123, SIM115
        for stream in before
    )
    try:
        yield
    finally:
        for stream in (sys.stdout, sys.stderr):
            stream.flush()
        sys.stdout, sys.stderr = before
