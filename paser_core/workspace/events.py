"""``events.jsonl``: progress and what became of the work, one JSON object a line."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from paser_core.text import listed
from paser_core.workspace import paths
from paser_core.workspace.files import disk_errors

EVENTS = "events.jsonl"
MADE_AGAIN = "made_again"


class Events:
    """Appends events; progress is thinned to a few lines a second."""

    _INTERVAL = 0.25  # seconds between two progress lines

    def __init__(self, folder: Path, watch: Callable[[dict[str, Any]], None] | None) -> None:
        self._path = folder / EVENTS
        self._watch = watch
        self._last = 0.0
        with disk_errors(self._path):
            _end_line(self._path)

    def emit(self, event: str, **fields: Any) -> None:
        """Append one event with the time, and tell whoever watches."""
        entry = {"time": round(time.time(), 3), "event": event, **fields}
        with disk_errors(self._path), self._path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(entry, ensure_ascii=False) + "\n")
        if self._watch is not None:
            self._watch(entry)

    def progress(self, stage: str) -> Callable[..., None]:
        """A progress callback for one stage; adds the rate and the time left.

        What else it is told by name stands in the event, as a loss does.
        """
        began: tuple[float, int] | None = None

        def report(done: int, total: int, **more: Any) -> None:
            nonlocal began
            now = time.monotonic()
            # What an earlier start had done already says nothing about the speed of this one.
            began = began or (now, done)
            if done < total and now - self._last < self._INTERVAL:
                return
            self._last = now
            rate = (done - began[1]) / (now - began[0]) if now > began[0] else 0.0
            self.emit(
                "progress",
                stage=stage,
                done=done,
                total=total,
                rate=round(rate, 2) if rate else None,
                seconds_left=round((total - done) / rate, 1) if rate else None,
                **more,
            )

        return report


def read_events(folder: Path, last_bytes: int | None = None) -> list[dict[str, Any]]:
    """The events of a folder in any state, oldest first; a line cut short by a kill is left out.

    With ``last_bytes`` only the end of the file is read: work of hours has written megabytes, and
    whoever watches it asks every second.
    """
    try:
        with (folder / EVENTS).open("rb") as file:
            size = file.seek(0, os.SEEK_END)
            file.seek(0 if last_bytes is None else max(size - last_bytes, 0))
            # Line feeds alone: a message may hold other line separators.
            lines = file.read().decode("utf-8", errors="replace").split("\n")
    except OSError:  # none yet, or none that may be read: there is nothing to tell
        return []
    events = []
    for line in lines:
        try:
            event = json.loads(line)
        except (ValueError, RecursionError):
            continue
        if isinstance(event, dict):
            events.append(event)
    return events


def made_again(event: Mapping[str, Any]) -> str | None:
    """What an event says of stages that are made again and of the reason; None where it is another."""
    stages, because = event.get("stages"), event.get("because")
    if event.get("event") != MADE_AGAIN or not isinstance(stages, list) or not because:
        return None
    what = listed([str(reason) for reason in because])
    return f"made again: {', '.join(map(str, stages))}, because {what} changed"


def last_made_again(folder: Path) -> str | None:
    """What the last start says of it, however long ago: the whole file is looked through once."""
    try:
        content = (folder / EVENTS).read_bytes()
    except OSError:
        return None
    begin = content.rfind(b'"event": "started"')
    place = content.find(f'"event": "{MADE_AGAIN}"'.encode(), max(begin, 0))
    if place < 0:
        return None
    line = content[content.rfind(b"\n", 0, place) + 1 :].split(b"\n", 1)[0]
    try:
        event = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return made_again(event) if isinstance(event, dict) else None


def _end_line(path: Path) -> None:
    """Close a line that a kill or a full disk cut short, so that the next event has its own."""
    if not paths.is_file(path):
        return
    with path.open("rb+") as file:
        if file.seek(0, os.SEEK_END) == 0:
            return
        file.seek(-1, os.SEEK_END)
        if file.read(1) != b"\n":
            file.write(b"\n")
