"""The dashboard in a real browser, at 4k and 44k samples: ``python benchmarks/bench_dashboard.py``.

Chromium with software rendering; p95 of 30 interactions, the first discarded. The floor is an empty
Streamlit app with the same slider, in the same run. ``--runs demo`` leaves out the large run, which
is made on first use (half an hour and more; see large_run.py).
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from browser import Series, chromium, serve
from interactions import (
    PAGES,
    SETTLED,
    TIMES,
    address,
    click_link,
    click_network,
    click_rows,
    draw_lasso,
    memory_of_a_session,
    move_slider,
    open_page,
    shows,
)
from large_run import large_run
from playwright.sync_api import Browser
from real_app import Server
from shared_data import ROOT

STARTS = 9
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
    start: float | None  # from the start of the process to the first page, Overview


LIMITS = {
    "4k": Limits(0.4, 0.3, 4.0, 0.5, 1.0, 60, 5, 20, 4.0),
    "44k": Limits(0.7, 0.5, 5.0, 0.8, 1.0, 120, 5, 40, None),
}


@dataclass(frozen=True)
class Line:
    """One line of the result."""

    what: str
    value: float
    unit: str
    limit: float | None
    floor: float | None = None

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


def first_paints(browser: Browser, run: Path, limits: Limits, floor: Floor) -> Iterator[Line]:
    """Each page with a cold browser on a running server, and as the first that a new process shows.

    The latter is one reading, and counts from the start of the process: a server listens before all
    of it is imported, so the moment from which it answers says little.
    """
    for name in PAGES:
        with serve("streamlit_app.py", run) as served:
            up = time.perf_counter() - served.began
            where = address(name), shows(name)
            page, _, first = open_page(browser, served, *where, watched=False)
            page.context.close()
            page, _, cold = open_page(browser, served, *where, watched=False)
            page.context.close()
        yield Line(f"cold first paint: {name}", cold, "s", limits.cold, floor.cold)
        yield Line("    the same on a new server, all of it", up + first, "s", None)


def starts(browser: Browser, run: Path, limits: Limits) -> Iterator[Line]:
    """From the start of the process to the first page; the median, for a start is one reading."""
    seconds = []
    for _ in range(STARTS):
        with serve("streamlit_app.py", run) as served:
            up = time.perf_counter() - served.began
            page, _, first = open_page(browser, served, "", shows("Overview"), watched=False)
            page.context.close()
        seconds.append(up + first)
    yield Line(f"process to first page, median of {STARTS}", median(seconds), "s", limits.start)
    yield Line("    the slowest of them", max(seconds), "s", None)


def sliders(browser: Browser, served: Server, limits: Limits, floor: Floor) -> Iterator[Line]:
    """The knobs of the side bar on the pages that draw most."""
    budget, temperature = "Budget (samples)", "Temperature"
    overlay = "find('canvas[role=img]').dataset.version"
    bars = "[...document.querySelectorAll('.barlayer')].map((bars) => bars.innerHTML).join()"
    for name, slider, picture in (
        ("Map", budget, overlay),
        ("Budget", budget, bars),
        ("Budget", temperature, bars),
        ("Clusters", temperature, bars),
    ):
        page, wire, _ = open_page(browser, served, address(name), shows(name))
        series = move_slider(page, wire, slider, picture)
        page.context.close()
        promised = name in ("Map", "Budget")
        what = f"{name}: {slider.split()[0].lower()} slider"
        yield Line(what, series.p95(), "s", limits.slider if promised else None, floor.slider)
        yield Line(f"{what}, bytes down", series.most_down(), "kB", limits.down)


def clicks(browser: Browser, served: Server, limits: Limits) -> Iterator[Line]:
    """The lasso, the network, and a line of a table."""
    page, wire, _ = open_page(browser, served, "map", shows("Map"))
    series = draw_lasso(page, wire)
    page.context.close()
    yield Line("lasso to table and counts", series.p95(), "s", limits.lasso)
    yield Line("lasso, bytes up", series.most_up(), "kB", limits.up)

    page, wire, _ = open_page(browser, served, "concepts", shows("Concepts"))
    series = click_network(page, wire)
    page.context.close()
    yield Line("click in the network", series.p95(), "s", limits.click)

    page, wire, _ = open_page(browser, served, "clusters", shows("Clusters"))
    series = click_rows(page, wire, ".nsewdrag", 0, 27, "find('h2').innerText")
    page.context.close()
    yield Line("row of the cluster chart to detail", series.p95(), "s", None)

    page, wire, _ = open_page(browser, served, "ledger", shows("Ledger"))
    sample = "[...document.querySelectorAll('[data-testid=stText]')].map((t) => t.innerText).join()"
    series = click_rows(page, wire, "[data-testid=stDataFrame]", 35, 35, sample)
    page.context.close()
    yield Line("line of the ledger to its sample", series.p95(), "s", None)


def switches(browser: Browser, served: Server, limits: Limits, floor: Floor) -> Iterator[Line]:
    """Through all pages; the first round, which fills the caches, is not counted."""
    page, wire, _ = open_page(browser, served, "", shows("Overview"), watched=False)
    names = [*[*PAGES][1:], "Overview"]
    rounds = 6
    series = click_link(page, wire, names, rounds)
    page.context.close()
    together = Series([0.0, *(s for each in series.values() for s in each.seconds[1:])])
    yield Line("page switch, all pages", together.p95(), "s", limits.switch, floor.switch)
    for name, each in series.items():
        yield Line(f"    slowest single switch to {name}", max(each.seconds[1:]), "s", None)


def measure(
    browser: Browser, run: Path, limits: Limits, floor: Floor, paints: bool
) -> Iterator[Line]:
    """All lines of one run."""
    if paints:
        yield from starts(browser, run, limits)
        yield from first_paints(browser, run, limits, floor)
    with serve("streamlit_app.py", run) as served:
        yield from sliders(browser, served, limits, floor)
        yield from clicks(browser, served, limits)
        yield from switches(browser, served, limits, floor)
    with serve("streamlit_app.py", run) as served:
        each = memory_of_a_session(browser, served)
        yield Line("memory of a further session", each, "MB", limits.memory)


def empty_app(browser: Browser) -> Floor:
    """The same interactions on an app that does nothing."""
    with tempfile.TemporaryDirectory() as folder:
        script = Path(folder) / "empty.py"
        script.write_text(EMPTY, encoding="utf-8")
        with serve(str(script), Path(folder)) as served:
            metric = "find('[data-testid=stMetric]')"
            painted = f"{metric} && {SETTLED}"
            open_page(browser, served, "", painted)[0].context.close()
            page, wire, _ = open_page(browser, served, "", painted)
            moved = move_slider(page, wire, "Budget (samples)", f"{metric}.innerText")
            page.context.close()
            page, wire, cold = open_page(browser, served, "", painted, watched=False)
            switched = click_link(page, wire, ["second", "first"], TIMES // 2)
            page.context.close()
    together = Series([s for each in switched.values() for s in each.seconds])
    return Floor(cold, moved.p95(), together.p95())


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", choices=("demo", "large", "both"), default="both")
    parser.add_argument("--skip-paints", action="store_true", help="leave out the first paints")
    parser.add_argument("--large", type=Path, help="a large run that is there already")
    parsed = parser.parse_args()
    runs = {}
    if parsed.runs != "large":
        runs["4k"] = ROOT / "data" / "demo" / "run"
    if parsed.runs != "demo":
        runs["44k"] = parsed.large or large_run()
    missed = 0
    with chromium() as browser:
        floor = empty_app(browser)
        for size, run in runs.items():
            print(f"\n{size}: {'what':34} {'value':>10} {'empty app':>11} {'promised':>10}")
            for line in measure(browser, run, LIMITS[size], floor, not parsed.skip_paints):
                missed += not line.holds
                print(line, flush=True)
    print(f"\n{missed} missed" if missed else "\nall hold")
    return int(missed > 0)


if __name__ == "__main__":
    sys.exit(main())
