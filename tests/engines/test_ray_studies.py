"""A study whose cells are made by processes of Ray: the same as made by processes of this machine."""

from __future__ import annotations

import os
import signal
import sys
import time
from pathlib import Path

import pytest
from tiny_study import write_study

from paser_core.engines.engine import Workers
from paser_core.engines.local import LocalJobs
from paser_core.errors import ExceededError
from paser_core.study.folder import standing
from paser_core.study.schedule import run_study
from paser_core.study.settings import StudyConfig
from paser_core.study.steps import Places, steps_of
from paser_core.study.work import Plan, make
from paser_core.workspace.events import read_events

pytest.importorskip("ray")
pytestmark = [
    pytest.mark.skipif(sys.platform != "linux", reason="processes are looked for in /proc"),
    pytest.mark.timeout(600),
]


@pytest.fixture(scope="module")
def tree(tmp_path_factory):
    return write_study(tmp_path_factory.mktemp("data"), seeds=1)


def made_in(out):
    return {
        str(file.relative_to(out)): file.read_bytes()
        for name in ("items.parquet", "selection.parquet")
        for file in out.glob(f"cells/*/{name}")
    }


def workers():
    """Processes of jobs."""
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            if (folder / "cmdline").read_bytes().startswith(b"ray::Caller"):
                yield int(folder.name)
        except OSError:  # it has ended
            continue


def test_cells_made_on_ray_are_equal_and_a_worker_that_dies_costs_none(tree, tmp_path):
    here, there = tmp_path / "here", tmp_path / "there"
    run_study(StudyConfig.of_tree(tree), here, jobs=2)
    killed, seen = [], set()

    def kill_one(event):
        if event["event"] != "step_started" or not event["step"].startswith("cell/"):
            seen.update(workers())
            return
        while not killed:
            time.sleep(0.05)
            if (
                fresh := set(workers()) - seen
            ):  # that have come for a cell, not those on their way out
                killed.append(fresh.pop())
                os.kill(killed[0], signal.SIGKILL)

    engine = {"name": "ray", "workers": 2}
    run_study(StudyConfig.of_tree(tree | {"engine": engine}), there, watch=kill_one)
    assert killed
    assert made_in(there) == made_in(here)
    assert len(made_in(here)) == 4
    assert set(standing(there).states.values()) == {"done"}
    ended = [e for e in read_events(there) if e["event"] == "step_ended"]
    (crashed,) = [e for e in ended if e["status"] == "crashed"]
    assert "has ended early" in crashed["why"]
    until = time.monotonic() + 60
    while any(workers()) and time.monotonic() < until:
        time.sleep(0.1)
    assert not any(workers())  # what was started ends


def test_a_job_has_its_results_in_order_and_its_errors(tmp_path):
    from paser_core.engines.ray_jobs import RayJobs

    with RayJobs(Workers(count=1), gpu=True) as jobs:  # there is none: it is done without
        assert jobs.places == 1
        with jobs.job(divmod, [(7, 2), (9, 4)], "Dividing", "Try again.") as results:
            assert [r.result(120) for r in results] == [(3, 1), (2, 1)]
        with (
            jobs.job(os._exit, [(3,)], "Leaving", "Try again.") as (result,),
            pytest.raises(ExceededError, match=r"^Leaving has ended early \(.* Try again\.$"),
        ):
            result.result(120)


def test_a_machine_that_does_not_see_the_folder_says_so(tree, tmp_path):
    config = StudyConfig.of_tree(tree)
    step = steps_of(Plan(config))[0]
    folder = Places(tmp_path / "elsewhere", config).folder
    with LocalJobs(Workers()).job(
        make, [(str(folder), config, step)], "Its process", "Start again."
    ) as (result,):
        ended = result.result(120)
    assert ended.status == "failed"
    assert "does not have this folder of the study" in (ended.why or "")
    assert not folder.exists()
