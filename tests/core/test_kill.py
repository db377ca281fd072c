"""A run is killed for real, at random moments, and goes on as if nothing had happened."""

from __future__ import annotations

import json
import multiprocessing
import os
import random
import signal
import sys
import time

import killed_run
import numpy as np
import pyarrow.parquet as pq
import pytest
from tiny_run import assert_same_run, loaders

from paser_core.errors import RunError
from paser_core.measure import run_pipeline
from paser_core.workspace.events import read_events
from paser_core.workspace.lock import FolderLock

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="SIGKILL is a POSIX word")

ROUNDS = 5
KILLS_A_ROUND = 6


@pytest.fixture(scope="module")
def processes():
    """Processes that start at once: the server has imported everything, and forks."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["killed_run"])
    # The server looks for what it imports beforehand on its own path, not on that of the tests.
    before = os.environ.get("PYTHONPATH")
    os.environ["PYTHONPATH"] = os.pathsep.join(sys.path)
    start(context, time.monotonic).join(120)
    if before is None:
        del os.environ["PYTHONPATH"]
    else:
        os.environ["PYTHONPATH"] = before
    return context


def start(processes, target, *arguments):
    process = processes.Process(target=target, args=arguments, daemon=True)
    process.start()
    return process


def check_nothing_is_corrupt(folder):
    """Every file that is there under its own name can be read, whatever the moment was."""
    for path in folder.rglob("*"):
        if path.name.endswith(".tmp") or path.is_dir():
            continue
        if path.suffix in (".npy", ".npz"):
            loaded = np.load(path, allow_pickle=False)
            if path.suffix == ".npz":
                assert all(loaded[name] is not None for name in loaded.files)
        elif path.suffix == ".parquet":
            pq.read_table(path)
        elif path.suffix == ".json":
            json.loads(path.read_text())


def test_a_run_survives_kills_at_random_moments(processes, workspace, finished, tmp_path):
    _, config = workspace
    # How long a whole run takes here, in a process like those that will be killed.
    started = processes.Event()
    process = start(processes, killed_run.work, config, tmp_path / "whole", started)
    assert started.wait(60)
    began = time.monotonic()
    process.join(120)
    duration = time.monotonic() - began
    assert process.exitcode == 0
    assert_same_run(tmp_path / "whole", finished.path)

    chance = random.Random(11)
    killed = 0
    for number in range(ROUNDS):
        out = tmp_path / f"run-{number}"
        for _ in range(KILLS_A_ROUND):
            started = processes.Event()
            process = start(processes, killed_run.work, config, out, started)
            assert started.wait(60)
            process.join(duration * 0.6 * chance.random())
            process.kill()
            process.join(30)
            killed += process.exitcode == -signal.SIGKILL
            if out.exists():
                check_nothing_is_corrupt(out)
            if process.exitcode == 0:
                break  # what the earlier starts had done left little to do
        check_it_goes_on(config, out, finished)
    assert killed >= ROUNDS, "the machine is too fast for the delays; nothing was tested"


def check_it_goes_on(config, out, finished):
    run_pipeline(config, out, loaders(config))
    assert_same_run(out, finished.path)
    assert not list(out.rglob("*.tmp"))

    # Finished once, started never again.
    events = [e for e in read_events(out) if "stage" in e]
    stages = {e["stage"] for e in events} - {"check"}  # it comes before the stages, at every start
    assert len(stages) == 7
    for stage in stages:
        kinds = [e["event"] for e in events if e["stage"] == stage]
        assert kinds.count("stage_finished") <= 1
        if "stage_finished" in kinds:
            after = kinds[kinds.index("stage_finished") + 1 :]
            assert set(after) <= {"stage_reused"}
        else:  # killed between the manifest and the event: the manifest counts
            assert kinds[-1] == "stage_reused"


def test_a_second_process_is_refused_and_a_kill_frees_the_folder(
    processes, workspace, finished, tmp_path
):
    _, config = workspace
    held = processes.Event()
    holder = start(processes, killed_run.hold, tmp_path, held)
    assert held.wait(60)
    with pytest.raises(RunError, match=rf"another process \({holder.pid}\).*--out"):
        run_pipeline(config, tmp_path, loaders(config))
    assert [p.name for p in tmp_path.iterdir()] == [".lock"]
    holder.kill()
    holder.join(30)
    assert (tmp_path / ".lock").read_text().strip() == str(holder.pid)  # stale, and no obstacle
    run = run_pipeline(config, tmp_path, loaders(config))
    assert_same_run(run.path, finished.path)


def test_the_lock_is_free_after_an_error(tmp_path):
    with pytest.raises(ZeroDivisionError), FolderLock(tmp_path):
        _ = 1 / 0
    with FolderLock(tmp_path):
        pass


@pytest.mark.parametrize("most", [600, 2_500, 6_000])
def test_a_full_disk_is_one_sentence_and_the_run_goes_on(
    processes, workspace, finished, tmp_path, most
):
    _, config = workspace
    receive, send = processes.Pipe(duplex=False)
    process = start(processes, killed_run.work_on_a_small_disk, config, tmp_path, most, send)
    assert receive.poll(60)
    message = receive.recv()
    process.join(30)
    assert "cannot be written" in message
    assert str(tmp_path) in message
    assert process.exitcode == 0  # nothing but a RunError came out
    check_nothing_is_corrupt(tmp_path)
    run_pipeline(config, tmp_path, loaders(config))
    assert_same_run(tmp_path, finished.path)
