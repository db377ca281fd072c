"""The server of ``paser serve``: ``python -m dashboard streamlit_app.py [options of streamlit run]``."""

from __future__ import annotations

import gc
import sys


def main() -> None:
    """Serve, and get ready for the first visitor meanwhile."""
    gc.disable()  # until all is imported
    # All of the server, before another thread imports anything.
    import uvicorn  # noqa: F401
    from streamlit import delta_generator
    from streamlit.runtime.pages_manager import PagesManager
    from streamlit.web import bootstrap, cli  # noqa: F401

    from dashboard import hosts, preload

    # Streamlit takes a folder called ``pages`` for the old kind of many pages until the app has run once:
    # who asks for another page than the first would have it run twice.
    PagesManager.uses_pages_directory = False
    # Before its first element it looks at the source of all that is imported, to find out whether it is
    # run by ``streamlit run``.
    delta_generator._use_warning_has_been_displayed = True
    hosts.guard()
    preload.start()
    sys.argv = ["streamlit", "run", *sys.argv[1:]]
    cli.main()


if __name__ == "__main__":
    main()
