"""What every test of a page needs."""

from __future__ import annotations

from functools import partial

import pytest
from app_page import DEMO
from compare_page import open_compare
from streamlit.runtime.pages_manager import PagesManager
from tiny_run import loaders, write_workspace

from paser_core.measure import run_pipeline
from paser_core.runs import Run


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


@pytest.fixture(scope="session")
def without_models(tmp_path_factory):
    """A run that stopped after the clusters. Read only."""
    folder = tmp_path_factory.mktemp("without")
    config = write_workspace(folder, 9, models=False)
    return run_pipeline(config, tmp_path_factory.mktemp("run"), loaders(config)).path


@pytest.fixture(scope="session")
def demo():
    """The demo run. Read only."""
    return Run.open(DEMO)


@pytest.fixture
def at_compare(monkeypatch):
    """The Compare page: ``at_compare(runs, against, **widgets)``."""
    return partial(open_compare, monkeypatch)
