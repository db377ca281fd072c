"""A recovery is killed for real, at random moments, and ends with the weights of one that was not."""

from __future__ import annotations

import json
import multiprocessing
import os
import random
import signal
import sys
import time

import pytest
import recovery_pairs
from recovery_pairs import QUICK, write_rows
from safetensors.torch import load_file

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="SIGKILL is a POSIX word")

KILLS = 3
# Dropout, masks, two losses and moments: whatever a step depends on.
CASES = {
    "full": {**QUICK, "adapter": "full", "method": "sft-kd", "epochs": 3, "batch": 4},
    "lora": {**QUICK, "adapter": "lora", "dropout": 0.3, "epochs": 3, "batch": 4},
}


@pytest.fixture(scope="module")
def processes():
    """Processes that start at once: the server has imported everything, and forks."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["recovery_pairs", "paser_core.recover.result"])
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


def whole(processes, *arguments):
    """A recovery that nobody disturbs, and how long it took."""
    started = processes.Event()
    process = start(processes, recovery_pairs.work, *arguments, started)
    assert started.wait(60)
    began = time.monotonic()
    process.join(120)
    assert process.exitcode == 0
    return time.monotonic() - began


def newest(out):
    """The step of the last checkpoint; 0 where there is none."""
    names = [p.parent.name for p in (out / ".parts").glob("training-*/checkpoint-*/whole.json")]
    return max((int(name.rpartition("-")[2]) for name in names), default=0)


@pytest.mark.parametrize("case", CASES)
def test_a_recovery_survives_kills_at_random_moments(case, processes, compressed, tmp_path):
    settings = CASES[case]
    data = write_rows(tmp_path, 40)  # 30 steps
    duration = whole(processes, compressed, data, tmp_path / "whole", settings)
    chance, out = random.Random(case), tmp_path / "out"
    for number in range(KILLS):
        started = processes.Event()
        process = start(processes, recovery_pairs.work, compressed, data, out, settings, started)
        assert started.wait(60)
        if number == 0:  # anywhere, before the training as well
            process.join(duration * 0.6 * chance.random())
        else:  # within it: a little after it has got on
            before = newest(out)
            while newest(out) <= before and process.is_alive():
                time.sleep(0.002)
            process.join(0.08 * chance.random())
        process.kill()
        process.join(30)
        assert process.exitcode == -signal.SIGKILL, "the machine is too fast; nothing was tested"
        assert not (out / "config.json").exists()  # it is no model yet
    assert newest(out) >= KILLS - 1
    whole(processes, compressed, data, out, settings)
    ours, theirs = (load_file(f / "model.safetensors") for f in (out, tmp_path / "whole"))
    assert ours.keys() == theirs.keys()
    for name, weight in theirs.items():
        assert (ours[name] - weight).abs().max() <= 1e-6, name
    facts = [json.loads((f / "recovery.json").read_text()) for f in (out, tmp_path / "whole")]
    assert facts[0]["loss"]["steps"] == pytest.approx(facts[1]["loss"]["steps"], abs=1e-5)
    assert facts[0]["tokens"] == facts[1]["tokens"]
    assert not (out / ".parts").exists()


@pytest.mark.parametrize("most", [3_000, 40_000])
def test_a_full_disk_is_one_sentence_and_the_training_goes_on(
    most, processes, compressed, data, tmp_path
):
    out = tmp_path / "out"
    receive, send = processes.Pipe(duplex=False)
    arguments = (compressed, data, out, QUICK, most, send)
    process = start(processes, recovery_pairs.work_on_a_small_disk, *arguments)
    assert receive.poll(60)
    message = receive.recv()
    process.join(30)
    assert process.exitcode == 0  # nothing but a RunError came out
    assert "cannot be written" in message
    assert str(out) in message
    assert "--out" in message
    assert not (out / "config.json").exists()
    assert json.loads((out / "manifest.json").read_text())["state"] in ("failed", "running")
    whole(processes, compressed, data, out, QUICK)
    assert (out / "config.json").exists()
