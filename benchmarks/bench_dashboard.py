"""The dashboard in a real browser, at 4k and 44k samples: ``python benchmarks/bench_dashboard.py``.

Chromium with software rendering; p95 of 30 interactions, the first discarded. The floor is an empty
Streamlit app with the same slider, in the same run. ``--runs demo`` leaves out the large run, which
is made on first use (about ten minutes; see large_run.py).
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from browser import Series, Server, Wire, chromium, read, repeat, rest, serve, wait_until
from large_run import large_run
from playwright.sync_api import Browser, Page
from shared_data import ROOT

TIMES = 30
SIZE = {"width": 1280, "height": 900}
EMPTY = """
import streamlit as st
def page(name):
    def show():
        st.title(name)
        value = st.sidebar.slider("Budget (samples)", 1, 4000, 800)
        st.metric("Budget", f"{value:,}")
    return show
st.navigation([st.Page(page(n), title=n, url_path=n) for n in ("first", "second")]).run()
"""
PAGES = {
    "Overview": "find('[data-testid=stMetric]')",
    "Map": "find('canvas[role=img]').dataset.painted",
    "Clusters": "find('.js-plotly-plot .barlayer')",
    "Budget": "find('.js-plotly-plot .barlayer')",
    "Concepts": "find('.network').dataset.painted",
    "Ledger": "find('[data-testid=stDataFrame]')",
    "Compare": "find('[data-testid=stMetric]')",
    "Export": "find('[data-testid=stCode]')",
    "New run": "find('[data-testid=stFileUploader]')",
}
SETTLED = "find('[data-testid=stApp]').dataset.testScriptState === 'notRunning'"


@dataclass(frozen=True)
class Limits:
    """What is promised; seconds, kB, MB."""

    slider: float
    lasso: float
    cold: float
    switch: float
    click: float
    down: float
    up: float
    memory: float


LIMITS = {
    "4k": Limits(0.4, 0.3, 4.0, 0.5, 1.0, 60, 5, 20),
    "44k": Limits(0.7, 0.5, 5.0, 0.8, 1.0, 120, 5, 40),
}


@dataclass(frozen=True)
class Line:
    """One line of the result."""

    what: str
    value: float
    unit: str
    floor: float | None
    limit: float | None

    @property
    def holds(self) -> bool:
        return self.limit is None or self.value <= self.limit

    def __str__(self) -> str:
        floor = "" if self.floor is None else f"{self.floor:8.3f} {self.unit:2}"
        limit = "" if self.limit is None else f"{self.limit:7g} {self.unit}"
        late = "" if self.holds else "   MISSED"
        return f"    {self.what:36} {self.value:8.3f} {self.unit:2} {floor:>11} {limit:>10}{late}"


@dataclass(frozen=True)
class Floor:
    """What Streamlit itself takes, in seconds."""

    cold: float
    slider: float
    switch: float


def heading(name: str) -> str:
    return f"find('h1')?.innerText === '{name}' && {PAGES[name]} && {SETTLED}"


def fresh(browser: Browser, served: Server, path: str, painted: str) -> tuple[Page, Wire, float]:
    """A page in a context of its own, and how long its first paint took."""
    page = browser.new_context(viewport=SIZE).new_page()
    wire = Wire().watch(page)
    began = time.perf_counter()
    page.goto(f"{served.url}/{path}")
    wait_until(page, painted)
    seconds = time.perf_counter() - began
    rest(page)
    return page, wire, seconds


def move_slider(page: Page, wire: Wire, picture: str) -> Series:
    """A tenth of the range up and down again; painted when the picture has changed."""
    before: dict[str, object] = {}

    def act(number: int) -> None:
        page.keyboard.press("PageDown" if number % 2 else "PageUp")

    def ready(_: int) -> None:
        before["picture"] = read(page, picture)
        page.get_by_role("slider", name="Budget (samples)").focus()

    def painted(_: int) -> None:
        wait_until(page, f"({picture}) !== before", before["picture"])

    return repeat(page, wire, ready, act, painted, TIMES)


def draw_lasso(page: Page, wire: Wire) -> Series:
    """A lasso of another size each time; counted from letting go of the button."""
    box = page.locator("canvas[role=img]").bounding_box()
    assert box is not None
    before: dict[str, object] = {}
    counted = "[...document.querySelectorAll('h2')].map(h => h.innerText).join()"

    def ready(number: int) -> None:
        reach = 0.12 + 0.25 * (number % 7) / 7
        corners = [(-1, -1), (1, -1), (1, 1), (-1, 1), (-1, -0.9)]
        x0, y0 = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
        before["count"] = read(page, counted)
        page.keyboard.down("Shift")
        places = [
            (x0 + reach * box["width"] * x, y0 + reach * box["height"] * y) for x, y in corners
        ]
        page.mouse.move(*places[0])
        page.mouse.down()
        for place in places[1:]:
            page.mouse.move(*place, steps=4)

    def act(_: int) -> None:
        page.mouse.up()

    def painted(_: int) -> None:
        wait_until(page, f"({counted}) !== before && {counted}.includes('lasso')", before["count"])
        page.keyboard.up("Shift")

    return repeat(page, wire, ready, act, painted, TIMES)


def measure(browser: Browser, run: Path, size: str, floor: Floor) -> list[Line]:
    limits = LIMITS[size]
    lines = []
    with serve("streamlit_app.py", run) as served:
        began = time.perf_counter() - served.began
        page, wire, first = fresh(browser, served, "", heading("Overview"))
        up = began + first
        lines.append(Line("process up to first page", up, "s", None, limits.cold))
        cold = {}
        for name in PAGES:
            path = "" if name == "Overview" else name.lower().replace(" ", "_")
            other, _, cold[name] = fresh(browser, served, path, heading(name))
            other.context.close()
        slowest = max(cold, key=lambda n: cold[n])
        lines.append(
            Line(f"cold first paint ({slowest})", cold[slowest], "s", floor.cold, limits.cold)
        )

        page.context.close()
        page, wire, _ = fresh(browser, served, "budget", heading("Budget"))
        bars = "find('.js-plotly-plot .barlayer').parentNode.innerHTML"
        series = move_slider(page, wire, bars)
        lines += [
            Line("budget page: slider", series.p95(), "s", floor.slider, limits.slider),
            Line("budget page: bytes down", series.most_down(), "kB", None, limits.down),
        ]
        page.context.close()
        page, wire, _ = fresh(browser, served, "map", heading("Map"))
        series = move_slider(page, wire, "find('canvas[role=img]').dataset.version")
        lines += [
            Line("map page: slider", series.p95(), "s", floor.slider, limits.slider),
            Line("map page: bytes down", series.most_down(), "kB", None, limits.down),
        ]
        series = draw_lasso(page, wire)
        lines += [
            Line("lasso to table and counts", series.p95(), "s", None, limits.lasso),
            Line("lasso: bytes up", series.most_up(), "kB", None, limits.up),
        ]
        page.context.close()
        lines.append(switch_pages(browser, served, limits, floor))
        lines.append(click_network(browser, served, limits))
        lines.append(sessions(browser, served, limits))
    return lines


def switch_pages(browser: Browser, served: Server, limits: Limits, floor: Floor) -> Line:
    """Through all pages again and again; the first round, which fills the caches, is not counted."""
    page, wire, _ = fresh(browser, served, "", heading("Overview"))
    names = [*[*PAGES][1:], "Overview"]

    def ready(_: int) -> None:
        """Nothing to prepare."""

    def act(number: int) -> None:
        page.get_by_role("link", name=names[number % len(names)], exact=True).click()

    def painted(number: int) -> None:
        wait_until(page, heading(names[number % len(names)]))

    repeat(page, wire, ready, act, painted, len(names) - 1)
    series = repeat(page, wire, ready, act, painted, 4 * len(names) - 1)
    page.context.close()
    slowest = names[int(np.argmax(series.seconds[1:]) + 1) % len(names)]
    what = f"page switch (slowest {slowest})"
    return Line(what, series.p95(), "s", floor.switch, limits.switch)


def click_network(browser: Browser, served: Server, limits: Limits) -> Line:
    """From one concept to a neighbour of it; painted when the new neighbourhood is drawn."""
    page, wire, _ = fresh(browser, served, "concepts", heading("Concepts"))
    drawn = "find('.network').dataset.painted"
    node = page.locator("svg[role=group] g[data-concept]")
    before: dict[str, object] = {}

    def ready(number: int) -> None:
        before["drawn"] = read(page, drawn)
        page.mouse.move(5, 5)

    def act(number: int) -> None:
        # The centre comes first; a strong neighbour is never hidden under another.
        node.nth(1 + number % 3).locator("circle").click(force=True)

    def painted(_: int) -> None:
        wait_until(page, f"({drawn}) !== before && {SETTLED}", before["drawn"])

    series = repeat(page, wire, ready, act, painted, TIMES)
    page.context.close()
    return Line("click in the network", series.p95(), "s", None, limits.click)


def sessions(browser: Browser, served: Server, limits: Limits) -> Line:
    """Server memory for each of five further sessions that look at map, budget and ledger."""
    before = served.memory()
    pages = []
    for _ in range(5):
        page, _, _ = fresh(browser, served, "map", heading("Map"))
        for name in ("Budget", "Ledger"):
            page.get_by_role("link", name=name, exact=True).click()
            wait_until(page, heading(name))
            rest(page)
        pages.append(page)
    each = (served.memory() - before) / len(pages)
    for page in pages:
        page.context.close()
    return Line("memory of a further session", each, "MB", None, limits.memory)


def empty_app(browser: Browser) -> Floor:
    """The same interactions on an app that does nothing."""
    with tempfile.TemporaryDirectory() as folder:
        script = Path(folder) / "empty.py"
        script.write_text(EMPTY, encoding="utf-8")
        with serve(str(script), Path(folder)) as served:
            page, wire, cold = fresh(
                browser, served, "", f"find('[data-testid=stMetric]') && {SETTLED}"
            )
            series = move_slider(page, wire, "find('[data-testid=stMetric]').innerText")

            def ready(_: int) -> None:
                """Nothing to prepare."""

            def act(number: int) -> None:
                name = ("second", "first")[number % 2]
                page.get_by_role("link", name=name, exact=True).click()

            def painted(number: int) -> None:
                name = ("second", "first")[number % 2]
                wait_until(page, f"find('h1')?.innerText === '{name}' && {SETTLED}")

            switched = repeat(page, wire, ready, act, painted, TIMES)
            page.context.close()
    return Floor(cold, series.p95(), switched.p95())


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", choices=("demo", "both"), default="both")
    parser.add_argument("--large", type=Path, help="a large run that is there already")
    parsed = parser.parse_args()
    runs = {"4k": ROOT / "data" / "demo" / "run"}
    if parsed.runs == "both":
        runs["44k"] = parsed.large or large_run()
    failed = False
    with chromium() as browser:
        floor = empty_app(browser)
        for size, run in runs.items():
            print(f"\n{size}: {'what':34} {'value':>10} {'empty app':>11} {'promised':>10}")
            for line in measure(browser, run, size, floor):
                failed |= not line.holds
                print(line)
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
