"""What may be left out of an export: gone everywhere, and what is left is what it was."""

from __future__ import annotations

import hashlib
import itertools
import json
import shutil

import pyarrow.parquet as pq
import pytest
import yaml

from paser_core.cli import main
from paser_core.compare import is_export, read_export
from paser_core.errors import ConfigError
from paser_core.export import ExportConfig, Part, read_selection, write_export
from paser_core.selection import Setting
from paser_core.selection.of_run import select_from_run

KNOBS = Setting(budget=4, temperature=1.7)
WHOLE = {
    "README.md",
    "axolotl.yaml",
    "clusters.json",
    "dataset_info.json",
    "manifest.json",
    "rejected.jsonl",
    "scores.parquet",
    "selection.yaml",
    "train.jsonl",
    "train.parquet",
}
GONE = {
    Part.SCORES: set(),  # the file stays: Compare reads who was selected from it
    Part.REJECTED: {"rejected.jsonl"},
    Part.TRAINERS: {"dataset_info.json", "axolotl.yaml"},
}
CHOICES = [c for n in range(len(Part) + 1) for c in itertools.combinations(Part, n)]


@pytest.fixture(scope="module")
def whole(finished, tmp_path_factory):
    """Everything, as it is written where nothing is asked for."""
    out = tmp_path_factory.mktemp("whole") / "out"
    write_export(finished, select_from_run(finished, KNOBS), KNOBS, out)
    return out


def bytes_of(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_nothing_is_left_out_unless_it_is_said(finished, whole, tmp_path):
    assert set(bytes_of(whole)) == WHOLE
    assert "without" not in yaml.safe_load((whole / "selection.yaml").read_text())
    assert main(["select", "--config", f"{whole}/selection.yaml", "--out", f"{tmp_path}/x"]) == 0
    assert bytes_of(tmp_path / "x") == bytes_of(whole)


@pytest.mark.parametrize("without", CHOICES, ids=lambda c: "+".join(c) or "nothing")
def test_what_is_left_out_is_gone_everywhere(finished, whole, without, tmp_path):
    app, command = tmp_path / "app", tmp_path / "command"
    export = ExportConfig(without=without)
    selection = select_from_run(finished, KNOBS)
    summary = write_export(finished, selection, KNOBS, app, export)
    held = bytes_of(app)
    gone = set().union(*(GONE[part] for part in without))
    assert set(held) == WHOLE - gone
    assert set(summary.files) == set(held)

    manifest = json.loads(held["manifest.json"])["files"]
    sums = {name: hashlib.sha256(content).hexdigest() for name, content in held.items()}
    assert manifest == {name: s for name, s in sums.items() if name != "manifest.json"}

    said = [held["README.md"].decode(), *summary.checks]
    for name in gone:
        assert not any(name in text for text in said)
    assert ("status, reason and scores" in said[0]) == (Part.SCORES not in without)

    touched = {"manifest.json", "selection.yaml", "README.md"}
    touched |= {"scores.parquet"} if Part.SCORES in without else set()
    for name in set(held) - touched:
        assert held[name] == (whole / name).read_bytes(), name
    columns, every = (
        pq.read_table(folder / "scores.parquet").to_pydict() for folder in (app, whole)
    )
    scores = {"reason", "score", "divergence", "ies", "cds"} if Part.SCORES in without else set()
    assert set(columns) == set(every) - scores
    assert str(columns) == str({name: every[name] for name in columns})  # nan is not equal to nan

    # For Compare it is the same selection.
    ours, theirs = (read_export(folder, "x") for folder in (app, whole))
    assert (ours.ids, ours.universe, ours.names) == (theirs.ids, theirs.universe, theirs.names)
    assert ours.labels.tolist() == theirs.labels.tolist()
    assert ours.usable.tolist() == theirs.usable.tolist()

    # The command line makes the same folder, with its own recipe and with the option.
    assert read_selection(app / "selection.yaml")[1:] == (KNOBS, export)
    assert main(["select", "--config", f"{app}/selection.yaml", "--out", str(command)]) == 0
    assert bytes_of(command) == held
    options = [word for part in reversed(without) for word in ("--without", str(part))]
    again = tmp_path / "again"
    arguments = ["select", "--config", f"{whole}/selection.yaml", "--out", str(again), *options]
    assert main(arguments) == 0
    assert bytes_of(again) == held


def test_a_smaller_export_leaves_nothing_of_the_larger_one(finished, tmp_path):
    out = tmp_path / "out"
    selection = select_from_run(finished, KNOBS)
    write_export(finished, selection, KNOBS, out)
    write_export(finished, selection, KNOBS, out, ExportConfig(without=tuple(Part)))
    assert set(bytes_of(out)) == WHOLE - set().union(*GONE.values())


def test_a_part_that_does_not_exist_is_named(finished, whole, tmp_path, capsys):
    out = tmp_path / "x"
    arguments = ["select", str(finished.path), "--without", "clusters", "--out", str(out)]
    assert main(arguments) == 2
    said = capsys.readouterr().err
    assert "without is 'clusters'; accepted: scores" in said
    assert "scores, rejected, trainers" in said
    assert not out.exists()

    tree = yaml.safe_load((whole / "selection.yaml").read_text())
    file = tmp_path / "selection.yaml"
    for wrong, words in (("scores", "must be a list"), (["score"], "Did you mean 'scores'")):
        file.write_text(yaml.safe_dump(tree | {"without": wrong}))
        with pytest.raises(ConfigError, match=words):
            read_selection(file)
    file.write_text(yaml.safe_dump(tree | {"without": ["trainers", "scores", "trainers"]}))
    assert read_selection(file)[-1].without == (Part.SCORES, Part.TRAINERS)


def test_an_export_whose_exchange_was_cut_short_is_read(whole, tmp_path):
    known = read_export(whole)
    for read in (read_export, is_export, lambda out: read_selection(out / "selection.yaml")):
        out = tmp_path / "out"
        left = tmp_path / ".out.paser-killed"
        shutil.copytree(whole, left / "old")  # aside; the new one did not get its name
        shutil.copytree(whole, left / "new")
        assert read(out)
        assert not left.exists()
        assert read_export(out).ids == known.ids
        shutil.rmtree(out)
