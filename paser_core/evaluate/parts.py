"""What is done of a task, kept so that a kill costs seconds of work and not the task."""

from __future__ import annotations

import json
import time
from typing import Any

from paser_core.errors import RunError
from paser_core.workspace.reading import reading
from paser_core.workspace.store import PARTS, Store

_EVERY = 3.0  # seconds between two writes


class Parts:
    """Results by number, in a file that goes when the work is finished.

    Args:
        store: of the folder.
        name: of the work.
        key: what determines the results; those of another key are not taken.
    """

    def __init__(self, store: Store, name: str, key: str) -> None:
        self._store, self._key, self._file = store, key, f"{PARTS}/{name}.json"
        self._written = time.monotonic()
        self._done: dict[int, Any] = {}
        try:
            with reading(store.path(self._file)):
                tree = json.loads(store.path(self._file).read_text(encoding="utf-8"))
                if tree["key"] == key:
                    self._done = {int(number): value for number, value in tree["done"].items()}
        except RunError:  # none yet, or cut short: it is made again
            pass

    def __contains__(self, number: int) -> bool:
        return number in self._done

    def __getitem__(self, number: int) -> Any:
        return self._done[number]

    def get(self, number: int) -> Any:
        """The result of a number; None where there is none."""
        return self._done.get(number)

    def __len__(self) -> int:
        return len(self._done)

    def add(self, results: dict[int, Any]) -> None:
        """Keep results; from time to time they are written."""
        self._done.update(results)
        if time.monotonic() - self._written > _EVERY:
            self.write()

    def write(self) -> None:
        """Write what there is."""
        tree = {"key": self._key, "done": self._done}
        self._store.write(self._file, json.dumps(tree, ensure_ascii=False).encode())
        self._written = time.monotonic()
