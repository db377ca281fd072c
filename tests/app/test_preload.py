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


def test_all_is_there_after_waiting_and_nothing_of_it_needs_a_screen():
    done = subprocess.run(
        [sys.executable, "-c", _SCRIPT], capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr
    assert not done.stderr
    assert done.stdout.split() == ["False", "True", "True", "True", "True", "True", "False"]
