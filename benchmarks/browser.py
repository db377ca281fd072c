"""Serving the dashboard, driving it in Chromium, and counting what goes over the wire."""

from __future__ import annotations

import contextlib
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from playwright.sync_api import Browser, Page, WebSocket, sync_playwright
from shared_data import ROOT

sys.path.insert(0, str(ROOT / "scripts"))
from real_app import FLAGS, NO_CHROMIUM, Server, find_chromium


@contextlib.contextmanager
def serve(script: str, runs: Path) -> Iterator[Server]:
    """The app in a process of its own."""
    with tempfile.TemporaryDirectory() as folder:
        server = Server(runs, Path(folder) / "log.txt", script)
        try:
            yield server
        finally:
            server.process.terminate()
            server.process.wait()


@contextlib.contextmanager
def chromium() -> Iterator[Browser]:
    """Chromium with software rendering."""
    path = find_chromium()
    if path is None:
        sys.exit(f"skipped: {NO_CHROMIUM}")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        try:
            yield browser
        finally:
            browser.close()


@dataclass
class Wire:
    """Bytes of the websocket since the last :meth:`reset`."""

    down: int = 0
    up: int = 0

    def watch(self, page: Page) -> Wire:
        def opened(socket: WebSocket) -> None:
            socket.on("framereceived", lambda frame: self._count("down", frame))
            socket.on("framesent", lambda frame: self._count("up", frame))

        page.on("websocket", opened)
        return self

    def _count(self, way: str, frame: bytes | str) -> None:
        setattr(self, way, getattr(self, way) + len(frame))

    def reset(self) -> None:
        self.down = self.up = 0


@dataclass
class Series:
    """Repeated interactions; the first is not counted."""

    seconds: list[float] = field(default_factory=list)
    down: list[int] = field(default_factory=list)
    up: list[int] = field(default_factory=list)

    def add(self, seconds: float, page: Page, wire: Wire) -> None:
        """One more, with all that goes over the wire until the page has come to rest."""
        self.seconds.append(seconds)
        rest(page)
        self.down.append(wire.down)
        self.up.append(wire.up)

    def p95(self) -> float:
        return float(np.percentile(self.seconds[1:], 95))

    def median(self) -> float:
        return float(np.median(self.seconds[1:]))

    def most_down(self) -> float:
        return float(np.percentile(self.down[1:], 95)) / 1000

    def most_up(self) -> float:
        return float(np.percentile(self.up[1:], 95)) / 1000


def repeat(
    page: Page,
    wire: Wire,
    ready: Callable[[int], None],
    act: Callable[[int], None],
    painted: Callable[[int], None],
    times: int,
) -> Series:
    """Get ``ready``, ``act``, wait until ``painted``, let the page come to rest; again."""
    series = Series()
    for number in range(times + 1):
        ready(number)
        wire.reset()
        began = time.perf_counter()
        act(number)
        painted(number)
        series.add(time.perf_counter() - began, page, wire)
    return series


def rest(page: Page) -> None:
    """Wait until the script has ended and a little longer."""
    page.wait_for_timeout(250)
    page.wait_for_selector('[data-testid="stApp"][data-test-script-state="notRunning"]')
    page.wait_for_timeout(250)


PATIENCE = 60.0
"""Seconds after which a benchmark gives up waiting, and says for what."""

# The frame after a condition has become true, in the browser's own time.
_WAIT = """([test, argument, patience]) => new Promise((done) => {
  const began = performance.now();
  const holds = new Function('before', 'find', 'return (' + test + ')');
  const find = (selector, root = document) => {
    const here = root.querySelector(selector);
    if (here) return here;
    for (const node of root.querySelectorAll('*'))
      if (node.shadowRoot) { const inner = find(selector, node.shadowRoot); if (inner) return inner; }
    return null;
  };
  const look = () => {
    let ok = false;
    try { ok = holds(argument, find); } catch (error) { ok = false; }
    if (ok) requestAnimationFrame(() => done(true));
    else if (performance.now() - began > 1000 * patience) done(false);
    else requestAnimationFrame(look);
  };
  look();
})"""


def wait_until(page: Page, test: str, before: object = None) -> None:
    """Wait until a JavaScript expression over ``before`` and ``find`` holds, and one frame more."""
    if not page.evaluate(_WAIT, [test, before, PATIENCE]):
        sys.exit(
            f"{page.url} was not painted within {PATIENCE:.0f} s, or the test is wrong: {test}"
        )


def read(page: Page, expression: str) -> object:
    """A JavaScript expression over ``find``, now."""
    finder = _WAIT[_WAIT.index("const find") : _WAIT.index("const look")]
    return page.evaluate(f"() => {{ {finder} return ({expression}); }}")
