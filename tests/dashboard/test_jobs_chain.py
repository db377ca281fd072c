"""Several commands as one job: one after another, one process, stopped and gone on with together."""

from __future__ import annotations

import os
import signal
import sys
import time

import pytest

from dashboard.jobs import control, folders, status
from dashboard.jobs.folders import Job, JobFiles, Step
from dashboard.jobs.states import JobState
from dashboard.serving import DEMO
from paser_core.config import dump_config
from paser_core.runs import read_manifest

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="SIGKILL is a POSIX word")


def wait_for(work, wanted, seconds=120):
    deadline = time.monotonic() + seconds
    while not wanted(looked := status.status(work)):
        assert time.monotonic() < deadline, looked
        assert looked.state.is_active, (looked, folders.log_tail(work))
        time.sleep(0.01)
    return looked


def ended(looked):
    return not looked.state.is_active


def export_of_demo(out, budget="0.1"):
    return Step(("select", str(DEMO), "--budget", budget, "--out", str(out)))


def test_commands_follow_each_other_in_one_process_until_one_fails(runs, tmp_path):
    first, second = tmp_path / "one", runs / "two"
    steps = (export_of_demo(first), export_of_demo(second))
    job = control.begin(second, steps, {}, new=True)
    seen = set()

    def watched(looked):
        if looked.state.is_active:
            seen.add(looked.at)
            assert Job.read(second).pid == job.pid
        return ended(looked)

    looked = wait_for(second, watched)
    assert looked.state is JobState.DONE, (looked, folders.log_tail(second))
    assert seen == {0, 1}
    assert [step.title for step in looked.steps] == ["Export", "Export"]
    assert all(step.is_done for step in looked.steps)
    assert (first / "train.jsonl").read_bytes() == (second / "train.jsonl").read_bytes()
    assert folders.step_in_work(second) == 1

    # A mistake in the first one: the second is never begun, and the sentence is its last word.
    third = runs / "three"
    control.begin(third, (export_of_demo(tmp_path / "x", "0"), export_of_demo(third)), {}, new=True)
    looked = wait_for(third, ended)
    assert (looked.state, looked.at) == (JobState.FAILED, 0)
    assert "Raise the budget" in looked.message
    assert not third.exists()


def test_a_chain_is_cancelled_as_a_whole_and_goes_on_as_a_whole(config, runs, tmp_path):
    run = runs / "after"
    exported = tmp_path / "exported"
    control.create(config, runs, "after", before=(export_of_demo(exported),))
    looked = status.status(run)
    assert [step.verb for step in looked.steps] == ["select", "run"]
    assert "embedding" in looked.planned  # of the run, though another command is in work
    control.cancel(run)  # in the first command, or in the moment between the two
    looked = wait_for(run, ended)
    assert looked.state is JobState.CANCELLED
    assert not (run / "manifest.json").exists()

    control.resume(run)
    wait_for(run, lambda s: s.at == 1 and s.moment.stage == "divergence")
    assert (exported / "train.jsonl").is_file()
    os.kill(Job.read(run).pid, signal.SIGKILL)
    looked = wait_for(run, ended)
    assert (looked.state, looked.at) == (JobState.INTERRUPTED, 1)
    control.resume(run)
    looked = wait_for(run, ended)
    assert looked.state is JobState.DONE, (looked, folders.log_tail(run))
    assert read_manifest(run)["state"] == "done"
    assert looked.samples == 9


def test_a_kill_between_two_commands_is_an_interruption(runs, tmp_path):
    """The first has ended well, and nobody began the second."""
    first, second = tmp_path / "one", runs / "two"
    control.begin(second, (export_of_demo(first), export_of_demo(second)), {}, new=True)
    wait_for(second, ended)
    (runs / ".jobs" / "two" / JobFiles.STEP).write_text("0")
    for file in second.iterdir():
        file.unlink()
    looked = status.status(second)
    assert (looked.state, looked.at) == (JobState.INTERRUPTED, 1)


def test_a_job_of_an_earlier_version_is_known(config, runs):
    """It kept one command, with the program before it."""
    run = runs / "old"
    place = folders.job_folder(run)
    place.mkdir(parents=True)
    (place / JobFiles.CONFIG).write_text(dump_config(config))
    command = ["python", "-P", "-m", "paser_core.cli", "run", "run.yaml", "--out", str(run)]
    record = {"command": command, "directory": str(runs), "pid": 1, "started": time.time() - 60}
    folders.Store(place).write_json(JobFiles.RECORD, record)
    looked = status.status(run)
    assert looked.state is JobState.INTERRUPTED
    assert looked.steps[0].verb == "run"
    assert looked.has_models
