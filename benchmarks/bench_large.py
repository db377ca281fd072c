"""The dashboard on a large run folder: ``python benchmarks/bench_large.py``.

Folders of 200,000 and a million samples (``--sizes``; made on first use, see made_rows.py: real texts and
concepts, drawn positions and damage). Each page as the first that a new server shows, from the start of
its process until it is painted; then what a person does on the map, p95 of 30; and the memory of the
server, all of it resident and at its highest. ``--pages`` and ``--skip-acts`` measure a part.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from bench_dashboard import Line
from browser import chromium, read, serve, wait_until
from interactions import PAGES, SETTLED, address, draw_lasso, move_slider, open_page, shows
from large_run import finished
from made_rows import FOLDER, made_run
from playwright.sync_api import Browser, Page
from real_app import Server

LIMITS = {200_000: (5.0, 1.5, 0.6, 1.0), 1_000_000: (9.0, 4.0, None, 3.0)}
"""Seconds of a first page, GB, seconds of a move and a lasso, seconds of a search."""
QUERIES = ("photosynthesis", "write a poem", "zebra", "train")


def large_folder(n: int) -> Path:
    """A run of ``n`` samples; made once."""
    run = FOLDER / f"run-{n}"
    if not finished(run):
        made_run(n, run, lambda _: None, with_models=True)
    return run


def memory(served: Server) -> tuple[float, float]:
    """GB of the server's process now and at its highest."""
    text = Path(f"/proc/{served.process.pid}/status").read_text(encoding="ascii")
    lines = dict(line.split(":", 1) for line in text.splitlines())
    now, peak = (int(lines[name].split()[0]) / 2**20 for name in ("VmRSS", "VmHWM"))
    return now, peak


def processor(served: Server) -> float:
    """Seconds of the processor that the server has taken: what another program does hardly counts."""
    fields = Path(f"/proc/{served.process.pid}/stat").read_text(encoding="ascii").split()
    return (int(fields[13]) + int(fields[14])) / os.sysconf("SC_CLK_TCK")


def first_pages(browser: Browser, run: Path, n: int, pages: list[str]) -> Iterator[Line]:
    """Each page as the first of a new server."""
    opened, most = LIMITS.get(n, (None,) * 4)[:2]
    for name in pages:
        with serve("streamlit_app.py", run) as served:
            page, _, _ = open_page(browser, served, address(name), shows(name), watched=False)
            painted = time.perf_counter() - served.began - 0.5  # of which `rest` waits
            page.context.close()
            _, peak = memory(served)
            worked = processor(served)
        yield Line(f"new server to {name}", painted, "s", opened)
        yield Line("    of the processor, the server", worked, "s", None)
        yield Line("    memory at its highest", peak, "GB", most)


def acts(browser: Browser, run: Path, n: int) -> Iterator[Line]:
    """The slider, the lasso and the search, on the map."""
    _, most, act, found = LIMITS.get(n, (None,) * 4)
    with serve("streamlit_app.py", run) as served:
        # From a twentieth on, where every step of the slider still changes the selection.
        page, wire, _ = open_page(browser, served, f"map?budget={n // 20}", shows("Map"))
        overlay = "find('canvas[role=img]').dataset.version"
        series = move_slider(page, wire, "Budget (samples)", overlay)
        yield Line("map: slider to painted, p95", series.p95(), "s", act)
        yield Line("    bytes down", series.most_down(), "kB", None)
        series = draw_lasso(page, wire)
        yield Line("map: lasso to table, p95", series.p95(), "s", act)
        page.context.close()
        page, wire, _ = open_page(browser, served, "map", shows("Map"))
        yield Line("    map, painted again, bytes down", wire.down / 1000, "kB", None)
        seconds = [search(page, query) for query in QUERIES]
        yield Line("map: first search by words", seconds[0], "s", None)
        yield Line("map: the slowest that follows", max(seconds[1:]), "s", found)
        page.context.close()
        now, peak = memory(served)
    yield Line("memory after all this", now, "GB", most)
    yield Line("    at its highest", peak, "GB", most)


def search(page: Page, query: str) -> float:
    """Seconds from the key to the new table."""
    heads = "[...document.querySelectorAll('h2')].map(h => h.innerText).join()"
    before = read(page, heads)
    box = page.get_by_placeholder("Find samples")
    box.fill(query)
    began = time.perf_counter()
    box.press("Enter")
    wait_until(page, f"({heads}) !== before && {SETTLED}", before)
    return time.perf_counter() - began


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sizes", type=int, nargs="+", default=[200_000, 1_000_000])
    parser.add_argument("--pages", nargs="*", default=[*PAGES][:-1], choices=[*PAGES])
    parser.add_argument("--skip-acts", action="store_true", help="measure the first pages alone")
    options = parser.parse_args()
    missed = 0
    with chromium() as browser:
        for n in options.sizes:
            run = large_folder(n)
            print(f"\n{n:,} samples: {'':28} {'value':>10} {'':>11} {'promised':>10}")
            lines = [first_pages(browser, run, n, options.pages)]
            if not options.skip_acts:
                lines.append(acts(browser, run, n))
            for part in lines:
                for line in part:
                    missed += not line.holds
                    print(line, flush=True)
    print(f"\n{missed} missed" if missed else "\nall hold")
    return int(missed > 0)


if __name__ == "__main__":
    sys.exit(main())
