"""The command that writes a report: it can be repeated, and a mistake is one sentence."""

from __future__ import annotations

import multiprocessing
import resource
import shlex
import shutil
from pathlib import Path

import pytest
from report_page import read, section

from paser_core.cli import main
from paser_core.config import ConceptsConfig, Order
from paser_core.errors import ExportError
from paser_core.report import build_report, write_report
from paser_core.runs import Run
from paser_core.selection import Setting
from paser_core.selection.of_run import select_from_run

DEMO = Path(__file__).parents[2] / "data" / "demo" / "run"


@pytest.fixture(scope="module")
def demo():
    return Run.open(DEMO)


def shown_commands(page):
    (block,) = (p.text for p in section(page, "made").all("pre") if p.text.startswith("paser"))
    return [shlex.split(line)[1:] for line in block.splitlines()]


def test_the_commands_it_shows_make_it_again(demo, tmp_path, monkeypatch, capsys):
    knobs = Setting(0.123456789, 1.7, order=Order.CLUSTERWISE)
    selection = select_from_run(demo, knobs)
    page = read(build_report(demo, selection, knobs))
    select, report = shown_commands(page)
    assert select[-2:] == ["--out", "export"]
    shutil.copytree(DEMO, tmp_path / "run", ignore=shutil.ignore_patterns("review*"))
    monkeypatch.chdir(tmp_path)
    assert main(report) == 0
    assert f"{selection.n_selected:,} selected" in capsys.readouterr().out
    again = read(Path("report.html").read_text(encoding="utf-8"))
    assert section(again, "budget").text == section(page, "budget").text
    assert shown_commands(again) == [select, report]


def test_what_options_cannot_say_is_left_to_the_recipe(demo):
    knobs = Setting(concepts=ConceptsConfig(per_sample=4))
    page = read(build_report(demo, select_from_run(demo, knobs), knobs))
    assert all(c[1:3] == ["--config", "selection.yaml"] for c in shown_commands(page))


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["{tmp}", "--out", "{tmp}/r.html"], ["not a run folder"]),
        (["--out", "{tmp}/r.html"], ["--config"]),
        (["{run}", "--budget", "-1", "--out", "{tmp}/r.html"], ["budget", "-1"]),
        (["{run}", "--temperature", "9", "--out", "{tmp}/r.html"], ["temperature", "0.25"]),
        (["{run}", "--out", "{tmp}"], ["cannot be written", "--out"]),
        (["{run}", "--out", "{run}/manifest.json/r.html"], ["cannot be written"]),
    ],
)
def test_a_mistake_is_one_message(arguments, words, finished, tmp_path, capsys):
    places = {"tmp": tmp_path, "run": finished.path}
    assert main(["report", *(a.format(**places) for a in arguments)]) == 2
    said = capsys.readouterr().err
    assert said.startswith("paser: ")
    assert said.count("\n") == 1
    assert all(word in said for word in words)
    assert list(tmp_path.iterdir()) == []


def test_a_report_replaces_the_one_before_and_leaves_nothing_else(tmp_path):
    for text in ("first", "second and longer"):
        write_report(text, tmp_path / "new" / "report.html")
        assert (tmp_path / "new" / "report.html").read_text() == text
    assert [p.name for p in (tmp_path / "new").iterdir()] == ["report.html"]


def _write_on_a_small_disk(path, most_bytes, answer):
    resource.setrlimit(resource.RLIMIT_FSIZE, (most_bytes, most_bytes))
    try:
        write_report("x" * 10 * most_bytes, path)
    except ExportError as error:
        answer.send(str(error))
    else:
        answer.send("")


def test_a_full_disk_is_one_sentence_and_keeps_the_report_before(tmp_path):
    path = tmp_path / "report.html"
    write_report("before", path)
    ours, theirs = multiprocessing.Pipe()
    spawn = multiprocessing.get_context("fork")
    process = spawn.Process(target=_write_on_a_small_disk, args=(path, 4096, theirs))
    process.start()
    said = ours.recv()
    process.join()
    assert "cannot be written" in said
    assert "\n" not in said
    assert path.read_text() == "before"
    assert [p.name for p in tmp_path.iterdir()] == ["report.html"]
