from __future__ import annotations

import os
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard import serving
from paser_core.runs import default_new_runs_folder


def make_run(path, state="done"):
    path.mkdir(parents=True)
    (path / "manifest.json").write_text(f'{{"state": "{state}"}}')
    return path


@pytest.fixture
def told(monkeypatch, tmp_path):
    """``told(runs=…, new=…)``: what `paser serve` says through the environment."""

    def tell(*runs, new=None):
        monkeypatch.setenv("PASER_RUNS", os.pathsep.join(map(str, runs)))
        monkeypatch.setenv("PASER_STARTED_IN", str(tmp_path))
        monkeypatch.delenv("PASER_NEW_RUNS", raising=False)
        if new is not None:
            monkeypatch.setenv("PASER_NEW_RUNS", str(new))

    return tell


def test_runs_of_every_place_are_found_once_finished_or_not(told, tmp_path):
    single = make_run(tmp_path / "demo" / "run")
    first = make_run(tmp_path / "runs" / "a", "running")
    second = make_run(tmp_path / "runs" / "b")
    make_run(tmp_path / "runs" / "deep" / "er" / "c")  # not directly below
    (tmp_path / "runs" / "uploads").mkdir()
    (tmp_path / "link").symlink_to(single)
    told(single, tmp_path / "runs", first, tmp_path / "link", tmp_path / "nothing")
    assert serving.all_runs() == [single, first, second]


def test_new_runs_are_found_though_no_place_holds_them(told, tmp_path):
    demo, new = make_run(tmp_path / "demo" / "run"), make_run(tmp_path / "runs" / "new")
    told(demo)
    assert serving.new_runs_folder() == tmp_path / "runs"
    assert serving.all_runs() == [demo, new]


def test_new_runs_go_into_the_first_folder_that_is_no_run(tmp_path):
    run, folder = make_run(tmp_path / "run"), tmp_path / "folder"
    folder.mkdir()
    missing = tmp_path / "missing"
    assert default_new_runs_folder([run, missing, folder], tmp_path) == missing
    assert default_new_runs_folder([folder, run], tmp_path) == folder
    assert default_new_runs_folder([run], tmp_path) == tmp_path / "runs"
    assert default_new_runs_folder([], tmp_path) == tmp_path / "runs"


def test_what_serve_decided_wins(told, tmp_path):
    told(tmp_path / "runs", new=tmp_path / "elsewhere")
    assert serving.new_runs_folder() == tmp_path / "elsewhere"


def test_without_the_command_it_is_the_demo(monkeypatch, tmp_path):
    for name in ("PASER_RUNS", "PASER_NEW_RUNS", "PASER_STARTED_IN"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(sys, "argv", ["streamlit_app.py"])
    monkeypatch.chdir(tmp_path)
    assert serving.roots() == (serving.DEMO,)
    assert serving.new_runs_folder() == tmp_path / "runs"
    monkeypatch.setattr(sys, "argv", ["streamlit_app.py", "mine"])
    assert serving.roots() == (tmp_path / "mine",)


folders = st.lists(
    st.lists(st.sampled_from("abc"), min_size=1, max_size=4).map(tuple), unique=True, max_size=12
)


@given(folders)
def test_names_are_unique_and_no_longer_than_needed(parts):
    runs = [serving.DEMO.joinpath(*p) for p in parts]
    names = serving.unique_names(runs)
    assert list(names.values()) == runs
    for name, run in names.items():
        assert run.as_posix().endswith(f"/{name}")
        shorter = name.partition("/")[2]
        if shorter:
            assert sum(other.as_posix().endswith(f"/{shorter}") for other in runs) > 1


@given(folders, st.data())
def test_a_name_among_other_runs_means_that_run_or_none(parts, data):
    runs = [serving.DEMO.joinpath(*p) for p in parts]
    before = data.draw(st.lists(st.sampled_from(runs), unique=True)) if runs else []
    now = serving.unique_names(runs)
    for name, run in serving.unique_names(before).items():
        meant = serving.find_name(name, now)
        alike = [other for other in runs if other.as_posix().endswith(f"/{name}")]
        assert meant is None if len(alike) > 1 else now[meant] == run
    assert serving.find_name("nosuch", now) is None
