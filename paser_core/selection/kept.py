"""What takes long and follows from the run alone: worked out once, and kept while the run is open."""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable
from typing import Any, TypeVar
from weakref import WeakKeyDictionary

from paser_core.runs import Run

_T = TypeVar("_T")
_GUARD = threading.Lock()
_KEPT: WeakKeyDictionary[Run, dict[Hashable, Any]] = WeakKeyDictionary()
_BUSY: WeakKeyDictionary[Run, dict[Hashable, threading.Lock]] = WeakKeyDictionary()


def kept(run: Run, key: Hashable, make: Callable[[], _T]) -> _T:
    """What ``make`` gives, made on first use; several who ask at once wait for the first.

    Args:
        run: what it follows from.
        key: which of its things it is, with all else that it hangs on.
        make: works it out; what it raises is raised, and nothing is kept.
    """
    with _GUARD:
        things = _KEPT.setdefault(run, {})
        busy = _BUSY.setdefault(run, {}).setdefault(key, threading.Lock())
    with busy:
        if key not in things:
            things[key] = make()
        found: _T = things[key]
        return found
