"""What a look at a run says of it: its stage, its time left, what is wrong with it."""

from __future__ import annotations

import json
import sys
import time

import pytest

from dashboard.jobs import listing
from dashboard.jobs import status as job_status
from dashboard.jobs.states import JobState
from paser_core.errors import RunError
from paser_core.measure.resume import open_folder
from paser_core.runs import Files
from paser_core.workspace.checkpoints import Checkpoints
from paser_core.workspace.events import read_events
from paser_core.workspace.lock import FolderLock

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="SIGKILL is a POSIX word")


@pytest.fixture
def in_work(config, tmp_path):
    """A run folder that this process holds, and a way to write its events."""
    out = tmp_path / "run"
    out.mkdir()
    with FolderLock(out):
        yield out, Checkpoints(out, open_folder(config, out, str)).events


def test_progress_is_the_last_event_and_time_left_runs_down(in_work):
    run, events = in_work
    events.emit("started", version="0")
    assert job_status.status(run).moment.stage is None
    events.emit("stage_started", stage="embedding")
    looked = job_status.status(run)
    assert (looked.state, looked.moment.stage) == (JobState.RUNNING, "embedding")
    assert looked.moment.total == 0
    events.emit(
        "progress", stage="embedding", done=30, total=90, rate=6.0, seconds_left=10.0
    )  # as the pipeline writes it
    then = read_events(run)[-1]["time"]
    moment = job_status.status(run, then + 4).moment
    assert (moment.done, moment.total, moment.rate) == (30, 90, 6.0)
    assert moment.seconds_left == pytest.approx(6.0)
    assert moment.since == pytest.approx(then - read_events(run)[-2]["time"] + 4)
    assert job_status.status(run, then + 99).moment.seconds_left == 0
    events.emit("stage_finished", stage="embedding", seconds=5.0)
    assert job_status.status(run).moment.stage is None


def test_a_look_is_quick_however_long_the_run_has_been_going(in_work):
    run, events = in_work
    events.emit("started", version="0")
    line = (run / Files.EVENTS).read_text()
    with (run / Files.EVENTS).open("a") as file:
        for done in range(200_000):
            file.write(line.replace("started", "progress").replace("}", f', "done": {done}}}\n'))
    events.emit("stage_started", stage="layout")
    began = time.perf_counter()
    assert job_status.status(run).moment.stage == "layout"
    assert time.perf_counter() - began < 0.25  # reading all of it takes seconds


def test_what_is_made_again_is_said_with_the_reason_however_long_ago(in_work):
    run, events = in_work
    events.emit("started", version="0")
    events.emit("made_again", stages=["layout"], because=["of an earlier start"])
    events.emit("started", version="0")
    assert job_status.status(run).made_again is None
    events.emit("made_again", stages=["clustering", "summary"], because=["a.b", "c.d"])
    said = "made again: clustering, summary, because a.b and c.d changed"
    assert job_status.status(run).made_again == said
    progress = {"event": "progress", "stage": "layout", "done": 1, "total": 9, "time": time.time()}
    with (run / Files.EVENTS).open("a") as file:
        file.write((json.dumps(progress) + "\n") * 2000)  # more than a look reads
    looked = job_status.status(run)
    assert (looked.moment.stage, looked.made_again) == ("layout", said)


def test_events_of_an_earlier_start_are_not_news(in_work):
    run, events = in_work
    events.emit("started", version="0")
    events.emit("stage_started", stage="layout")
    earlier = time.time() - 60
    lines = [event | {"time": earlier} for event in read_events(run)]
    (run / Files.EVENTS).write_text("".join(json.dumps(line) + "\n" for line in lines))
    looked = job_status.status(run)
    assert looked.state is JobState.RUNNING
    assert looked.moment.stage is None


def test_a_damaged_run_is_a_sentence_and_stops_no_list(runs):
    for name, text in (("broken", "{"), ("future", '{"schema": 99}')):
        (runs / name).mkdir()
        (runs / name / Files.MANIFEST).write_text(text)
    states = {status.folder.name: status for status in listing.known_runs()}
    assert {s.state for s in states.values()} == {JobState.FAILED}
    assert "schema 99" in states["future"].message
    assert "cannot be read" in states["broken"].message


def test_nothing_is_made_by_looking(config, runs):
    with pytest.raises(RunError, match="no run here"):
        job_status.status(runs / "none")
    assert list(runs.iterdir()) == []
