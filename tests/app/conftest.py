"""What every test of a page needs."""

from __future__ import annotations

import pytest
from streamlit.runtime.pages_manager import PagesManager


@pytest.fixture(autouse=True)
def navigation(monkeypatch):
    """Run the app before a page, as a server does that has seen ``st.navigation`` once.

    The test bed forgets it before every run, finds the folder ``pages`` and runs the page alone.
    """
    made = PagesManager.__init__

    def make(self, *args, **kwargs):
        made(self, *args, **kwargs)
        PagesManager.uses_pages_directory = False

    monkeypatch.setattr(PagesManager, "__init__", make)
