"""A run of real rows and its scores, made by workers of Ray: the same as made here."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pytest
import torch
from pipeline_runs import changed
from tiny_run import assert_same_run, loaders

from paser_core.config import EngineConfig, parse_config, to_tree
from paser_core.measure import run_pipeline
from paser_core.measure.scores.make import make_scores
from paser_core.registry import ENGINES
from paser_core.runs import Run
from paser_core.workspace.events import read_events

pytest.importorskip("ray")
pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="SIGKILL is a POSIX word")

ROOT = Path(__file__).parents[2]
DEMO = ROOT / "data" / "demo"
ROWS = 160
RAY = {"name": "ray", "workers": 2}


@pytest.fixture(scope="module")
def config(tmp_path_factory):
    """Real rows and the demo's models, cut into several pieces for every stage that is shared out."""
    folder = tmp_path_factory.mktemp("rows")
    lines = (DEMO / "pool.jsonl").read_text(encoding="utf-8").splitlines()[:ROWS]
    (folder / "pool.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")
    models = {role: str(DEMO / "models" / role) for role in ("original", "compressed")}
    return parse_config(
        {
            "data": {"path": str(folder / "pool.jsonl")},
            "manifold": {"n_neighbors": 12, "n_components": 6},
            "clustering": {"n_clusters": 3, "stability": 0},
            "models": {**models, "template": "chat"},
            "divergence": {"nodes": 9, "batch_tokens": 1024},
        }
    )


@pytest.fixture(autouse=True)
def small_pieces(monkeypatch):
    monkeypatch.setattr("paser_core.measure.blocks._BLOCK", 60)
    monkeypatch.setattr("paser_core.stages.phrase_shards._SHARD", 60)
    # The map has no part in what is shared out, and takes longest.
    monkeypatch.setattr("paser_core.measure.stages.layout_map", lambda c, *_: (c[:, :2], c[:, :3]))


@pytest.fixture
def by_these_two(two, monkeypatch):
    """Engine ray has workers that have imported what they need: that takes longer than their work."""
    kind = replace(ENGINES["ray"], start=lambda _: nullcontext(two))
    monkeypatch.setitem(ENGINES._loaded, "ray", kind)


@pytest.fixture(scope="module")
def here(config, tmp_path_factory):
    """The run of the local engine."""
    # One thread, as the workers have: this is made before a test's own fixtures set that.
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    with pytest.MonkeyPatch.context() as patch:
        small_pieces.__wrapped__(patch)
        made = run_pipeline(config, tmp_path_factory.mktemp("here") / "run", loaders(config))
    torch.set_num_threads(before)
    return made


@pytest.mark.slow
def test_the_run_is_the_same_on_either_engine(by_these_two, config, here, tmp_path):
    shared = changed(config, engine=RAY)
    there = run_pipeline(shared, tmp_path / "there", loaders(shared))
    assert_same_run(here.path, there.path)
    assert np.array_equal(here.labels, there.labels)
    divergences = [np.load(run.path / "divergence.npy") for run in (here, there)]
    np.testing.assert_allclose(*divergences, atol=1e-6)
    told = [e for e in read_events(there.path) if e["event"] == "progress"]
    assert {"embedding", "concepts", "divergence"} <= {e["stage"] for e in told}
    # Nothing is made again because somebody else is to work now.
    run_pipeline(config, there.path, loaders(config))
    last = [e["event"] for e in read_events(there.path)]
    assert "stage_started" not in last[len(last) - last[::-1].index("started") :]


@pytest.mark.parametrize(
    ("name", "settings"),
    [
        ("ifd", {}),
        ("nuggets", {"anchors": 3}),
        ("rds", {"targets": str(DEMO / "targets.jsonl")}),
        ("gains", {"subset_size": 4, "held_out": 12}),
    ],
)
def test_scores_are_the_same_on_either_engine(by_these_two, here, tmp_path, name, settings):
    made = []
    for engine in (EngineConfig(), EngineConfig(**RAY)):
        run = Run.open(Path(shutil.copytree(here.path, tmp_path / engine.name)))
        scores = type(run.config.scores)(**to_tree(run.config.scores) | settings)
        made.append(make_scores(run, name, scores, engine=engine))
    columns = [path.read_bytes() for path in (scores.folder / "scores.parquet" for scores in made)]
    assert columns[0] == columns[1]


DRIVER = """
import json, pathlib, sys, torch
torch.set_num_threads(1)
from tiny_run import loaders
from paser_core.config import parse_config
from paser_core.measure import run_pipeline
if __name__ == "__main__":
    config = parse_config(json.load(open(sys.argv[1])))
    run_pipeline(config, pathlib.Path(sys.argv[2]), loaders(config), again=["divergence"])
"""


@pytest.mark.slow
def test_a_killed_driver_leaves_what_is_done_and_no_process(config, here, tmp_path):
    given = changed(config, engine=RAY, divergence={"batch_tokens": 128})
    (tmp_path / "config.json").write_text(json.dumps(to_tree(given)))
    out, said = shutil.copytree(here.path, tmp_path / "run"), tmp_path / "said"
    # Short, because the path of a socket is; and what a killed driver leaves of Ray's own goes, too.
    with said.open("w") as file, TemporaryDirectory(dir="/tmp", prefix="r") as place:
        driver = subprocess.Popen(
            [sys.executable, "-c", DRIVER, str(tmp_path / "config.json"), str(out)],
            env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path), "RAY_TMPDIR": place},
            stdout=file,
            stderr=file,
        )
        until = time.monotonic() + 120
        while not any(out.glob(".parts/*-00001.npz")) and time.monotonic() < until:
            assert driver.poll() is None, said.read_text()
            time.sleep(0.01)
        driver.send_signal(signal.SIGKILL)
        driver.wait(30)
        assert any(Path(place).iterdir())
        while processes(place) and time.monotonic() < until:
            time.sleep(0.2)
        assert processes(place) == []  # they end with the driver
    assert said.read_text() == ""  # nothing of Ray's on the terminal
    assert "divergence" not in json.loads((out / "manifest.json").read_text())["stages"]
    kept = list(out.glob(".parts/*-?????.npz"))
    assert len(kept) >= 2

    scored = []
    local = changed(given, engine={"name": "local", "workers": "auto"})
    with pytest.MonkeyPatch.context() as patch:
        from paser_core.measure import divergence

        score = divergence.score_chunk
        patch.setattr(
            divergence, "score_chunk", lambda c, *more: scored.append(c.number) or score(c, *more)
        )
        there = run_pipeline(local, out, loaders(local))
    assert {int(part.stem[-5:]) for part in kept}.isdisjoint(scored)  # not done again
    assert len(kept) + len(scored) > max(scored)  # and nothing is left out
    # At the lowest temperatures a logit's rounding counts twenty times: other threads, other sums.
    made = [np.load(run.path / "divergence.npy") for run in (there, here)]
    np.testing.assert_allclose(*made, atol=1e-6, rtol=1e-4)


def processes(mark: str) -> list[str]:
    """The command lines of those that a driver has started, at whatever remove.

    Without the two small agents of Ray, which notice it up to a minute later.
    """
    left = []
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            try:
                command = (folder / "cmdline").read_text(errors="replace")
                if mark in (folder / "environ").read_text(errors="replace"):
                    left.append(command)
            except OSError:
                continue
    return [command for command in left if "Agent" not in command and "agent" not in command]
