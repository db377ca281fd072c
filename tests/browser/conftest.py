"""One Chromium for the session, one server on the demo, a clean context per test.

A test fails on any console error, page error, or request that leaves this machine.
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest

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


def _chromium() -> str | None:
    names = (os.environ.get("CHROMIUM_PATH", ""), "chromium", "chromium-browser", "google-chrome")
    return next((found for n in names if n and (found := shutil.which(n))), None)


@pytest.fixture(scope="session")
def browser():
    path = _chromium()
    if path is None:
        message = "no Chromium: apt-get install chromium, or set CHROMIUM_PATH"
        if os.environ.get("REQUIRE_BROWSER") == "1":
            pytest.fail(message)
        pytest.skip(message)
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield running
        running.close()


class Server:
    """The dashboard in a process of its own."""

    def __init__(self, runs: Path, log: Path) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        self.url = f"http://127.0.0.1:{port}"
        self.log = log
        environment = dict(os.environ, PASER_RUNS=str(runs))
        self.process = subprocess.Popen(
            [sys.executable, "-m", "streamlit", "run", "streamlit_app.py", f"--server.port={port}"],
            cwd=ROOT,
            env=environment,
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
        self.process.terminate()
        self.process.wait(10)
        return self.log.read_text()


@pytest.fixture(scope="session")
def server(tmp_path_factory):
    running = Server(DEMO, tmp_path_factory.mktemp("server") / "log.txt")
    yield running
    text = running.stop()
    assert "Traceback" not in text, text
    assert "Error" not in text, text


@pytest.fixture(params=["light", "dark"])
def scheme(request):
    return request.param


@pytest.fixture
def open_page(browser, server):
    """``open_page(path, scheme)``; what went wrong in the browser fails the test at its end."""
    troubles: list[str] = []
    contexts = []

    def go(path: str = "", scheme: str = "light"):
        context = browser.new_context(
            viewport={"width": 1280, "height": 900}, color_scheme=scheme, accept_downloads=True
        )
        contexts.append(context)
        page = context.new_page()

        def heard(message):
            known = any(a in message.text or a in message.location.get("url", "") for a in ALLOWED)
            if message.type == "error" and not known:
                troubles.append(f"console: {message.text} {message.location}")

        def asked(request):
            local = request.url.startswith((server.url, "data:", "blob:", "ws://127.0.0.1"))
            if not local:
                troubles.append(f"request off this machine: {request.url}")

        page.on("console", heard)
        page.on("pageerror", lambda error: troubles.append(f"page error: {error}"))
        page.on("request", asked)
        page.goto(f"{server.url}/{path}")
        page.wait_for_selector("h1")
        return page

    yield go
    for context in contexts:
        context.close()
    assert not troubles, "\n".join(troubles)
