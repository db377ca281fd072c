"""What every page needs, imported and compiled while the server starts and a browser loads its scripts.

Otherwise either the server listens a second later, or the first visitor waits for it. Only modules that
know no screen: what is made with Streamlit needs its running server.
"""

from __future__ import annotations

import gc
import importlib
import pkgutil
import tempfile
from pathlib import Path
from threading import Thread

from dashboard import charts
from paser_core.workspace.staging import DOWNLOADS, clear

_NEEDED = (
    "paser_core.selection.of_run",
    "paser_core.selection.curves",
    "paser_core.selection.goals",
    "paser_core.compare",
    "paser_core.compare.changes",
    "paser_core.explain.audit",
    "paser_core.explain.composition",
    "paser_core.explain.graph",
    "paser_core.explain.marked",
    "paser_core.explain.marked_parts",
    "paser_core.explain.facets",
    "paser_core.explain.precision",
    "paser_core.explain.retention_tables",
    "paser_core.explain.search",
    "paser_core.explain.signals",
    "paser_core.explain.training_cost",
    "paser_core.explain.suggested",
    "paser_core.explain.whatif",
    "paser_core.export",
    "paser_core.findings",
    "paser_core.measure",
    "paser_core.report",
    "paser_core.review",
    "paser_core.runs.corrected",
    "paser_core.runs.transcript",
    "paser_core.study.answers",
    "paser_core.study.assumption",
    "paser_core.study.discovery",
    "paser_core.study.drafting",
    "paser_core.study.overlaps",
    "paser_core.study.retained",
    "paser_core.study.tables",
    "plotly.graph_objects",
    "plotly.io",
    "plotly.tools",
)


def start() -> Thread:
    """Import in a thread of its own; :func:`wait` before anything of ours is imported elsewhere."""
    thread = Thread(target=_get_ready, name="preload", daemon=True)
    _running.append(thread)
    thread.start()
    return thread


def wait() -> None:
    """Until all is imported: two threads that import the same at once can find it half made.

    Returns at once where nothing was started (``streamlit run``) or all is done.
    """
    for thread in _running:
        thread.join()


_running: list[Thread] = []


def _get_ready() -> None:
    # Imports make much and drop little: the collector would look again and again and find nothing.
    gc.disable()
    try:
        for name in _NEEDED:
            importlib.import_module(name)
        for module in pkgutil.iter_modules(charts.__path__, f"{charts.__name__}."):
            importlib.import_module(module.name)
        from paser_core.selection.warm import warm_up

        warm_up()
        # What a server that was killed had for download.
        clear(Path(tempfile.gettempdir()), DOWNLOADS)
    finally:
        # What is frozen, no later collection looks at again.
        gc.freeze()
        gc.enable()
