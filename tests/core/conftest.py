from __future__ import annotations

import shutil

import pytest
import torch
from review_places import KINDS, open_at, place
from tiny_run import loaders, write_workspace

from paser_core.measure import run_pipeline

# How many threads share a sum decides its last bit. Runs of this process and runs of others, which
# the tests start with one thread, are to have the same fingerprint.
torch.set_num_threads(1)


@pytest.fixture(scope="session")
def workspace(tmp_path_factory):
    """Nine samples, their vectors, a model pair: ``(folder, config)``. Nobody writes into it."""
    folder = tmp_path_factory.mktemp("workspace")
    return folder, write_workspace(folder, 9)


@pytest.fixture(scope="session")
def finished(workspace, tmp_path_factory):
    """A finished run of the workspace. Nobody writes into it."""
    _, config = workspace
    return run_pipeline(config, tmp_path_factory.mktemp("finished"), loaders(config))


@pytest.fixture
def copy(finished, tmp_path):
    """The finished run, to be changed."""
    folder = tmp_path / "copy"
    shutil.copytree(finished.path, folder)
    return folder


@pytest.fixture(params=KINDS)
def where(request, tmp_path):
    """Folder and URL of a review that is empty, on SQLite and on PostgreSQL."""
    with place(request.param, tmp_path) as url:
        yield tmp_path, url


@pytest.fixture
def review(where):
    """The review there."""
    return open_at(*where)
