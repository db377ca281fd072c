"""Tables to take along: the one way that a page offers CSV."""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd
import streamlit as st

from dashboard import labels
from paser_core.spreadsheet import spreadsheet_csv

# The data grid's own download writes texts as they are, formulas among them, and of a list in pages
# the page; its search as well looks through the page alone.
HIDE_OWN = """
<style>
[data-testid="stElementToolbarButton"]:has([aria-label^="Download as CSV"]),
[class*="st-key-"][class*="-rows"] [data-testid="stElementToolbarButton"]:has([aria-label^="Search"])
{ display: none; }
</style>
"""


def csv_button(frame: Callable[[], pd.DataFrame], name: str, n: int) -> None:
    """Offer a table of ``n`` lines as CSV; it is made when it is asked for."""
    st.download_button(
        "CSV",
        data=lambda: spreadsheet_csv(frame()),
        file_name=f"{name}.csv",
        mime="text/csv",
        icon=":material/download:",
        key=f"csv-{name}",
        help=f"All {labels.plural(n, 'line')}, for a spreadsheet.",
        type="tertiary",
    )
