from __future__ import annotations

import pytest
from tiny_run import loaders, write_workspace

from paser_core.pipeline import run_pipeline


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
