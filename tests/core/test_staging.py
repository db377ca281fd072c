"""A folder is exchanged in one step: killed anywhere, the old one is there or the new one, whole."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time

import pytest

from paser_core.workspace import staging
from paser_core.workspace.files import write_file
from paser_core.workspace.staging import Staging, clear, publish, recover

OLD = {"a": b"old", "b": b"old too"}
NEW = {"a": b"new", "c": b"only new"}
STEPS = ("open", "mkdir", "rename", "fsync", "rmdir", "unlink")


def fill(folder, files):
    for name, content in files.items():
        write_file(folder / name, content)


def make(target, files):
    with Staging.beside(target) as work:
        work.new.mkdir()
        fill(work.new, files)
        publish(work, target)


def content(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def killed_at(step, target):
    """Replace the target in a process that kills itself before its ``step``-th call of the system.

    Returns whether it was killed; False when it was done before.
    """
    child = os.fork()
    if child == 0:
        calls = 0

        def watch(event, _):
            nonlocal calls
            if event.removeprefix("os.") in STEPS or event.startswith("ctypes.call"):
                calls += 1
                if calls == step:
                    os.kill(os.getpid(), signal.SIGKILL)

        real = os.fsync

        def fsync(number):  # no event of its own
            watch("os.fsync", ())
            real(number)

        os.fsync = fsync
        sys.addaudithook(watch)
        try:
            make(target, NEW)
        finally:
            os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == -signal.SIGKILL


@pytest.mark.parametrize("exchanges", [True, False], ids=["exchange", "two steps"])
@pytest.mark.parametrize("before", [OLD, None], ids=["replaced", "first"])
def test_killed_anywhere_the_folder_is_whole(exchanges, before, tmp_path, monkeypatch):
    if not exchanges:
        monkeypatch.setattr(staging, "_libc", lambda: None)
    elif not sys.platform.startswith("linux"):
        pytest.skip("only Linux exchanges names")
    target, seen = tmp_path / "out", set()
    for step in range(1, 200):
        if before is not None and content_or_none(target) != before:
            make(target, before)
        elif before is None and target.exists():
            staging.shutil.rmtree(target)
        killed = killed_at(step, target)
        if exchanges and before is not None:
            assert content(target) in (before, NEW)  # at every moment, nobody having to help
        # A folder that was not yet held when the kill came is left alone while it is young.
        monkeypatch.setattr(staging, "_YOUNG", 0)
        recover(target)
        found = content_or_none(target)
        assert found in (before, NEW)
        assert [p.name for p in tmp_path.iterdir()] == (["out"] if found else [])
        seen.add(found == NEW)
        if not killed:
            break
    else:
        pytest.fail("never done")
    assert step > 8
    assert seen == {True, False}


def content_or_none(folder):
    return content(folder) if folder.exists() else None


def test_what_is_in_work_is_left_alone(tmp_path):
    target = tmp_path / "out"
    with Staging.beside(target) as work:
        work.new.mkdir()
        fill(work.new, NEW)
        recover(target)  # by another export to the same place
        clear(tmp_path, ".out")
        assert content(work.new) == NEW
        publish(work, target)
    assert content(target) == NEW
    assert [p.name for p in tmp_path.iterdir()] == ["out"]


def test_folders_of_others_are_left_alone(tmp_path):
    for name in (".out", ".out-draft", "out.paser-x", ".outer.paser-x"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "precious").write_text("x")
    recover(tmp_path / "out")
    assert len(list(tmp_path.iterdir())) == 4


HOLDER = """
import sys, time
from pathlib import Path
from paser_core.workspace.staging import Staging
work = Staging(Path(sys.argv[1]), "paser-export-")
(work.path / "train.jsonl").write_text("{}")
print("ready", flush=True)
time.sleep(60)
"""


def test_what_a_killed_process_held_is_cleared(tmp_path):
    with subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(tmp_path)], stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout.readline() == "ready\n"
        clear(tmp_path, "paser-export-")
        assert len(list(tmp_path.glob("paser-export-*/train.jsonl"))) == 1
        process.send_signal(signal.SIGKILL)
        process.wait()
    clear(tmp_path, "paser-export-")
    assert not list(tmp_path.iterdir())


def test_a_folder_that_its_maker_is_about_to_hold_is_left_alone(tmp_path):
    (tmp_path / "paser-export-x").mkdir()
    clear(tmp_path, "paser-export-")
    assert list(tmp_path.iterdir())
    old = time.time() - 3600
    os.utime(tmp_path / "paser-export-x", (old, old))
    clear(tmp_path, "paser-export-")
    assert not list(tmp_path.iterdir())


def test_nothing_stays_when_the_work_fails(tmp_path):
    with contextlib.suppress(RuntimeError), Staging.beside(tmp_path / "out") as work:
        work.new.mkdir()
        assert list(tmp_path.iterdir())
        raise RuntimeError
    assert not list(tmp_path.iterdir())
