"""What one names to compare: an export is read back, the command answers, a mistake is one sentence."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest
from selected import rows_by

from paser_core.cli import main
from paser_core.compare import chosen, compare, is_export, read_export
from paser_core.errors import ExportError
from paser_core.export import ExportConfig, write_export
from paser_core.runs import Run
from paser_core.selection import Setting
from paser_core.selection.of_run import select_from_run

DEMO = Path(__file__).parents[2] / "data" / "demo" / "run"
ONE_SCORE = {"id": ["a"], "status": ["selected"], "rank": [1], "cluster": [0]}


@pytest.fixture(scope="module")
def demo():
    return Run.open(DEMO)


def test_an_export_is_the_selection_it_was_made_of(demo, tmp_path):
    knobs = Setting(300, 1.7, forced_in=(demo.ids[5],), forced_out=(demo.ids[9],))
    selection = select_from_run(demo, knobs)
    folder = tmp_path / "export"
    write_export(demo, selection, knobs, folder, ExportConfig(names=((0, "Mine"),)))
    assert is_export(folder)
    assert not is_export(DEMO)
    read = read_export(folder)
    direct = chosen(demo, selection, "export", ("Mine", *demo.names[1:]))
    assert (read.label, read.ids, read.universe, read.names) == (
        direct.label,
        direct.ids,
        direct.universe,
        direct.names,
    )
    assert read.labels.tolist() == direct.labels.tolist()
    assert read.usable.tolist() == direct.usable.tolist()
    same = compare(read, direct)
    assert same.jaccard == same.overlap == 1
    assert same.same_data


@pytest.mark.parametrize(
    "damage", ["no scores", "no clusters", "not parquet", "column", "json", "shape"]
)
def test_a_damaged_export_is_one_sentence(damage, demo, tmp_path):
    pd.DataFrame(ONE_SCORE).to_parquet(tmp_path / "scores.parquet")
    (tmp_path / "clusters.json").write_text(json.dumps([{"cluster": 0, "name": "x"}]))
    assert read_export(tmp_path).ids == ("a",)
    if damage == "no scores":
        (tmp_path / "scores.parquet").unlink()
    elif damage == "no clusters":
        (tmp_path / "clusters.json").unlink()
    elif damage == "not parquet":
        (tmp_path / "scores.parquet").write_text("scores")
    elif damage == "column":
        pd.DataFrame({"id": ["a"]}).to_parquet(tmp_path / "scores.parquet")
    else:
        (tmp_path / "clusters.json").write_text("[" if damage == "json" else "[1]")
    with pytest.raises(ExportError) as caught:
        read_export(tmp_path)
    assert str(tmp_path) in str(caught.value)
    assert "\n" not in str(caught.value)


def said_by(capsys, *arguments):
    """What ``paser compare`` prints, as lines."""
    assert main(["compare", *map(str, arguments)]) == 0
    lines = capsys.readouterr().out.splitlines()
    return [line for line in lines if ": budget " not in line]  # what was understood stands first


def test_the_command_compares_a_run_with_an_export(demo, tmp_path, capsys):
    out = tmp_path / "export"
    assert main(["select", str(DEMO), "--budget", "300", "--no-review", "--out", str(out)]) == 0
    capsys.readouterr()
    lines = said_by(capsys, DEMO, out, "--budget", 500, "--temperature", 2, "--no-review")
    ours = select_from_run(demo, Setting(500, 2.0))
    theirs = select_from_run(demo, Setting(300))
    a, b = set(ours.rows), set(theirs.rows)
    numbers = dict(line.rsplit(maxsplit=1) for line in lines[3:8])
    assert numbers == {
        "in both": str(len(a & b)),
        "only in A": str(len(a - b)),
        "only in B": str(len(b - a)),
        "Jaccard index": f"{len(a & b) / len(a | b):.3f}",
        "overlap coefficient": f"{len(a & b) / 300:.3f}",
    }
    table = lines[lines.index("", 3) + 1 :]
    assert len({len(line) for line in table}) == 1
    counted = dict(zip(demo.names, ours.accepted, strict=True))
    for line in table[1:]:
        cells = line.split()
        name = line[: table[0].index("size")].strip()
        assert int(cells[-6]) == counted[name]
    # Both ways round, and two exports.
    mirrored = said_by(capsys, out, DEMO, "--budget", 500, "--temperature", 2, "--no-review")
    assert mirrored[4].split() == ["only", "in", "A", str(len(b - a))]
    assert said_by(capsys, out, out)[3].split() == ["in", "both", "300"]


def test_the_command_compares_different_data_openly(demo, finished, capsys):
    lines = said_by(capsys, finished.path, DEMO, "--budget", 3, "--no-review")
    assert f"{finished.n} samples of A's data set are not in B's; A selected 3 of them." in lines
    assert f"{demo.n:,} samples of B's data set are not in A's; B selected 3 of them." in lines
    assert any("none in A's run" in line for line in lines)
    assert not any("By chance" in line for line in lines)


def test_the_command_compares_with_another_selector_of_the_same_size(demo, capsys):
    lines = said_by(
        capsys, DEMO, "--selector", "random", "--seed", 3, "--budget", 400, "--no-review"
    )
    assert lines[1] == f"B  random, seed 3: 400 of {demo.n:,} samples"
    drawn = set(rows_by("random", demo, Setting(400), 3).tolist())
    ours = set(select_from_run(demo, Setting(400)).rows)
    assert lines[3].split() == ["in", "both", str(len(drawn & ours))]


def test_the_command_says_when_a_budget_is_not_filled(finished, capsys):
    lines = said_by(capsys, finished.path, "--selector", "ies", "--budget", 500)
    assert lines[0].startswith(f"Note: {finished.path}: The budget of 500 cannot be filled")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["{run}"], ["1 selections", "another run or export", "--selector"]),
        (["{run}"] * 9, ["9 selections", "2 to 8", "leave some out"]),
        (["{run}", "{tmp}"], ["not a run folder"]),
        (["{run}", "--selector", "randon"], ["'random'"]),
        (["{run}", "{run}", "--seed", "1"], ["--seed", "--selector"]),
        (["{run}", "--selector", "random", "--seed", "-1"], ["-1", "between 0 and"]),
        (["{export}", "--selector", "random"], ["is an export", "run folder"]),
        (["{export}", "{run}", "--budget", "-1"], ["budget", "-1"]),
    ],
)
def test_a_mistake_is_one_message(arguments, words, finished, tmp_path, capsys):
    export = tmp_path / "export"
    export.mkdir()
    pd.DataFrame(ONE_SCORE).to_parquet(export / "scores.parquet")
    (export / "clusters.json").write_text(json.dumps([{"cluster": 0, "name": "x"}]))
    places = {"run": finished.path, "tmp": tmp_path, "export": export}
    assert main(["compare", *(a.format(**places) for a in arguments)]) == 2
    said = capsys.readouterr().err
    assert said.startswith("paser: ")
    assert said.count("\n") == 1
    for word in words:
        assert word in said
