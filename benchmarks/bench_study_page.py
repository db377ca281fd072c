"""The page Study on 500 cells x 779 questions: ``python benchmarks/bench_study_page.py``.

Chromium with software rendering, in the same run beside Overview's first paint on the demo and beside
a line of the ledger to its sample, which do the same kind of work. Random results in the files of a
real study (tests/study/made_results.py).
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

from browser import Series, chromium, serve, wait_until
from interactions import SETTLED, click_rows, open_page, shows
from playwright.sync_api import Browser, Page
from real_app import Server
from shared_data import ROOT

sys.path.insert(0, str(ROOT / "tests" / "study"))
from made_results import made_study

DEMO = ROOT / "data" / "demo" / "run"
COLD, CLICK = 4.0, 0.5  # seconds that are promised
TIMES = 5
_TABLE = '[class*="st-key-study-cells"]'
DRAWN = (
    "document.querySelector('h1')?.textContent === 'Study' && "
    "document.querySelectorAll('.js-plotly-plot .main-svg').length >= 5 && "
    f"document.querySelector('{_TABLE} canvas') && {SETTLED}"
)
# The title of the cell, its curve and the answers beside it.
DETAIL = (
    "[...document.querySelectorAll('h3')].map((h) => h.innerText).join() + "
    "!!document.querySelector('[class*=\"st-key-study-loss\"] .scatterlayer')"
)


def cold(browser: Browser, served: Server, path: str, painted: str) -> list[float]:
    """First paints in new browser contexts."""
    seconds = []
    for _ in range(TIMES):
        page, _, first = open_page(browser, served, path, painted, watched=False)
        page.context.close()
        seconds.append(first)
    return seconds


def clicks(page: Page) -> Series:
    """One line of the table of cells after another; painted when the detail is that of the new one."""
    shown = page.locator(f"{_TABLE} canvas").first
    series = Series()
    for number in range(12):
        page.wait_for_timeout(700)
        before = page.evaluate(f"() => ({DETAIL})")
        shown.scroll_into_view_if_needed()
        box = shown.bounding_box()
        assert box is not None
        began = time.perf_counter()
        page.mouse.click(box["x"] + 130, box["y"] + 35 * (1.5 + number % 6))
        wait_until(
            page, f"({DETAIL}) !== before && ({DETAIL}).endsWith('true') && {SETTLED}", before
        )
        series.seconds.append(time.perf_counter() - began)
    return series


def main() -> int:
    with tempfile.TemporaryDirectory() as folder, chromium() as browser:
        study = made_study(Path(folder) / "made")
        both = Path(os.pathsep.join([str(DEMO), str(study)]))
        with serve("streamlit_app.py", both) as served:
            first = cold(browser, served, "study", DRAWN)
            overview = cold(browser, served, "", shows("Overview"))
            page, _, _ = open_page(browser, served, "study", DRAWN, watched=False)
            detail = clicks(page)
            page.context.close()
            page, wire, _ = open_page(browser, served, "ledger", shows("Ledger"))
            sample = "[...document.querySelectorAll('[data-testid=stText]')].map((t) => t.innerText).join()"
            ledger = click_rows(page, wire, "[data-testid=stDataFrame]", 35, 35, sample)
    lines = (
        ("first on a new server (results are read)", first[0], None, None),
        ("cold first paint, median", median(first[1:]), median(overview[1:]), COLD),
        ("click to detail, median", detail.median(), ledger.median(), CLICK),
        ("click to detail, p95", detail.p95(), ledger.p95(), None),
    )
    missed = 0
    print(f"{'500 cells x 779 questions':44} {'s':>8} {'reference':>10} {'promised':>9}")
    for what, value, reference, limit in lines:
        late = limit is not None and value > limit
        missed += late
        beside = "" if reference is None else f"{reference:10.2f}"
        print(f"{what:44} {value:8.2f} {beside:>10} {limit or '':>9}{'   MISSED' if late else ''}")
    print("reference: Overview's first paint; a line of the ledger to its sample")
    return int(missed > 0)


if __name__ == "__main__":
    sys.exit(main())
