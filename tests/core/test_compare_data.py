"""Selections from different data: samples are pairs of id and text, matched by plain sets of them."""

from __future__ import annotations

import json

import numpy as np
import pytest
from compare_runs import make_run_of_other_data
from hypothesis import given, settings
from hypothesis import strategies as st
from test_compare_command import DEMO, said_by
from tiny_run import loaders, write_workspace

from paser_core.compare import (
    SIDES,
    Basis,
    Chosen,
    Side,
    chosen,
    compare,
    matching,
    read_export,
)
from paser_core.config import parse_config, to_tree
from paser_core.errors import ExportError
from paser_core.export import ExportConfig, ExportFormat, write_export
from paser_core.measure import run_pipeline
from paser_core.runs import Run
from paser_core.selection import Setting
from paser_core.selection.of_run import select_from_run

OTHER_ROWS = range(0, 10_000, 2)  # of the demo: have another text in the other data


@pytest.fixture(scope="module")
def demo():
    return Run.open(DEMO)


@pytest.fixture(scope="module")
def other(tmp_path_factory):
    """The demo over other data: every other row has another text."""
    target = tmp_path_factory.mktemp("other") / "run"
    return Run.open(make_run_of_other_data(DEMO, target, OTHER_ROWS))


def rows_between(low, high):
    return np.arange(low, high)


def exported(run, folder, budget=40, export_format=ExportFormat.ALPACA):
    knobs = Setting(budget)
    selection = select_from_run(run, knobs)
    write_export(run, selection, knobs, folder, ExportConfig(export_format))
    return selection


def forget_the_data(folder):
    """Make the export one of a version that did not record its data."""
    manifest = json.loads((folder / "manifest.json").read_text())
    del manifest["data"]
    (folder / "manifest.json").write_text(json.dumps(manifest))


@st.composite
def data_sets(draw, label):
    """A selection and the text of each of its samples: one of two, so that some agree by chance."""
    universe = draw(st.lists(st.sampled_from("abcdefgh"), min_size=1, unique=True))
    text = {i: draw(st.sampled_from([b"x", b"y"])) for i in universe}
    ids = draw(st.lists(st.sampled_from(universe), unique=True))
    labels = np.array([draw(st.integers(-1, 1)) for _ in universe], np.int32)
    usable = labels >= 0
    names = ("one", "two")
    return Chosen(
        label, tuple(ids), tuple(universe), labels, usable, names, {"sha256": label}, lambda: text
    ), text


@given(data_sets("a"), data_sets("b"))
@settings(max_examples=300, deadline=None)
def test_a_comparison_is_what_sets_of_ids_with_texts_say(first, second):
    (a, text_a), (b, text_b) = first, second
    got = compare(a, b)
    all_a, all_b = set(text_a.items()), set(text_b.items())
    in_a, in_b = {(i, text_a[i]) for i in a.ids}, {(i, text_b[i]) for i in b.ids}
    assert set(got.both) == {i for i, _ in in_a & in_b}
    assert set(got.only_a) == {i for i, _ in in_a - in_b}
    assert set(got.only_b) == {i for i, _ in in_b - in_a}
    assert set(got.missing_from_a) == {i for i, _ in all_b - all_a}
    assert set(got.missing_from_b) == {i for i, _ in all_a - all_b}
    assert set(got.unknown_to_a) == {i for i, _ in in_b - all_a}
    assert set(got.unknown_to_b) == {i for i, _ in in_a - all_b}
    assert got.same_data == (all_a == all_b)
    assert got.chance is None
    if in_a | in_b:
        assert got.jaccard == len(in_a & in_b) / len(in_a | in_b)
    if in_a and in_b:
        assert got.overlap == len(in_a & in_b) / min(len(in_a), len(in_b))
    label = {
        (i, text_a[i]): k for i, k in zip(a.universe, a.labels.tolist(), strict=True)
    }  # b's own samples have no cluster of a, whatever their id
    for shift in got.shifts:
        mine = {sample for sample in all_a | all_b if label.get(sample, -1) == shift.cluster}
        assert (shift.a, shift.b, shift.both) == (
            len(mine & in_a),
            len(mine & in_b),
            len(mine & in_a & in_b),
        )
    assert sum(s.b for s in got.shifts) == b.n
    assert sum(s.a for s in got.shifts) == a.n
    sides = {(True, True): Side.BOTH, (True, False): Side.ONLY_A, (False, True): Side.ONLY_B}
    samples = [*text_a.items(), *((i, t) for i, t in text_b.items() if i not in text_a)]
    assert [SIDES[code] for code in got.sides([i for i, _ in samples])] == [
        sides.get((sample in in_a, sample in in_b), Side.NEITHER) for sample in samples
    ]


def test_within_one_data_set_no_text_is_read():
    def texts():
        raise AssertionError("read")

    universe = ["r0", "r1", "r2"]
    labels = np.zeros(3, np.int32)
    a, b = (
        Chosen(
            name,
            tuple(ids),
            tuple(universe),
            labels,
            labels == 0,
            ("x",),
            {"sha256": "data"},
            texts,
        )
        for name, ids in (("a", universe[:2]), ("b", universe[1:]))
    )
    got = compare(a, b)
    assert (got.both, got.only_a, got.only_b) == (("r1",), ("r0",), ("r2",))
    assert (got.matched.basis, got.matched.note) == (Basis.DATA, None)
    assert got.chance is not None


def numbered_run(folder, make):
    """A run of nine samples without ids, whose responses ``make`` has changed, by row."""
    folder.mkdir()
    config = write_workspace(folder, 9, models=False)
    rows = [json.loads(line) for line in (folder / "pool.jsonl").read_text().splitlines()]
    for number, row in enumerate(rows):
        del row["id"]
        row["output"] = make(number, row["output"])
    (folder / "pool.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    config = parse_config(to_tree(config))
    return run_pipeline(config, folder / "run", loaders(config))


def test_numbered_rows_of_other_data_are_other_samples(tmp_path):
    ours = numbered_run(tmp_path / "ours", lambda _, text: text)
    again = numbered_run(tmp_path / "again", lambda _, text: text)
    apart = numbered_run(tmp_path / "apart", lambda _, text: f"{text} Really.")
    partly = numbered_run(tmp_path / "partly", lambda i, text: text if i in (2, 5) else text[:-1])
    assert (
        ours.ids
        == again.ids
        == apart.ids
        == partly.ids
        == tuple(f"row-{row:06d}" for row in range(9))
    )
    six = rows_between(0, 6)
    a = chosen(ours, six, "a")
    same = compare(a, chosen(again, six, "b"))
    assert (same.jaccard, same.same_data, same.matched.note) == (1, True, None)
    assert same.chance is not None
    nothing = compare(a, chosen(apart, six, "b"))
    assert (nothing.both, nothing.jaccard, nothing.overlap) == ((), 0, 0)
    assert nothing.only_a == nothing.only_b == a.ids
    assert len(nothing.missing_from_a) == len(nothing.missing_from_b) == 9
    assert nothing.chance is None
    assert "A and B come from different data" in nothing.matched.note
    some = compare(a, chosen(partly, rows_between(3, 9), "b"))
    assert some.both == ("row-000005",)
    assert some.only_b == tuple(f"row-{row:06d}" for row in (3, 4, 6, 7, 8))
    assert some.jaccard == 1 / 11
    assert some.unknown_to_a == some.only_b


def test_one_file_of_which_other_columns_were_read_holds_other_samples(tmp_path):
    def read(folder, output):
        folder.mkdir()
        config = write_workspace(folder, 9, models=False)
        rows = [json.loads(line) for line in (folder / "pool.jsonl").read_text().splitlines()]
        rows = [
            {**row, "other": row["output"] + " Really." * (n % 2)} for n, row in enumerate(rows)
        ]
        (folder / "pool.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
        fields = {"instruction": "instruction", "output": output, "id": "id"} if output else {}
        tree = to_tree(config)
        config = parse_config({**tree, "data": {**tree["data"], "fields": fields}})
        return run_pipeline(config, folder / "run", loaders(config))

    recognized, said, other = (
        chosen(read(tmp_path / name, output), rows_between(0, 6), name)
        for name, output in (("recognized", None), ("said", "output"), ("other", "other"))
    )
    assert recognized.data["sha256"] == said.data["sha256"] == other.data["sha256"]
    same = compare(recognized, said)
    assert (same.jaccard, same.same_data) == (1, True)
    got = compare(said, other)
    assert got.both == tuple(said.ids[i] for i in (0, 2, 4))
    assert len(got.only_a) == len(got.only_b) == 3
    assert got.matched.note.startswith("A and B read the same data in different ways: samples are")


@pytest.mark.parametrize("export_format", list(ExportFormat))
def test_the_texts_of_an_export_are_those_of_its_run(export_format, demo, other, tmp_path):
    taken = exported(demo, tmp_path / "export", export_format=export_format)
    assert (demo.samples["input"].iloc[taken.rows] != "").any()
    read = read_export(tmp_path / "export")
    assert read.data == {"sha256": demo.manifest["data"]["sha256"]}
    assert compare(read, chosen(demo, taken, "b")).matched.basis is Basis.DATA
    for one, two in ((read, other), (other, read)):
        sides = [c if isinstance(c, Chosen) else chosen(c, taken, "run") for c in (one, two)]
        got = compare(*sides)
        assert [demo.ids.index(i) for i in got.both] == [r for r in taken.rows if r % 2]
        # What the export did not select has no text there.
        assert set(got.missing_from_a) == {demo.ids[r] for r in taken.rows if not r % 2}
        assert "its others are matched by id" in got.matched.note
        assert got.chance is None


def test_an_export_that_does_not_name_its_data_is_matched_by_its_texts(demo, other, tmp_path):
    taken = exported(demo, tmp_path / "export")
    forget_the_data(tmp_path / "export")
    read = read_export(tmp_path / "export")
    assert read.data is None
    same = compare(chosen(demo, taken, "a"), read)
    assert (same.jaccard, same.chance) == (1, None)
    assert "not recorded which data B comes from" in same.matched.note
    got = compare(read, chosen(other, taken, "b"))
    assert [demo.ids.index(i) for i in got.both] == [r for r in taken.rows if r % 2]
    assert "not recorded which data A comes from" in got.matched.note


def test_without_texts_the_id_alone_decides_and_that_is_said(demo, other, tmp_path):
    taken = exported(demo, tmp_path / "export")
    (tmp_path / "export" / "train.parquet").unlink()
    got = compare(chosen(other, taken, "a"), read_export(tmp_path / "export"))
    assert (got.jaccard, got.matched.basis, got.chance) == (1, Basis.IDS, None)
    assert "A and B come from different data, and there are no texts of B" in got.matched.note
    assert "by id alone" in got.matched.note


def test_an_export_whose_data_is_not_named_is_damaged(demo, tmp_path):
    exported(demo, tmp_path / "export")
    file = tmp_path / "export" / "manifest.json"
    manifest = json.loads(file.read_text())
    for damage in ({}, "a word"):
        file.write_text(json.dumps(manifest | {"data": damage}))
        with pytest.raises(ExportError, match="cannot be read"):
            read_export(tmp_path / "export")


@pytest.mark.parametrize("damage", ["not parquet", "rows"])
def test_texts_of_an_export_that_cannot_be_read_are_one_sentence(damage, demo, other, tmp_path):
    taken = exported(demo, tmp_path / "export")
    file = tmp_path / "export" / "train.parquet"
    if damage == "rows":
        exported(demo, tmp_path / "longer", budget=41)
        file.write_bytes((tmp_path / "longer" / "train.parquet").read_bytes())
    else:
        file.write_text("texts")
    read = read_export(tmp_path / "export")
    assert compare(chosen(demo, taken, "a"), read).jaccard == 1  # nobody needs the texts
    with pytest.raises(ExportError, match=r"train\.parquet.*Export the selection again") as caught:
        compare(chosen(other, taken, "a"), read)
    assert "\n" not in str(caught.value)


def test_data_sets_that_share_no_id_share_nothing(demo, finished):
    got = matching(chosen(demo, rows_between(0, 3), "a"), chosen(finished, rows_between(0, 3), "b"))
    assert (got.basis, got.different) == (Basis.TEXTS, frozenset())
    assert got.note == "A and B come from different data, and no id is in both."


def test_the_command_says_that_the_data_differ(demo, other, capsys):
    lines = said_by(capsys, DEMO, other.path, "--budget", 300, "--no-review")
    ours = select_from_run(demo, Setting(300)).rows.tolist()
    shared = [row for row in ours if row not in OTHER_ROWS]
    assert 0 < len(shared) < 300
    assert ["in", "both", str(len(shared))] in [line.split() for line in lines]
    assert any(line.startswith("A and B come from different data: ") for line in lines)
    assert not any("By chance" in line for line in lines)
