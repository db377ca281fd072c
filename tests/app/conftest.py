"""What every test of a page needs."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
from functools import partial

import pytest
from app_page import DEMO, ROOT
from compare_page import open_compare
from streamlit.runtime.pages_manager import PagesManager
from streamlit.testing.v1 import AppTest
from tiny_run import loaders, write_workspace

from dashboard.jobs import folders, listing
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
def copy(tmp_path):
    """The demo run's folder without people's work, to be changed."""
    ignore = shutil.ignore_patterns("review.sqlite*")
    return shutil.copytree(DEMO, tmp_path / "copy", ignore=ignore)


@pytest.fixture
def run(copy):
    """The run in it."""
    return Run.open(copy)


@pytest.fixture
def at_compare(monkeypatch):
    """The Compare page: ``at_compare(runs, against, **widgets)``."""
    return partial(open_compare, monkeypatch)


@pytest.fixture
def home(monkeypatch, tmp_path):
    """Where the dashboard was started: new runs go into ``runs`` below it."""
    monkeypatch.chdir(ROOT)
    monkeypatch.setenv("PASER_RUNS", f"{DEMO}{os.pathsep}{tmp_path / 'runs'}")
    monkeypatch.setenv("PASER_STARTED_IN", str(tmp_path))
    monkeypatch.delenv("PASER_NEW_RUNS", raising=False)
    yield tmp_path
    for status in listing.known_runs():
        if status.state.is_active:
            with contextlib.suppress(ProcessLookupError):  # over by itself
                os.kill(folders.Job.read(status.folder).pid, signal.SIGKILL)


@pytest.fixture
def page(home):
    app = AppTest.from_file(str(ROOT / "streamlit_app.py"), default_timeout=60).run()
    return app.switch_page("pages/new_run.py").run()
