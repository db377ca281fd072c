"""Progress bars of other people's libraries: not on the screen, where there is one bar, ours."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterator
from contextvars import ContextVar
from typing import Any

_LIBRARIES = ("compressed_tensors.", "llmcompressor.", "transformers.")
_HIDDEN: ContextVar[bool] = ContextVar("hidden", default=False)


@contextlib.contextmanager
def without_bars() -> Iterator[None]:
    """Within it, these libraries draw no bars. Others do, and other threads."""
    _install()
    token = _HIDDEN.set(True)
    try:
        yield
    finally:
        _HIDDEN.reset(token)


def _install() -> None:
    """Ask, whenever a bar is made, whose it is. Once in a process: two threads may be at it."""
    from tqdm.std import tqdm

    begin = tqdm.__init__
    if getattr(begin, "asks", False):
        return

    def begun(self: Any, *arguments: Any, **options: Any) -> None:
        if _HIDDEN.get() and _maker().startswith(_LIBRARIES):
            options["disable"] = True
        begin(self, *arguments, **options)

    begun.asks = True  # type: ignore[attr-defined]
    tqdm.__init__ = begun


def _maker() -> str:
    """The module that makes a bar."""
    frame = sys._getframe(2)
    while frame.f_back is not None and str(frame.f_globals.get("__name__")).startswith("tqdm"):
        frame = frame.f_back
    return f"{frame.f_globals.get('__name__')}."
