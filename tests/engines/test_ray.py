"""Workers of Ray: order, progress, errors, deaths, and how quiet they are."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from functools import partial
from pathlib import Path

import pytest
import ray_tasks

from paser_core.engines.engine import Once, Workers
from paser_core.errors import DataError, EngineError, PaserError

ray = pytest.importorskip("ray")

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="SIGKILL is a POSIX word")


def test_results_come_in_the_order_of_the_shards(two):
    assert list(two.map(ray_tasks.late_first, range(12))) == [n * n for n in range(12)]
    assert list(two.map(ray_tasks.late_first, [])) == []


def test_no_more_is_made_than_is_soon_asked_for(two, tmp_path):
    results = two.map(partial(ray_tasks.noted, tmp_path), range(40))
    assert next(results) == 0
    time.sleep(1)  # in which they could make all
    assert len(list(tmp_path.iterdir())) <= 1 + 2 * 2 + 2
    assert list(results) == list(range(1, 40))


def test_progress_is_carried_back_by_the_number_of_the_shard(two):
    heard = []
    assert list(two.map(ray_tasks.told, "ab", lambda *told: heard.append(told))) == ["a", "b"]
    assert {number for number, _, _ in heard} == {0, 1}
    assert {total for _, _, total in heard} == {50}
    for number in (0, 1):
        done = [d for n, d, _ in heard if n == number]
        assert done == sorted(done)
        assert len(set(done)) > 1


def test_an_error_of_the_task_is_raised_as_itself_in_its_turn(two, tmp_path):
    results = two.map(partial(ray_tasks.refuses, tmp_path), range(9))
    assert [next(results), next(results)] == [0, 1]  # what was done before it is not lost
    with pytest.raises(DataError) as caught:
        next(results)
    assert str(caught.value) == "pool.jsonl:7: a row cannot be read. Mend it."
    assert caught.value.line == 7
    with pytest.raises(PaserError, match=r"^Make them first\.$"):
        list(two.map(partial(ray_tasks.refuses, tmp_path), [3]))
    assert list(two.map(partial(ray_tasks.noted, tmp_path), [5])) == [5]  # and work goes on


def test_a_defect_of_the_task_stays_loud_and_keeps_its_kind(two):
    with pytest.raises(ZeroDivisionError, match="breaks"):  # with the worker's traceback
        list(two.map(ray_tasks.breaks, [0]))


def both_are_there(two):
    """Starting a worker takes a second or more, in which the other one works."""
    until = time.monotonic() + 30
    while len({pid for pid, _ in two.map(ray_tasks.gpus, range(4))}) < 2:
        assert time.monotonic() < until


def test_a_worker_makes_once_what_two_tasks_share(two, tmp_path):
    both_are_there(two)
    once = Once(partial(ray_tasks.made, tmp_path))
    task = partial(ray_tasks.with_once, once, tmp_path)
    workers = {
        *two.map(task, range(6)),
        *two.map(partial(ray_tasks.with_once, once, tmp_path), range(6)),
    }
    assert os.getpid() not in workers
    assert len(list(tmp_path.glob("made-*"))) == len(workers) == 2
    # A task without it lets it go.
    list(two.map(partial(ray_tasks.noted, tmp_path), range(6)))
    list(two.map(task, range(6)))
    assert len(list(tmp_path.glob("made-*"))) == 4


def test_rays_own_processes_cannot_look_outside_and_workers_can(two, asked_outside, monkeypatch):
    proxy, asked = asked_outside
    parents, seen = zip(*two.map(ray_tasks.surroundings, range(4)), strict=True)
    for environment in seen:
        assert environment["http_proxy"] == os.environ.get("http_proxy")
        assert environment["https_proxy"] == os.environ.get("https_proxy")
        assert environment["no_proxy"] == os.environ.get("no_proxy")
        assert environment["OMP_NUM_THREADS"] == "1"
    lines = Path(f"/proc/{parents[0]}/environ").read_bytes().decode().split("\0")
    raylet = dict(line.partition("=")[::2] for line in lines)
    assert raylet["RAY_USAGE_STATS_ENABLED"] == "0"
    assert raylet["RAY_USAGE_STATS_REPORT_URL"] == raylet["https_proxy"] == proxy
    # It does ask, switched off as it is; here it is heard who.
    until = time.monotonic() + 20
    while not any("169.254.169.254" in path for path in asked) and time.monotonic() < until:
        time.sleep(0.2)
    assert any("169.254.169.254" in path for path in asked)


def test_a_killed_worker_costs_the_shard_under_way_and_nothing_else(two, tmp_path):
    results = list(two.map(partial(ray_tasks.killed_at, 4, 1, tmp_path), range(10)))
    assert results == list(range(10))
    made = {shard: ray_tasks.makers(tmp_path, shard) for shard in range(10)}
    assert [shard for shard in made if len(made[shard]) != 1] == [4]
    assert len(set(made[4])) == 2  # another worker


def test_a_shard_that_kills_every_worker_is_given_up_in_one_sentence(two, tmp_path):
    results = two.map(partial(ray_tasks.killed_at, 1, 99, tmp_path), range(4))
    assert next(results) == 0
    with pytest.raises(EngineError, match=r"^Shard 2 of 4 has cost 3 workers of Ray .* memory"):
        next(results)
    assert len(ray_tasks.makers(tmp_path, 1)) == 3
    assert list(two.map(partial(ray_tasks.noted, tmp_path), [8])) == [8]


MISSING = """
import sys

class Without:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] == "ray":
            raise ModuleNotFoundError("No module named 'ray'", name="ray")

sys.meta_path.insert(0, Without())
from paser_core.cli import main
sys.exit(main(["run", "data/demo/run.yaml", "--out", sys.argv[1], "--set", "engine=ray",
               "--set", "data.limit=9"]))
"""


def test_a_missing_ray_is_said_in_one_sentence(tmp_path):
    root = Path(__file__).parents[2]
    done = subprocess.run(
        [sys.executable, "-c", MISSING, str(tmp_path / "run")],
        cwd=root,
        env=os.environ | {"PYTHONPATH": str(root)},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 2
    told = done.stderr.strip().splitlines()[-1]
    assert told.startswith("paser: engine is ray, and Ray cannot be imported")
    assert 'pip install -e ".[ray]"' in told
    assert "Traceback" not in done.stderr


def test_no_cluster_at_an_address_is_said_in_one_sentence(monkeypatch):
    from paser_core.engines import ray_session

    def nobody(**_):
        raise ConnectionError("Could not find any running Ray instance.\nPlease …")

    class Library:
        init = staticmethod(nobody)

    with (
        pytest.raises(
            EngineError, match=r"^engine\.address is 'auto', and Ray cannot be had there: "
        ),
        ray_session.session(Library, Workers("auto")),
    ):
        pass
