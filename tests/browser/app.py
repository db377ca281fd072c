"""Starting the dashboard and driving it: what the browser tests share."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

ROOT = Path(__file__).parents[2]
DEMO = ROOT / "data" / "demo" / "run"
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
# Streamlit asks a deep link's folder for its health before it asks the root.
ALLOWED = ("GPU stall due to ReadPixels", "/_stcore/")


class Server:
    """The dashboard in a process of its own."""

    def __init__(
        self, runs: Path, log: Path, script: str = "streamlit_app.py", **environment: str
    ) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        self.url = f"http://127.0.0.1:{port}"
        self.log = log
        self.process = subprocess.Popen(
            [sys.executable, "-m", "streamlit", "run", script, f"--server.port={port}"],
            cwd=ROOT,
            env=os.environ | {"PASER_RUNS": str(runs)} | environment,
            stdout=log.open("w"),
            stderr=subprocess.STDOUT,
        )
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            try:
                with urllib.request.urlopen(f"{self.url}/_stcore/health") as answer:
                    if answer.read() == b"ok":
                        return
            except (urllib.error.URLError, ConnectionError):
                time.sleep(0.05)
        raise RuntimeError(log.read_text())

    def stop(self) -> str:
        """End it; returns its log, which must tell of no error."""
        self.process.terminate()
        self.process.wait(10)
        text = self.log.read_text()
        assert "Traceback" not in text, text
        assert "Error" not in text, text
        return text


def quiet(page) -> None:
    """Wait until Streamlit has stopped running."""
    page.wait_for_timeout(150)
    page.wait_for_selector('[data-testid="stApp"][data-test-script-state="notRunning"]')
    page.wait_for_timeout(150)


def canvas_painted(page) -> None:
    """Wait until the map is drawn."""
    page.locator("canvas[role=img]").wait_for()
    page.wait_for_function(
        "() => { const find = (n) => { for (const e of n.querySelectorAll('*')) {"
        " if (e.matches('canvas[role=img]') && e.dataset.painted) return e;"
        " if (e.shadowRoot) { const f = find(e.shadowRoot); if (f) return f; } } return null; };"
        " return find(document) !== null; }"
    )


def lasso(page, corners) -> None:
    """Draw a lasso with Shift held; ``corners`` are shares of the canvas."""
    box = page.locator("canvas[role=img]").bounding_box()
    places = [(box["x"] + box["width"] * x, box["y"] + box["height"] * y) for x, y in corners]
    page.keyboard.down("Shift")
    page.mouse.move(*places[0])
    page.mouse.down()
    for place in places[1:]:
        page.mouse.move(*place, steps=8)
    page.mouse.up()
    page.keyboard.up("Shift")


def serious(page) -> list[str]:
    """What axe-core finds serious or critical on the page."""
    from axe_playwright_python.sync_playwright import Axe

    found = Axe().run(page).response["violations"]
    return [
        f"{v['id']}: {v['help']} — {[n['target'] for n in v['nodes'][:4]]}"
        for v in found
        if v["impact"] in ("serious", "critical")
    ]
