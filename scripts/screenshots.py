"""``make screenshots``: the pictures of README and guide, taken from the real app on the demo.

A server on the bundled demo, Chromium, one picture a page; nothing is drawn by hand.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from playwright.sync_api import Page, sync_playwright
from real_app import DEMO, FLAGS, NO_CHROMIUM, ROOT, Server, find_chromium

OUT = ROOT / "docs" / "images"
STUDY = ROOT / "data" / "demo" / "study"


def _nothing(page: Page) -> None:
    """The page as it opens."""


def _lasso(page: Page) -> None:
    canvas = page.locator("canvas[role=img]")
    canvas.wait_for()
    page.wait_for_timeout(1500)
    box = canvas.bounding_box()
    assert box is not None
    corners = [(0.30, 0.25), (0.62, 0.22), (0.66, 0.6), (0.34, 0.66), (0.29, 0.3)]
    places = [(box["x"] + box["width"] * x, box["y"] + box["height"] * y) for x, y in corners]
    page.keyboard.down("Shift")
    page.mouse.move(*places[0])
    page.mouse.down()
    for place in places[1:]:
        page.mouse.move(*place, steps=10)
    page.mouse.up()
    page.keyboard.up("Shift")


def _rejected(page: Page) -> None:
    page.get_by_role("button", name="Rejected (conflict)").click()
    page.wait_for_timeout(1500)
    grid = page.locator('[data-testid="stDataFrame"]').first
    grid.wait_for()
    box = grid.bounding_box()
    assert box is not None
    page.mouse.click(box["x"] + 18, box["y"] + 52)


def _pin_and_move(page: Page) -> None:
    page.get_by_role("button", name="Pin this setting").click()
    page.wait_for_timeout(1500)
    page.get_by_role("slider", name="Budget (samples)").focus()
    page.keyboard.press("PageUp")


@dataclass(frozen=True)
class Shot:
    """One picture."""

    name: str
    address: str
    act: Callable[[Page], None] = _nothing
    scheme: Literal["light", "dark"] = "light"
    height: int = 900


SHOTS = (
    Shot("overview", ""),
    Shot("map", "map", _lasso, height=1150),
    Shot("map-3d", "map?space=3-D&color=Divergence", scheme="dark", height=850),
    Shot("clusters", "clusters", height=1200),
    Shot("budget", "budget", _pin_and_move, height=1250),
    Shot("concepts", "concepts", height=1050),
    Shot("ledger", "ledger?budget=2000", _rejected, height=1400),
    Shot("compare", "compare", height=1200),
    Shot("export", "export", height=900),
    Shot("study", "study", height=1500),
    Shot("new-run", "new_run", height=1000),
)


def main() -> int:
    """Take all pictures, or those named on the command line."""
    chromium = find_chromium()
    if chromium is None:
        sys.exit(NO_CHROMIUM)
    wanted = set(sys.argv[1:])
    OUT.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        # A copy: the pictures must not depend on what somebody decided on the demo.
        run = Path(folder) / "demo"
        ignore = shutil.ignore_patterns("review.sqlite*", ".lock")
        shutil.copytree(DEMO, run, ignore=ignore)
        new_runs = str(Path(folder) / "new")
        server = Server(f"{run}:{STUDY}", Path(folder) / "log.txt", PASER_NEW_RUNS=new_runs)
        browser = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        try:
            for shot in SHOTS:
                if not wanted or shot.name in wanted:
                    context = browser.new_context(
                        viewport={"width": 1360, "height": shot.height}, color_scheme=shot.scheme
                    )
                    _take(context.new_page(), server.url, shot)
                    context.close()
        finally:
            browser.close()
            server.stop()
    return 0


def _take(page: Page, url: str, shot: Shot) -> None:
    page.goto(f"{url}/{shot.address}")
    page.wait_for_selector("h1")
    _rest(page)
    shot.act(page)
    _rest(page)
    page.mouse.move(2, 2)
    page.wait_for_timeout(700)
    file = OUT / f"{shot.name}.png"
    page.screenshot(path=file)
    print(f"{file.relative_to(ROOT)}: {file.stat().st_size / 1000:.0f} kB")


def _rest(page: Page) -> None:
    page.wait_for_timeout(400)
    page.wait_for_selector('[data-testid="stApp"][data-test-script-state="notRunning"]')
    page.wait_for_timeout(1200)


if __name__ == "__main__":
    sys.exit(main())
