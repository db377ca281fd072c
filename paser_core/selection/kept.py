"""What takes long and follows from the run alone: worked out once.

It is kept while the run is open, and what took long is kept beside the run, too, where that can be
written: ``RUN/kept/NAME-KEY.npz``. Nothing is lost with that folder but time.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Hashable
from contextlib import suppress
from typing import Any, TypeVar
from weakref import WeakKeyDictionary

from numpy.typing import NDArray

from paser_core import __version__
from paser_core.errors import RunError
from paser_core.runs import Run
from paser_core.workspace.keys import key_of
from paser_core.workspace.store import Store

FOLDER = "kept"
_LONG = 10.0  # seconds: less is worked out again
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


def kept_array(
    run: Run, name: str, facts: Hashable, make: Callable[[], NDArray[Any]]
) -> NDArray[Any]:
    """An array with a row for every sample, kept beside the run as well where it took long.

    Args:
        run: what it follows from, with its content.
        name: what it is called.
        facts: all else that it hangs on.
        make: works it out, ``(n, ...)``.
    """

    def read_or_made() -> NDArray[Any]:
        store = Store(run.path / FOLDER)
        file = f"{name}-{key_of(name, facts, run.content, __version__)}.npz"
        if store.path(file).is_file():
            with suppress(RunError, KeyError):  # damaged: it is made again
                known = store.read_arrays(file)["values"]
                if len(known) == run.n:
                    return known
        began = time.monotonic()
        made = make()
        if time.monotonic() - began > _LONG:
            with suppress(RunError, OSError):  # a place that cannot be written costs time alone
                store.folder.mkdir(exist_ok=True)
                store.write_arrays(file, {"values": made})
        return made

    return kept(run, (name, facts), read_or_made)
