from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest
import yaml
from tiny_run import assert_same_run, write_workspace

from paser_core import __version__
from paser_core.cli import main
from paser_core.config import SelectionConfig, describe, dump_config, to_tree
from paser_core.runs import Run, read_manifest
from paser_core.workspace.events import read_events

ROOT = Path(__file__).parents[2]


def command(*arguments, **options):
    """The command line in a process of its own."""
    return subprocess.Popen(
        [sys.executable, "-m", "paser_core.cli", *map(str, arguments)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "OMP_NUM_THREADS": "1", "PYTHONPATH": str(ROOT)},
        **options,
    )


@pytest.fixture(scope="session")
def config_file(workspace, tmp_path_factory):
    _, config = workspace
    file = tmp_path_factory.mktemp("config") / "run.yaml"
    file.write_text(dump_config(config))
    return file


def mistake(capsys, *arguments):
    """Run a command that must end with exit code 2 and one message; return the message."""
    assert main([str(a) for a in arguments]) == 2
    captured = capsys.readouterr()
    assert captured.err.startswith("paser: ")
    assert captured.err.count("\n") == 1
    assert "Traceback" not in captured.err
    return captured.err


def test_the_whole_way_from_a_config_to_an_export(config_file, finished, tmp_path, capsys):
    out = tmp_path / "run"
    assert main(["run", str(config_file), "--out", str(out)]) == 0
    said = capsys.readouterr().out
    assert "9 rows read, 0 invalid, 9 measured" in said
    assert f"paser serve {out}" in said
    assert_same_run(out, finished.path)

    first, second = tmp_path / "export", tmp_path / "again"
    knobs = ["--budget", "4", "--temperature", "1.7", "--format", "messages"]
    assert main(["select", str(out), *knobs, "--out", str(first)]) == 0
    assert "4 of 9 samples" in capsys.readouterr().out
    recipe = first / "selection.yaml"
    assert main(["select", "--config", str(recipe), "--out", str(second)]) == 0
    assert (first / "train.jsonl").read_bytes() == (second / "train.jsonl").read_bytes()
    assert len((first / "train.jsonl").read_text().splitlines()) == 4

    # The run has moved: named beside the recipe, it is found, and only the right one is taken.
    moved, third = tmp_path / "moved", tmp_path / "third"
    out.rename(moved)
    assert "run" in mistake(capsys, "select", "--config", recipe, "--out", third)
    assert main(["select", str(moved), "--config", str(recipe), "--out", str(third)]) == 0
    assert (first / "train.jsonl").read_bytes() == (third / "train.jsonl").read_bytes()
    assert str(moved) in (third / "selection.yaml").read_text()


def test_without_models_it_says_how_to_go_on(workspace, tmp_path, capsys):
    config = write_workspace(tmp_path, 9, models=False)
    file, out = tmp_path / "c.yaml", tmp_path / "run"
    file.write_text(dump_config(config))
    assert main(["run", str(file), "--out", str(out)]) == 0
    assert "--set models.original=" in capsys.readouterr().out
    said = mistake(capsys, "select", out, "--budget", 3, "--out", tmp_path / "export")
    assert "models.original" in said
    assert not (tmp_path / "export").exists()


def test_set_overrides_the_file(config_file, tmp_path, capsys):
    out = tmp_path / "run"
    words = ["--set", "seed=3", "--set", "models.original=null", "--set", "models.compressed=null"]
    assert main(["run", str(config_file), "--out", str(out), *words]) == 0
    run = Run.open(out)
    assert run.config.seed == 3
    assert not run.has_models


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["run", "{tmp}/none.yaml", "--out", "{tmp}/run"], ["none.yaml", "no such"]),
        (["run", "{config}", "--out", "{tmp}/run", "--set", "sed=1"], ["sed", "'seed'"]),
        (["run", "{config}", "--out", "{run}", "--set", "data.limit=5"], ["now 5", "--out"]),
        (["run", "{config}", "--out", "{config}"], ["cannot be written"]),
        (["select", "{tmp}", "--out", "{tmp}/x"], ["not a run folder", "paser run"]),
        (["select", "--out", "{tmp}/x"], ["--config"]),
        (["select", "{run}", "--budget", "-1", "--out", "{tmp}/x"], ["budget", "-1"]),
        (["select", "{run}", "--budget", "2.5", "--out", "{tmp}/x"], ["2.5", "whole"]),
        (["select", "{run}", "--temperature", "9", "--out", "{tmp}/x"], ["temperature", "0.25"]),
        (["select", "{run}", "--order", "random", "--out", "{tmp}/x"], ["interleaved"]),
        (["select", "{run}", "--format", "alpacca", "--out", "{tmp}/x"], ["alpaca"]),
        (["serve", "{tmp}/none"], ["no such folder", "paser run"]),
        (["serve", "{tmp}/none", "{tmp}/nothing"], ["no such folder", "paser run"]),
        (["serve", "{run}", "{config}"], ["is a file", "folder of runs"]),
        (["serve", "{run}", "--port", "70000"], ["--port"]),
    ],
)
def test_a_mistake_is_one_message(arguments, words, config_file, finished, tmp_path, capsys):
    places = {"tmp": tmp_path, "config": config_file, "run": finished.path}
    said = mistake(capsys, *(a.format(**places) for a in arguments))
    for word in words:
        assert word in said


@pytest.mark.parametrize("arguments", [[], ["rum"], ["run"], ["select", "x", "--seed", "1"]])
def test_a_wrong_call_is_a_mistake_too(arguments):
    with pytest.raises(SystemExit) as caught:
        main(arguments)
    assert caught.value.code == 2


def test_models_that_do_not_exist_are_named(config_file, tmp_path, capsys):
    said = mistake(
        capsys,
        "run",
        config_file,
        "--out",
        tmp_path / "run",
        "--set",
        f"models.compressed={tmp_path}/no",
    )
    assert f"{tmp_path}/no" in said
    assert read_manifest(tmp_path / "run")["state"] == "failed"


def test_version_and_help(capsys):
    for arguments in (["--version"], ["--help"]):
        with pytest.raises(SystemExit) as caught:
            main(arguments)
        assert caught.value.code == 0
    said = capsys.readouterr().out
    assert __version__ in said
    assert "run" in said
    assert "serve" in said


@pytest.mark.parametrize("command", ["select", "report", "compare"])
def test_help_says_of_a_knob_what_its_field_says(command, capsys):
    with pytest.raises(SystemExit):
        main([command, "--help"])
    said = "".join(capsys.readouterr().out.split())  # lines break within words, at a hyphen
    for path, field in describe(SelectionConfig).items():
        assert f"--{path.rpartition('.')[2]}" in said
        for words in (field.help, field.accepted.replace("`", "")):
            assert "".join(words.split()) in said


def test_help_waits_for_no_library():
    code = (
        "import sys; from paser_core.cli.entry import parser; parser().format_help(); "
        "heavy = {'numpy', 'pandas', 'torch', 'yaml', 'streamlit', 'pyarrow'}; "
        "sys.exit(', '.join(heavy & set(sys.modules)) or 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_control_c_leaves_a_run_that_goes_on(config_file, finished, tmp_path):
    out = tmp_path / "run"
    process = command("run", config_file, "--out", out)
    deadline = time.monotonic() + 120
    # Interrupted in the stage that loads the models: whatever machine this is, it is not over yet.
    while not any(
        e["event"] == "stage_started" and e["stage"] == "divergence" for e in read_events(out)
    ):
        assert process.poll() is None
        assert time.monotonic() < deadline
        time.sleep(0.02)
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=60)
    assert process.returncode == 130, said
    assert "resumes" in said
    assert "Traceback" not in said
    assert read_manifest(out)["error"] == "interrupted"

    again = command("run", config_file, "--out", out)
    printed, said = again.communicate(timeout=120)
    assert again.returncode == 0, said
    assert "embedding: already done" in printed
    assert_same_run(out, finished.path)


def test_a_defect_is_loud(finished, tmp_path, monkeypatch):
    monkeypatch.setattr("paser_core.runs.discover", lambda folder: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        main(["serve", str(finished.path)])


def test_serve_sends_nothing_and_hides_tracebacks_wherever_it_is_installed(finished, monkeypatch):
    started: list[list[str]] = []

    def become(_program: str, words: list[str]) -> None:
        started.append(words)
        raise SystemExit(0)  # what was running is no more

    monkeypatch.setattr("os.execv", become)
    monkeypatch.setattr("os.chdir", lambda folder: None)
    for name in ("PASER_RUNS", "PASER_NEW_RUNS", "PASER_STARTED_IN"):
        monkeypatch.setenv(name, "")  # and put back afterwards
    with pytest.raises(SystemExit):
        main(["serve", str(finished.path), "--port", "0", "--no-browser"])
    (words,) = started
    assert {
        "--server.address=127.0.0.1",
        "--browser.gatherUsageStats=false",
        "--client.showErrorDetails=none",
    } <= set(words)


def test_serve_answers_on_this_machine_only(finished):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    process = command("serve", finished.path, "--port", port, "--no-browser")
    try:
        deadline = time.monotonic() + 60
        body = ""
        while body != "ok":
            assert process.poll() is None, process.stderr.read()
            assert time.monotonic() < deadline
            try:
                url = f"http://127.0.0.1:{port}/_stcore/health"
                with urllib.request.urlopen(url, timeout=5) as answer:
                    body = answer.read().decode().strip()
            except OSError:
                time.sleep(0.1)
        # Nobody else may have the port now, and a second dashboard says so.
        second = command("serve", finished.path, "--port", port, "--no-browser")
        _, said = second.communicate(timeout=60)
        assert second.returncode == 2
        assert f"--port {port}" in said
    finally:
        process.terminate()
        process.wait(30)


def test_the_applied_config_makes_the_same_run(finished, tmp_path):
    file = tmp_path / "c.yaml"
    file.write_text(yaml.safe_dump(finished.manifest["config"]))
    assert main(["run", str(file), "--out", str(tmp_path / "run")]) == 0
    assert_same_run(tmp_path / "run", finished.path)
    assert json.loads(json.dumps(to_tree(finished.config))) == finished.manifest["config"]
