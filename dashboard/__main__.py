"""The server of ``paser serve``: ``python -m dashboard streamlit_app.py [options of streamlit run]``.

What every page needs is imported before the server listens, and the selection is compiled: otherwise
the first visitor waits for it. Only modules that know no screen: what is made with Streamlit needs its
running server.
"""

from __future__ import annotations

import gc
import importlib
import sys

_AHEAD = (
    "paser_core.answer",
    "paser_core.ccg",
    "paser_core.compare",
    "paser_core.counterfactual",
    "paser_core.export",
    "paser_core.report",
    "paser_core.review",
    "paser_core.run",
    "paser_core.search",
    "dashboard.charts",
    "plotly.graph_objects",
    "plotly.io",
    "plotly.tools",
)


def main() -> None:
    """Get ready, then serve."""
    # Imports make much and drop little: the collector would look again and again and find nothing.
    # What is frozen, no later collection looks at again.
    gc.disable()
    from streamlit.web import cli

    from paser_core.selection.warm import warm_up

    for name in _AHEAD:
        importlib.import_module(name)
    warm_up()
    gc.freeze()
    gc.enable()
    sys.argv = ["streamlit", "run", *sys.argv[1:]]
    cli.main()


if __name__ == "__main__":
    main()
