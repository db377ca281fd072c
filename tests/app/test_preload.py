"""What is imported while the server starts."""

from __future__ import annotations

import subprocess
import sys

_SCRIPT = """
import gc, sys
from dashboard import preload
preload.wait()  # nothing was started: `streamlit run`
thread = preload.start()
preload.wait()
from numba.core.dispatcher import Dispatcher
from paser_core.selection import passes
compiled = [f for f in vars(passes).values() if isinstance(f, Dispatcher) and f.signatures]
print(thread.is_alive(), gc.isenabled(), gc.get_freeze_count() > 10_000)
print("paser_core.review" in sys.modules, "plotly.io" in sys.modules, len(compiled) > 0)
print("streamlit" in sys.modules)
"""

_LATE = """
import importlib, pkgutil, sys
from dashboard import preload
preload.start()
preload.wait()
import streamlit
known = set(sys.modules)
import dashboard.panels, dashboard.widgets
for package in (dashboard.panels, dashboard.widgets):
    for module in pkgutil.walk_packages(package.__path__, package.__name__ + "."):
        if ".new_run" not in module.name and not module.name.endswith("export.recover"):
            importlib.import_module(module.name)
late = set(sys.modules) - known
print(*sorted(m for m in late if m.startswith(("paser_core.explain", "paser_core.compare",
    "paser_core.selection", "paser_core.runs", "paser_core.report", "paser_core.export",
    "dashboard.charts"))))
"""


def test_no_page_imports_for_the_first_time_what_its_numbers_come_from():
    done = subprocess.run(
        [sys.executable, "-c", _LATE], capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == []


def test_all_is_there_after_waiting_and_nothing_of_it_needs_a_screen():
    done = subprocess.run(
        [sys.executable, "-c", _SCRIPT], capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr
    assert not done.stderr
    assert done.stdout.split() == ["False", "True", "True", "True", "True", "True", "False"]
