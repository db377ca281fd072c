"""The PASER workbench: ``streamlit run streamlit_app.py``, or ``paser serve RUN``."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from dashboard import preload


def _nothing() -> None:
    """The page of an address that leads to another one."""


def main() -> None:
    """Page configuration and navigation; everything else is on the pages."""
    preload.wait()
    from dashboard.state import address, focus
    from dashboard.widgets import frame, side_bar, top
    from paser_core.errors import PaserError

    # An icon of our own: the named ones are fetched from a server.
    icon = Path(__file__).parent / "dashboard" / "icon.svg"
    st.set_page_config(page_title="PASER workbench", page_icon=icon, layout="wide")
    pages = [
        st.Page(
            "pages/overview.py",
            title="Overview",
            icon=":material/dashboard:",
            default=True,
            url_path="start",  # never seen: the first page is at the root
        ),
        st.Page("pages/map.py", title="Map", icon=":material/scatter_plot:"),
        st.Page("pages/clusters.py", title="Clusters", icon=":material/category:"),
        st.Page("pages/budget.py", title="Budget", icon=":material/tune:"),
        st.Page("pages/concepts.py", title="Concepts", icon=":material/hub:"),
        st.Page("pages/ledger.py", title="Ledger", icon=":material/receipt_long:"),
        st.Page("pages/compare.py", title="Compare", icon=":material/compare_arrows:"),
        st.Page("pages/export.py", title="Export", icon=":material/download:"),
        st.Page("pages/study.py", title="Study", icon=":material/science:"),
        st.Page("pages/new_run.py", title="New run", icon=":material/add_circle:"),
    ]
    # Overview is at the root; whoever types its name is led there, with all that the address says.
    named = st.Page(_nothing, title="Overview", url_path="overview", visibility="hidden")
    page = st.navigation([*pages, named])
    focus.visit(page.title, page.url_path)
    if page == named:
        st.switch_page(pages[0], query_params=address.whole_address())
    side_bar.draw()
    above = st.container()
    try:
        page.run()
    except PaserError as error:  # e.g. a file of the run that was overwritten while it is looked at
        frame.show_error(error)
    finally:  # also where the page has stopped with a sentence
        top.draw(above)


if __name__ == "__main__":
    main()
