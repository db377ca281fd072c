"""Work in a process of its own: what it finds, what it may take, and that it ends."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from paser_core.config import DataConfig
from paser_core.engines import side
from paser_core.engines.side import Bounds, SideJob, submit_once
from paser_core.errors import DataError, ExceededError
from paser_core.measure.checks import check_data
from paser_core.records import preview
from paser_core.workspace import paths

FREE = Bounds(60, 4 << 30)
ADVICE = "Give it less data."


def look(function, *args, **more):
    return submit_once(function, *args, advice=ADVICE, **more)


def ended(later):
    assert later.done(60)
    return later


def is_there(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def test_what_is_found_is_what_the_function_finds_and_is_had_once(tmp_path):
    file = tmp_path / "pool.csv"
    file.write_text("instruction,output\nask,say\n")
    config = DataConfig(path=str(file))
    stamp = paths.stamp(str(file))
    later = ended(look(preview, config, 5, what="Reading", stamp=stamp, bounds=FREE))
    assert later.result() == preview(config, 5)
    assert look(preview, config, 5, what="Reading", stamp=stamp, bounds=FREE) is later
    assert look(preview, config, 4, what="Reading", stamp=stamp, bounds=FREE) is not later
    assert look(preview, config, 5, what="Reading", stamp=(1, 2), bounds=FREE) is not later


def test_an_error_of_a_user_comes_back_as_it_is_and_is_tried_again_later(tmp_path, monkeypatch):
    config = DataConfig(path=str(tmp_path / "gone.csv"))
    later = ended(look(preview, config, 5, what="Reading", stamp=(), bounds=FREE))
    with pytest.raises(DataError) as here:
        preview(config, 5)
    with pytest.raises(DataError) as there:
        later.result()
    assert str(there.value) == str(here.value)
    assert look(preview, config, 5, what="Reading", stamp=(), bounds=FREE) is later
    monkeypatch.setattr(side, "_AGAIN", 0.0)
    assert look(preview, config, 5, what="Reading", stamp=(), bounds=FREE) is not later


@pytest.mark.parametrize(
    ("function", "argument", "bounds", "why"),
    [
        (time.sleep, 600, Bounds(1.5, 4 << 30), "was stopped after 1.5 s"),
        (bytes, 2 << 30, Bounds(60, 1 << 30), "needs more than 1.1 GB of memory"),
        (os._exit, 134, FREE, "has ended early (exit code 134)"),
    ],
)
def test_what_takes_too_much_is_stopped_and_said(function, argument, bounds, why):
    began = time.monotonic()
    later = ended(look(function, argument, what="The look", stamp=(), bounds=bounds))
    assert time.monotonic() - began < 30
    with pytest.raises(ExceededError) as error:
        later.result()
    assert why in str(error.value)
    assert str(error.value).startswith("The look ")
    assert str(error.value).endswith(ADVICE)


def test_data_that_does_not_fit_is_not_called_unreadable(tmp_path):
    file = tmp_path / "pool.jsonl"
    row = '{"instruction": "%s", "output": "b"}\n' % ("ask " * 200)
    file.write_text(row * 300_000)  # 240 MB: more when it is read
    config = DataConfig(path=str(file))
    bounds = Bounds(60, 400 << 20)
    later = ended(look(check_data, config, what="Checking", stamp=(), bounds=bounds))
    with pytest.raises(ExceededError, match="memory"):
        later.result()


def test_a_look_that_nobody_waits_for_any_more_ends():
    later = look(time.sleep, 601, what="The look", stamp=(), bounds=FREE)
    other = look(time.sleep, 601, what="The look", stamp=(), bounds=FREE)
    assert other is later
    pid = later.pid
    with later:
        with other:  # a second session
            assert not later.done(0.2)
        assert is_there(pid)
    assert later.done(30)
    assert not is_there(pid)
    again = look(time.sleep, 601, what="The look", stamp=(), bounds=FREE)
    assert again is not later
    with again:
        pass


def test_a_defect_is_not_taken_for_a_lack_of_memory():
    later = ended(look(int, "no number", what="The look", stamp=(), bounds=FREE))
    with pytest.raises(RuntimeError, match="log"):
        later.result()


def test_folders_of_many_files_are_stamped_in_no_time(tmp_path, monkeypatch):
    monkeypatch.setattr(paths, "_STAMPED", 10)
    for number in range(20):
        (tmp_path / f"{number}.txt").touch()
    assert len(paths.stamp(str(tmp_path))) == 20  # two numbers for each of ten files


def test_many_calls_are_made_in_one_process_in_order_and_come_back_one_by_one():
    counting = ended(SideJob(int, [("2",), ("1",), ("3",)], "Counting", ADVICE, FREE))
    assert [later.result() for later in counting.results] == [2, 1, 3]
    job = ended(SideJob(os.getpid, [(), ()], "Asking", ADVICE, FREE))
    assert [later.result() for later in job.results] == [job.pid, job.pid]


def test_the_first_call_that_fails_is_the_last_and_what_came_before_it_stays(tmp_path):
    file = tmp_path / "pool.csv"
    file.write_text("instruction,output\nask,say\n")
    here, gone = DataConfig(path=str(file)), DataConfig(path=str(tmp_path / "gone.csv"))
    job = ended(SideJob(preview, [(here,), (gone,), (here,)], "Reading", ADVICE, FREE))
    assert job.results[0].result() == preview(here)
    for later in job.results[1:]:
        with pytest.raises(DataError, match=r"gone\.csv"):
            later.result()


class Stubborn:
    """It travels, and cannot be made anew on the other side."""

    def __init__(self):
        self.some = "state"

    def __setstate__(self, state):
        raise LookupError("nobody knows this here")


def test_an_answer_that_cannot_be_read_is_an_error_and_not_a_wait_without_end(monkeypatch):
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parent))
    later = look(Stubborn, what="The look", stamp=(), bounds=FREE)
    assert later.done(60)
    with pytest.raises(LookupError, match="nobody knows this here"):
        later.result()
