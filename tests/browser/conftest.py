"""One Chromium for the session, one server on the demo, a clean context per test.

A test fails on any console error, page error, or request that leaves this machine.
"""

from __future__ import annotations

import os
import shutil
import zlib
from pathlib import Path

import pytest
from app import ALLOWED, DEMO, FLAGS, NO_CHROMIUM, Server, find_chromium

from paser_core.runs import Run


@pytest.fixture(scope="session")
def browser():
    path = find_chromium()
    if path is None:
        if os.environ.get("REQUIRE_BROWSER") == "1":
            pytest.fail(NO_CHROMIUM)
        pytest.skip(NO_CHROMIUM)
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield running
        running.close()


@pytest.fixture(scope="session")
def server(tmp_path_factory):
    """The dashboard on the demo. Tests that edit make a server of their own on a copy."""
    running = Server(DEMO, tmp_path_factory.mktemp("server") / "log.txt")
    yield running
    running.stop()


@pytest.fixture(scope="session")
def demo() -> Run:
    """The run that the server shows, read by the core alone: what the pages must agree with."""
    return Run.open(DEMO)


@pytest.fixture
def serve(tmp_path):
    """``serve(runs)``: a server of the test's own. They end after the browser has left them."""
    running: list[Server] = []

    def start(runs: Path, **environment: str) -> Server:
        log = tmp_path / f"log-{len(running)}.txt"
        running.append(Server(runs, log, **environment))
        return running[-1]

    yield start
    for server in running:
        server.stop()


@pytest.fixture
def demo_copy(serve, tmp_path):
    """A server on a copy of the demo run that a test may write into."""
    copy = tmp_path / "copy"
    shutil.copytree(DEMO, copy, ignore=shutil.ignore_patterns("review.sqlite*"))
    return serve(copy)


@pytest.fixture
def scheme(request):
    """Light or dark, by the name of the test; every page is looked at in both (test_browser_pages.py)."""
    return ("light", "dark")[zlib.crc32(request.node.name.encode()) % 2]


@pytest.fixture
def watched(browser, serve):
    """``watched(url, scheme, **options)``: a page of a new context, with everything overheard.

    What went wrong in the browser fails the test at its end. (``serve`` is asked for first, so that
    servers outlive the pages that look at them.)
    """
    troubles: list[str] = []
    contexts = []

    def go(url: str, scheme: str = "light", width: int = 1280, height: int = 900):
        context = browser.new_context(
            viewport={"width": width, "height": height},
            color_scheme=scheme,
            accept_downloads=True,
        )
        contexts.append(context)
        page = context.new_page()

        def heard(message):
            known = any(a in message.text or a in message.location.get("url", "") for a in ALLOWED)
            if message.type == "error" and not known:
                troubles.append(f"console: {message.text} {message.location}")

        def asked(request):
            local = request.url.startswith(
                ("http://127.0.0.1:", "data:", "blob:", "ws://127.0.0.1:", "file:")
            )
            if not local:
                troubles.append(f"request off this machine: {request.url}")

        page.on("console", heard)
        page.on("pageerror", lambda error: troubles.append(f"page error: {error}"))
        page.on("request", asked)
        page.goto(url)
        page.wait_for_selector("h1")
        return page

    yield go
    for context in contexts:
        context.close()
    assert not troubles, "\n".join(troubles)


@pytest.fixture
def open_page(watched, server):
    """``open_page(path, scheme)`` on the demo."""
    return lambda path="", scheme="light": watched(f"{server.url}/{path}", scheme)
