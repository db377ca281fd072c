"""The server of ``paser serve``, asked as a stranger's page would ask it."""

from __future__ import annotations

import http.client
import os
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
WANTED = ("/", "/clusters", "/_stcore/health", "/_stcore/metrics", "/_stcore/host-config")


@pytest.fixture(scope="module")
def port(tmp_path_factory):
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        number = probe.getsockname()[1]
    command = [sys.executable, "-m", "paser_core.cli", "serve", str(ROOT / "data" / "demo" / "run")]
    log = tmp_path_factory.mktemp("served") / "log"
    with log.open("w") as output:
        process = subprocess.Popen(
            [*command, "--port", str(number), "--no-browser"],
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    try:
        deadline = time.monotonic() + 90
        while time.monotonic() < deadline and process.poll() is None:
            try:
                if ask(number, "/_stcore/health", f"127.0.0.1:{number}") == 200:
                    break
            except OSError:
                time.sleep(0.2)
        else:
            pytest.fail(log.read_text())
        yield number
    finally:
        process.terminate()
        process.wait(30)


def ask(port, path, host):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    try:
        connection.putrequest("GET", path, skip_host=True)
        if host is not None:
            connection.putheader("Host", host)
        connection.endheaders()
        return connection.getresponse().status
    finally:
        connection.close()


@pytest.mark.parametrize("path", WANTED)
def test_our_own_names_are_answered(port, path):
    for host in (f"127.0.0.1:{port}", f"localhost:{port}", "LOCALHOST."):
        assert ask(port, path, host) == 200


@pytest.mark.parametrize("path", [*WANTED, "/static/", "/_stcore/stream", "/media/x", "/nothing"])
@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        "127.0.0.1.evil.example",
        "evil.example:8501",
        "localhost@evil.example",
        "x:y",
        "",
    ],
)
def test_no_other_name_is_answered(port, path, host):
    assert ask(port, path, host) == 400
