"""A file is replaced in one step: killed anywhere, the old one is there or the new one, whole."""

from __future__ import annotations

import os
import signal
import stat
import subprocess
import sys
import threading

import pytest

from paser_core.report.write import write_report
from paser_core.workspace.files import sweep, write_file

STEPS = ("open", "os.rename", "os.remove")


def killed_at(step, target, content):
    """Write in a process that kills itself before its ``step``-th call of the system."""
    child = os.fork()
    if child == 0:
        calls = 0

        def watch(event, _):
            nonlocal calls
            if event in STEPS:
                calls += 1
                if calls == step:
                    os.kill(os.getpid(), signal.SIGKILL)

        real = os.fsync

        def fsync(number):  # no event of its own
            watch("open", ())
            real(number)

        os.fsync = fsync
        sys.addaudithook(watch)
        try:
            write_file(target, content)
        finally:
            os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == -signal.SIGKILL


@pytest.mark.parametrize("before", [b"old", None])
def test_killed_anywhere_the_file_is_whole_and_nothing_stays(before, tmp_path):
    target, seen = tmp_path / "file", set()
    for step in range(1, 50):
        target.unlink(missing_ok=True)
        if before is not None:
            write_file(target, before)
        killed = killed_at(step, target, b"new")
        found = target.read_bytes() if target.exists() else None
        assert found in (before, b"new")
        sweep(tmp_path)
        assert [p.name for p in tmp_path.iterdir()] == (["file"] if found else [])
        seen.add(found)
        if not killed:
            break
    assert step > 4
    assert seen == {before, b"new"}


def test_a_file_in_work_and_files_of_others_are_left_alone(tmp_path):
    strangers = [".file.tmp", ".tmp", "file.tmp", ".paser-notes"]
    for name in strangers:
        (tmp_path / name).write_text("precious")
    code = (
        "import os, sys, time; from pathlib import Path\n"
        "from paser_core.workspace.files import write_file\n"
        "os.fsync = lambda _: (print('writing', flush=True), time.sleep(60))\n"
        "write_file(Path(sys.argv[1]), b'new')"
    )
    command = [sys.executable, "-c", code, str(tmp_path / "file")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as writer:
        assert writer.stdout.readline() == "writing\n"
        sweep(tmp_path)
        assert len(list(tmp_path.iterdir())) == len(strangers) + 1
        writer.kill()
        writer.wait()
    # A report to this folder finds it left behind.
    write_report("<p>", tmp_path / "report.html")
    assert sorted(p.name for p in tmp_path.iterdir()) == sorted([*strangers, "report.html"])


def test_many_write_one_file_while_another_sweeps(tmp_path):
    target = tmp_path / "file"
    contents = [bytes([65 + i]) * 50_000 for i in range(4)]

    def write(content):
        for _ in range(20):
            write_file(target, content)

    writers = [threading.Thread(target=write, args=(c,)) for c in contents]
    for writer in writers:
        writer.start()
    while any(writer.is_alive() for writer in writers):
        sweep(tmp_path)
        if target.exists():
            assert target.read_bytes() in contents
    assert [p.name for p in tmp_path.iterdir()] == ["file"]


def test_a_file_may_be_read_by_whom_the_system_says(tmp_path):
    before = os.umask(0o027)
    try:
        write_file(tmp_path / "deep" / "file", b"")
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "deep" / "file").stat().st_mode) == 0o640


def test_a_failed_write_leaves_what_was_there(tmp_path):
    (tmp_path / "folder").mkdir()
    with pytest.raises(OSError, match="director"):
        write_file(tmp_path / "folder", b"new")
    assert [p.name for p in tmp_path.iterdir()] == ["folder"]
