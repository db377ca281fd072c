"""What the tests of jobs share: a run with seconds to do, a folder for new runs."""

from __future__ import annotations

import contextlib
import json
import os
import signal
from pathlib import Path

import pytest
from tiny_run import write_workspace

from dashboard.jobs import control, listing
from paser_core.config import parse_config, to_tree


@pytest.fixture(scope="session")
def config(tmp_path_factory):
    """Nine samples with vectors, and a model pair that has seconds to do: long enough to be met."""
    folder = tmp_path_factory.mktemp("workspace")
    tree = to_tree(write_workspace(folder, 9))
    pool = folder / "pool.jsonl"
    rows = [json.loads(line) for line in pool.read_text().splitlines()]
    pool.write_text("".join(json.dumps(r | {"output": r["output"] * 50}) + "\n" for r in rows))
    tree["divergence"] |= {"max_length": 2048, "nodes": 33, "batch_tokens": 2048}
    return parse_config(tree)


@pytest.fixture
def runs(monkeypatch, tmp_path):
    """The folder for new runs; nothing that a test started outlives it."""
    folder = tmp_path / "runs"
    folder.mkdir()
    monkeypatch.setenv("PASER_RUNS", str(folder))
    monkeypatch.setenv("PASER_STARTED_IN", str(tmp_path))
    monkeypatch.delenv("PASER_NEW_RUNS", raising=False)
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    # A shell that starts the tests in the background has them, and their children, ignore it. The
    # dashboard's server sets its own handler, which children do not inherit.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield folder
    signal.signal(signal.SIGINT, before)
    for run in (Path(status.folder) for status in listing.known_runs() if status.state.is_active):
        process = control._process_of(run)
        if process is not None:
            with contextlib.suppress(ProcessLookupError):  # over by itself
                os.kill(process, signal.SIGKILL)
