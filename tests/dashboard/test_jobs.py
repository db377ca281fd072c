"""Jobs are real processes: started, killed, stopped, gone on with, and looked at from elsewhere."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest
from tiny_run import loaders, model_section, write_pair, write_workspace

from dashboard.jobs import control, folders, listing, names, status
from dashboard.jobs.labels import outcome
from dashboard.jobs.states import JobState
from paser_core.config import DataConfig, ModelsConfig, RunConfig, dump_config
from paser_core.errors import ConfigError, RunError
from paser_core.measure import run_pipeline
from paser_core.measure.plan import STAGES
from paser_core.runs import Files, Run, read_manifest
from paser_core.workspace.events import read_events
from paser_core.workspace.lock import FolderLock, worker_of

ROOT = Path(__file__).parents[2]
PLANNED = tuple(stage.name for stage in STAGES)
pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="SIGKILL is a POSIX word")


def wait_for(run, wanted, seconds=120):
    """Look until ``wanted(status)``; return that look."""
    deadline = time.monotonic() + seconds
    while not wanted(looked := status.status(run)):
        assert time.monotonic() < deadline, looked
        assert looked.state.is_active, (looked, folders.log_tail(run))
        time.sleep(0.01)
    return looked


def ended(looked):
    return not looked.state.is_active


def in_models(looked):
    """In the stage that loads the models: whatever machine this is, it is not over yet."""
    return looked.state is JobState.RUNNING and looked.moment.stage == "divergence"


def from_elsewhere(code, **environment):
    """Run code in a process that knows nothing of this one, as a server that was started again."""
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env=os.environ | environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_a_job_outlives_its_server_is_cancelled_and_goes_on(config, runs):
    file = runs.parent / "c.yaml"
    file.write_text(dump_config(config))
    run = runs / "first"
    # The server starts it and dies at once.
    from_elsewhere(
        "import os; from pathlib import Path; from dashboard.jobs import control, status; "
        "from paser_core.config import load_config; "
        f"control.create(load_config(Path({str(file)!r})), Path({str(runs)!r}), 'first'); os._exit(0)"
    )
    looked = status.status(run)
    assert looked.state in (JobState.STARTING, JobState.RUNNING)
    assert looked.planned == PLANNED
    with pytest.raises(RunError, match="works on it already"):
        control.start(config, run)
    with pytest.raises(ConfigError, match="taken"):
        control.create(config, runs, "first")

    wait_for(run, in_models)
    control.cancel(run)
    assert status.status(run).state in (JobState.STOPPING, JobState.CANCELLED)
    looked = wait_for(run, ended)
    assert looked.state is JobState.CANCELLED
    assert looked.message is None
    assert read_manifest(run)["error"] == "interrupted"  # it was asked, and ended in order
    with pytest.raises(RunError, match="no process"):
        control.cancel(run)

    control.resume(run)
    assert (
        status.status(run).state is JobState.STARTING
    )  # the request to stop was for the last start
    looked = wait_for(run, ended)
    assert looked.state is JobState.DONE, (looked, folders.log_tail(run))
    assert looked.message is None
    assert tuple(stage.name for stage in looked.finished) == PLANNED
    assert looked.samples == 9
    assert looked.started < looked.ended <= time.time()
    assert Run.open(run).config == config
    assert {p.name for p in run.iterdir()} <= {str(f) for f in Files}  # nothing of ours in it


def test_a_killed_job_goes_on_in_a_shell_and_the_dashboard_sees_it(config, runs):
    job = control.create(config, runs, "killed")
    run = runs / "killed"
    wait_for(run, in_models)
    os.kill(job.pid, signal.SIGKILL)
    looked = wait_for(run, ended)
    assert looked.state is JobState.INTERRUPTED
    assert "Nothing that was finished is lost" in looked.message
    finished = [stage.name for stage in looked.finished]
    assert "layout" in finished
    assert "divergence" not in finished
    seen = from_elsewhere(
        "from pathlib import Path; from dashboard.jobs import control, status; "
        f"print(status.status(Path({str(run)!r})).state)"
    )
    assert seen == "interrupted"

    command = [sys.executable, "-m", "paser_core.cli", "run", str(folders.config_file(run))]
    shell = subprocess.Popen([*command, "--out", str(run)], cwd=ROOT, stderr=subprocess.PIPE)
    deadline = time.monotonic() + 90
    while worker_of(run) != shell.pid or not in_models(looked := status.status(run)):
        assert time.monotonic() < deadline
        time.sleep(0.01)
    assert abs(looked.started - time.time()) < 90
    control.cancel(run)
    assert b"resumes" in shell.communicate(timeout=90)[1]
    assert status.status(run).state is JobState.CANCELLED

    control.resume(run)
    assert wait_for(run, ended).state is JobState.DONE
    kinds = [(e["event"], e["stage"]) for e in read_events(run) if "stage" in e]
    assert kinds.count(("stage_finished", "embedding")) == 1
    assert kinds.count(("stage_reused", "embedding")) == 2


def test_a_job_can_be_cancelled_before_it_reaches_its_folder(config, runs):
    control.create(config, runs, "early")
    run = runs / "early"
    assert status.status(run).state is JobState.STARTING
    control.cancel(run)
    assert wait_for(run, ended).state is JobState.CANCELLED
    assert [s.folder for s in listing.known_runs()] == [run]
    control.forget(run)
    with pytest.raises(RunError, match="no run here"):
        status.status(run)


_DEAF = """
import signal, sys, time
from pathlib import Path
from paser_core.workspace.lock import FolderLock
for sign in (signal.SIGINT, signal.SIGTERM):
    signal.signal(sign, signal.SIG_IGN)
with FolderLock(Path(sys.argv[1])):
    time.sleep(600)
"""


def test_a_process_that_does_not_listen_is_ended_in_the_end(runs, monkeypatch):
    run = runs / "deaf"
    run.mkdir()
    manifest = {"schema": 1, "version": "", "state": "running", "stages": {}}
    config = {"models": {"original": None}}
    (run / Files.MANIFEST).write_text(json.dumps(manifest | {"config": config}))
    process = subprocess.Popen([sys.executable, "-c", _DEAF, str(run)], cwd=ROOT)
    try:
        wait_for_lock = time.monotonic() + 60
        while (
            status.status(run).state is not JobState.RUNNING
        ):  # no job of ours, and yet it is seen
            assert time.monotonic() < wait_for_lock
            time.sleep(0.02)
        patience = tuple((sign, 0.3) for sign, _ in control._INSISTENCE)
        monkeypatch.setattr(control, "_INSISTENCE", patience)
        control.cancel(run)
        assert status.status(run).state is JobState.STOPPING
        assert process.wait(30) == -signal.SIGKILL
        assert status.status(run).state is JobState.CANCELLED
    finally:
        process.kill()
        process.wait(30)


def test_the_number_of_a_dead_process_is_never_taken_for_the_worker(runs):
    dead = subprocess.Popen([sys.executable, "-c", ""])
    dead.wait()
    assert worker_of(runs) is None
    with FolderLock(runs):
        assert worker_of(runs) == os.getpid()
        (runs / Files.LOCK).write_text(f"{dead.pid}\n")  # as a kill left it, a moment ago
        assert worker_of(runs) is None
        (runs / Files.LOCK).write_text("")  # being written
        assert worker_of(runs) is None
    assert worker_of(runs) is None


def test_a_mistake_is_said_and_can_be_taken_off_the_list(runs, tmp_path):
    config = RunConfig(data=DataConfig(path=str(tmp_path / "gone.jsonl")))
    control.create(config, runs, "mistake")
    run = runs / "mistake"
    looked = wait_for(run, ended)
    assert looked.state is JobState.FAILED
    assert "gone.jsonl" in looked.message
    assert "no such file" in looked.message
    assert "Traceback" not in folders.log_tail(run)
    control.forget(run)
    assert not run.exists()
    assert listing.known_runs() == []
    names.check_name("mistake", runs)  # free again


def test_models_are_added_and_a_slip_in_their_name_is_put_right(runs, tmp_path):
    config = write_workspace(tmp_path, 9, models=False)
    run = run_pipeline(config, runs / "plain", loaders(config)).path
    looked = status.status(run)
    assert looked.state is JobState.DONE
    assert not looked.has_models
    assert "divergence" not in looked.planned

    write_pair(tmp_path)
    models = ModelsConfig(**model_section(tmp_path))
    control.add_models(run, replace(models, compressed=str(tmp_path / "gone")))
    assert status.status(run).has_models
    looked = wait_for(run, ended)
    # What was finished stays finished; that the start failed is said.
    assert looked.state is JobState.DONE
    assert "gone" in looked.message
    assert "ended with an error" in outcome(looked)
    assert not Run.open(run).has_models
    control.add_models(run, models)
    looked = wait_for(run, ended)
    assert looked.state is JobState.DONE
    assert Run.open(run).has_models
