"""The dashboard in a real browser: ``python benchmarks/bench_dashboard.py``.

Demo run, Chromium with software rendering. Required: budget slider moved -> painted, p95 of 30
moves (first discarded) at most 0.4 s; process up -> first page painted, cold browser, at most 4 s.
The floor is an empty Streamlit app with the same slider, in the same run.
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path

import numpy as np
from playwright.sync_api import Page, sync_playwright
from shared_data import ROOT

MOVES = 31
FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--enable-unsafe-swiftshader",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
EMPTY = """
import streamlit as st
st.title("Empty")
value = st.sidebar.slider("Budget (samples)", 1, 4000, 800)
st.metric("Budget", f"{value:,}")
"""


def serve(script: str, runs: Path) -> tuple[subprocess.Popen[bytes], str, float]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    began = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, "-m", "streamlit", "run", script, f"--server.port={port}"],
        cwd=ROOT,
        env=dict(os.environ, PASER_RUNS=str(runs)),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    url = f"http://127.0.0.1:{port}"
    while True:
        try:
            with urllib.request.urlopen(f"{url}/_stcore/health") as answer:
                if answer.read() == b"ok":
                    return process, url, began
        except (urllib.error.URLError, ConnectionError):
            time.sleep(0.02)


# Resolves in the frame after the number in the metric has changed.
_WAIT = """(before) => new Promise((done) => { const look = () => {
  const all = [...document.querySelectorAll('[data-testid=stMetric]')];
  const node = all.find(n => n.innerText.includes('Budget'));
  if (node && node.innerText !== before) requestAnimationFrame(() => done(performance.now()));
  else requestAnimationFrame(look); }; look(); })"""


def moves(page: Page, plot: bool) -> list[float]:
    metric = page.locator("[data-testid=stMetric]", has_text="Budget")
    metric.wait_for()
    page.wait_for_timeout(2000)
    slider = page.get_by_role("slider", name="Budget (samples)")
    slider.focus()
    times = []
    for _ in range(MOVES):
        before = metric.inner_text()
        shown = page.evaluate(_PLOT_TEXT) if plot else ""
        began = time.perf_counter()
        page.keyboard.press("PageUp")  # ten samples more
        page.evaluate(_WAIT, before)
        if plot:
            page.evaluate(_PLOT_WAIT, shown)
        times.append(time.perf_counter() - began)
        page.wait_for_timeout(400)
    return times[1:]


_PLOT_TEXT = "() => document.querySelector('.js-plotly-plot .barlayer')?.parentNode.innerHTML ?? ''"
# The plot is painted when its bars differ from before; a move that changes no bar counts as painted
# after the app has come to rest.
_PLOT_WAIT = """(before) => new Promise((done) => { const look = () => {
  const now = document.querySelector('.js-plotly-plot .barlayer')?.parentNode.innerHTML ?? '';
  const rest = document.querySelector('[data-testid=stApp]').dataset.testScriptState === 'notRunning';
  if ((now && now !== before) || rest) requestAnimationFrame(() => done(0));
  else requestAnimationFrame(look); }; look(); })"""


def main() -> int:
    chromium = os.environ.get("CHROMIUM_PATH") or shutil.which("chromium")
    if chromium is None:
        sys.exit("skipped: no Chromium; apt-get install chromium, or set CHROMIUM_PATH")
    demo = ROOT / "data" / "demo" / "run"
    rows = {}
    with sync_playwright() as playwright, tempfile.TemporaryDirectory() as folder:
        empty = Path(folder) / "empty.py"
        empty.write_text(EMPTY, encoding="utf-8")
        for name, script in (("empty app", str(empty)), ("workbench", "streamlit_app.py")):
            process, url, began = serve(script, demo)
            browser = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
            try:
                page = browser.new_page(viewport={"width": 1280, "height": 900})
                page.goto(url)
                page.locator("[data-testid=stMetric]").first.wait_for()
                first = time.perf_counter() - began
                if name == "workbench":
                    page.goto(f"{url}/budget")
                    page.locator(".js-plotly-plot .barlayer").first.wait_for()
                times = moves(page, name == "workbench")
                rows[name] = (first, *np.percentile(times, [50, 95]))
            finally:
                browser.close()
                process.terminate()
                process.wait()
    print(f"{'':12} {'first paint':>12} {'move p50':>10} {'move p95':>10}")
    for name, (first, half, most) in rows.items():
        print(f"{name:12} {first:10.2f} s {half:8.3f} s {most:8.3f} s")
    first, _, most = rows["workbench"]
    print("required: first paint at most 4 s, move p95 at most 0.4 s")
    return int(first > 4.0 or most > 0.4)


if __name__ == "__main__":
    sys.exit(main())
