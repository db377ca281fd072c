"""What workers of the tests do. Imported by them, too."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

from paser_core.errors import DataError, ScoresError


def late_first(shard, report):
    """The earlier a shard, the later it is there."""
    time.sleep(0.3 / (1 + shard))
    return shard * shard


def told(shard, report):
    for done in range(1, 6):
        report(done * 10, 50)
        time.sleep(0.4)
    return shard


def noted(folder: Path, shard, report):
    """Say that it was made, and by whom."""
    with (folder / f"{shard}").open("a") as file:
        file.write(f"{os.getpid()}\n")
    return shard


def makers(folder: Path, shard) -> list[int]:
    return [int(line) for line in (folder / f"{shard}").read_text().split()]


def killed_at(which: int, times: int, folder: Path, shard, report):
    """Whoever works at one shard is killed in the middle of it, ``times`` times."""
    noted(folder, shard, report)
    if shard == which and len(makers(folder, shard)) <= times:
        os.kill(os.getpid(), signal.SIGKILL)
    return shard


def refuses(folder: Path, shard, report):
    noted(folder, shard, report)
    if shard == 2:
        raise DataError("a row cannot be read. Mend it.", path="pool.jsonl", line=7)
    if shard == 3:
        raise ScoresError("Make them first.", name="ifd")  # cannot be made anew from its words
    return shard


def breaks(shard, report):
    return 1 // shard


def made(folder: Path) -> int:
    """What is made once: each making leaves a file."""
    (folder / f"made-{os.getpid()}-{time.time_ns()}").touch()
    return os.getpid()


def with_once(once, folder: Path, shard, report):
    time.sleep(0.1)
    return once.value


def surroundings(shard, report):
    names = ("http_proxy", "https_proxy", "no_proxy", "OMP_NUM_THREADS", "HF_HUB_OFFLINE")
    return os.getppid(), {name: os.environ.get(name) for name in names}


def slow(folder: Path, shard, report):
    noted(folder, shard, report)
    time.sleep(0.5)
    return shard


def gpus(shard, report):
    time.sleep(0.2)
    return os.getpid(), os.environ.get("CUDA_VISIBLE_DEVICES")
