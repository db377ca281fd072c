"""The real app in a process of its own, and the browser that looks at it.

For the browser tests, the benchmarks and the screenshots.
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

ROOT = Path(__file__).resolve().parent.parent
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
NO_CHROMIUM = "no Chromium: apt-get install chromium, or set CHROMIUM_PATH"


def find_chromium() -> str | None:
    """Chromium at ``CHROMIUM_PATH`` or on the PATH."""
    names = (os.environ.get("CHROMIUM_PATH", ""), "chromium", "chromium-browser", "google-chrome")
    return next((found for n in names if n and (found := shutil.which(n))), None)


class Server:
    """A Streamlit app on a free port of 127.0.0.1, up when this returns."""

    def __init__(
        self, runs: Path | str, log: Path, script: str = "streamlit_app.py", **environment: str
    ) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        self.url = f"http://127.0.0.1:{port}"
        self.runs = runs
        self.log = log
        self.began = time.perf_counter()
        # Our own app as ``paser serve`` starts it; any other as Streamlit does.
        ours = script == "streamlit_app.py"
        starter = ["dashboard"] if ours else ["streamlit", "run"]
        self.process = subprocess.Popen(
            [sys.executable, "-m", *starter, script, f"--server.port={port}"],
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
                time.sleep(0.02)
        self.process.kill()
        raise RuntimeError(f"the app did not start: {log.read_text()}")

    def memory(self) -> float:
        """Proportional memory of the server in MB (Linux)."""
        text = Path(f"/proc/{self.process.pid}/smaps_rollup").read_text(encoding="ascii")
        line = next(x for x in text.splitlines() if x.startswith("Pss:"))
        return int(line.split()[1]) / 1000

    def stop(self) -> str:
        """End it; returns its log, which must tell of no error."""
        self.process.terminate()
        self.process.wait(10)
        text = self.log.read_text()
        assert "Traceback" not in text, text
        assert "Error" not in text, text
        return text
