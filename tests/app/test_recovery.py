"""Export starts a recovery: what its form takes, what it says before the start, what it starts."""

from __future__ import annotations

import json
import os
import shlex
import time

import pytest
from app_page import DEMO, lines_of, open_at

from dashboard.jobs import control, folders
from dashboard.jobs import status as job_status
from dashboard.jobs.folders import JobFiles, Step
from dashboard.jobs.states import JobState
from paser_core.config import read_yaml
from paser_core.explain.recoveries import RECOVERED
from paser_core.export.selection_yaml import read_selection
from paser_core.runs import Run

MODELS = DEMO.parent / "models"


@pytest.fixture
def home(monkeypatch, tmp_path):
    monkeypatch.setenv("PASER_STARTED_IN", str(tmp_path))
    monkeypatch.setenv("PASER_NEW_RUNS", str(tmp_path / "runs"))
    return tmp_path


@pytest.fixture
def started(monkeypatch):
    """What would have been started; the commands themselves are tested elsewhere."""
    calls = []
    monkeypatch.setattr(control, "begin", lambda *args, **kwargs: calls.append((args, kwargs)))
    return calls


def start_button(page):
    return page.button(key="recover-start")


def commands(page):
    """The commands that the form shows, as words."""
    (code,) = [c.value for c in page.code if c.value.startswith("paser select --config runs")]
    return [shlex.split(line) for line in code.splitlines()]


def test_the_form_shows_the_commands_that_it_starts(home, started, monkeypatch):
    (home / "q.jsonl").write_text(json.dumps({"question": "1 + 1?", "answer": "2"}) + "\n")
    page = open_at("export", monkeypatch, DEMO, budget="100")
    assert not page.exception
    page.text_input(key="recover-tasks").set_value("jsonl:q.jsonl")
    page.selectbox(key="recover-method").select("kd")
    page.number_input(key="recover-epochs").set_value(1)
    page.text_input(key="recover-name").set_value("mine").run()
    assert not page.error
    select, recover, evaluate, *others = commands(page)
    assert select[1:] == [
        *("select", "--config", "runs/recovered/.jobs/mine/selection.yaml"),
        *("--out", "runs/exports/mine"),
    ]
    assert recover[1:3] == ["recover", str(MODELS / "compressed")]
    options = dict(zip(recover[3::2], recover[4::2], strict=True))
    assert options == {
        "--data": "runs/exports/mine",
        "--original": str(MODELS / "original"),
        "--method": "kd",
        "--epochs": "1",  # and nothing that is as usual
        "--out": "runs/recovered/mine",
    }
    assert evaluate[1:3] == ["evaluate", "runs/recovered/mine"]
    assert evaluate[5:7] == ["--template", "chat"]
    assert [words[2] for words in others] == [str(MODELS / r) for r in ("original", "compressed")]

    start_button(page).click().run()
    assert not page.exception
    (((work, steps, files), kwargs),) = started
    assert work == home / "runs" / "recovered" / "mine"
    assert kwargs == {"new": True}
    assert [step.verb for step in steps] == ["select", "recover", *["evaluate"] * 3]
    # The selection is the one on the screen.
    file = home / "selection.yaml"
    file.write_text(files[JobFiles.SELECTION])
    run, setting, export = read_selection(file)
    assert run.path == DEMO
    assert (str(export.format), read_yaml(file).tree["selection"]["budget"]) == ("alpaca", 100)
    assert setting.temperature == 1.0


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("tasks", "dmeo", "Did you mean 'demo'"),
        ("tasks", "jsonl:gone.jsonl", "gone.jsonl"),
        ("tasks", "jsonl", "jsonl:FILE"),
        ("name", "../x", "cannot be used"),
        ("name", "exports", "is taken"),
    ],
)
def test_a_mistake_is_said_before_the_start(field, value, words, home, monkeypatch):
    page = open_at("export", monkeypatch, DEMO, budget="100")
    page.text_input(key=f"recover-{field}").set_value(value).run()
    assert not page.exception
    assert start_button(page).disabled
    assert words in " ".join(text.value for text in page.text)


def test_without_tasks_the_model_is_trained_and_not_measured(home, monkeypatch):
    page = open_at("export", monkeypatch, DEMO, budget="100")
    page.text_input(key="recover-tasks").set_value("").run()
    assert [words[1] for words in commands(page)] == ["select", "recover"]
    assert not start_button(page).disabled


def job_that_ended(home, name, **manifest):
    """A recovery of the demo that the dashboard started and that is over."""
    work = home / "runs" / RECOVERED / name
    place = folders.job_folder(work)
    place.mkdir(parents=True)
    fingerprint = Run.open(DEMO).fingerprint
    (place / JobFiles.SELECTION).write_text(f"run: x\nfingerprint: {fingerprint}\n")
    (place / JobFiles.LOG).write_text("")
    step = Step(("recover", "compressed", "--data", "x", "--out", str(work)))
    folders.Job((step,), str(home), os.getpid(), time.time()).write(work)
    work.mkdir()
    tree = {"kind": "recovery", "config": {}, "stages": {}, **manifest}
    (work / "manifest.json").write_text(json.dumps(tree))
    return work


def test_a_training_that_diverged_is_a_state_with_its_sentence(home, monkeypatch):
    why = "The training diverged: the loss is no number. No model is saved. Lower lr (0.5)."
    work = job_that_ended(home, "wild", state="failed", status="diverged", error=why)
    looked = job_status.status(work)
    assert (looked.state, looked.message) == (JobState.DIVERGED, why)
    assert not looked.state.can_resume
    page = open_at("export", monkeypatch, DEMO)
    assert not page.exception
    assert why in [text.value for text in page.text]
    assert any("Diverged" in m.value for m in page.markdown)


def test_a_recovery_that_was_killed_can_go_on(home, monkeypatch):
    work = job_that_ended(home, "killed", state="running")
    page = open_at("export", monkeypatch, DEMO)
    assert page.button(key=f"resume-recover-list-{work}")
    # That of another run is not on show here.
    file = folders.job_folder(work) / JobFiles.SELECTION
    file.write_text("fingerprint: another\n")
    page = open_at("export", monkeypatch, DEMO)
    assert not [b for b in page.button if "resume" in str(b.key)]


def test_overview_invites_where_nothing_was_recovered(home, monkeypatch):
    page = open_at("overview", monkeypatch, DEMO)
    assert not page.exception
    (code,) = [c.value for c in page.code]
    assert code == f"paser recover {MODELS / 'compressed'} --data EXPORT --out runs/recovered/NAME"
    with pytest.raises(ValueError, match="not enough"):
        lines_of(page, "Recovered models")


def test_what_cannot_be_read_of_a_recovery_is_said(home, monkeypatch):
    work = home / "runs" / RECOVERED / "broken"
    work.mkdir(parents=True)
    (work / "recovery.json").write_text("{")
    page = open_at("overview", monkeypatch, DEMO)
    assert not page.exception
    assert any("recovery.json" in warning.value.replace("\\", "") for warning in page.warning)
