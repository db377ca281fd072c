"""The export folder: every format, texts that break naive writers, and the same bytes twice."""

from __future__ import annotations

import dataclasses
import io
import json
import zipfile

import datasets
import numpy as np
import pyarrow.parquet as pq
import pytest
import yaml
from tiny_run import loaders, write_workspace

from paser_core.cli import main
from paser_core.config import ConceptsConfig
from paser_core.errors import ExportError
from paser_core.export import (
    ExportConfig,
    ExportFormat,
    archive,
    read_selection,
    training_rows,
    write_export,
)
from paser_core.export import write as writing
from paser_core.measure import run_pipeline
from paser_core.selection import Setting, Status
from paser_core.selection.export_files import ExportFile
from paser_core.selection.of_run import select_from_run

# Two pairs of phrases that are accepted first, and a third row that mixes them: a conflict.
PHRASES = ["red apple. green pear", "blue plum. ripe fig", "red apple. blue plum"]
NASTY = [
    "plain",
    "two\nlines\r\nand\ttabs",
    "line\u2028separators\u2029and\x85next line, form\x0cfeed",
    'quotes " \\ and {braces} %s',
    "<script>alert(1)</script> $x$ ![](http://x)",
    "emoji 😀, right-to-left مرحبا, combining e\u0301",
    "\ufeffstarts with a byte order mark",
    "- looks: like\n  yaml: &a *a",
    "null",
]
IDS = ["007", "no", "1e3", "null", "~", "a: b", "# c", "é", "x\u2028y"]
KNOBS = Setting(6, 1.7, concepts=ConceptsConfig(max_document_frequency=1.0))


# Of trl 1.16.0, those we use: `trl sft --config` parses ScriptArguments, SFTConfig, ModelConfig and
# DatasetMixtureConfig, and knows nothing else.
TRL_ARGUMENTS = {
    "datasets",
    "learning_rate",
    "num_train_epochs",
    "per_device_train_batch_size",
    "use_peft",
    "lora_r",
    "report_to",
}


@pytest.fixture(scope="module")
def rows():
    """Nine samples; every third one mixes what the two before it keep apart."""
    return [
        {
            "id": IDS[i],
            "instruction": f"{NASTY[i]} {PHRASES[i % 3]}",
            "input": NASTY[i] if i % 2 else "",
            "output": f"{PHRASES[i % 3]}. {NASTY[i]} (number {i})",
        }
        for i in range(9)
    ]


@pytest.fixture(scope="module")
def run(rows, tmp_path_factory):
    folder = tmp_path_factory.mktemp("nasty")
    config = write_workspace(folder, 9)
    (folder / "pool.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    return run_pipeline(config, folder / "run", loaders(config))


@pytest.fixture(scope="module")
def selection(run):
    found = select_from_run(run, KNOBS)
    assert found.n_selected == 6
    assert found.n_rejected >= 1
    return found


def lines(path):
    """Split as JSON lines are: by line feed alone."""
    return [json.loads(line) for line in path.read_bytes().decode().split("\n")[:-1]]


def question(row):
    return f"{row['instruction']}\n\n{row['input']}" if row["input"] else row["instruction"]


EXPECTED = {
    ExportFormat.ALPACA: lambda r: {k: r[k] for k in ("instruction", "input", "output")},
    ExportFormat.PROMPT_COMPLETION: lambda r: {"prompt": question(r), "completion": r["output"]},
    ExportFormat.MESSAGES: lambda r: {
        "messages": [
            {"role": "user", "content": question(r)},
            {"role": "assistant", "content": r["output"]},
        ]
    },
    ExportFormat.SHAREGPT: lambda r: {
        "conversations": [
            {"from": "human", "value": question(r)},
            {"from": "gpt", "value": r["output"]},
        ]
    },
}


@pytest.mark.parametrize("export_format", ExportFormat)
def test_training_files_hold_the_users_texts_in_order_of_rank(
    run, rows, selection, export_format, tmp_path
):
    out = tmp_path / "out"
    summary = write_export(run, selection, KNOBS, out, ExportConfig(export_format))
    expected = [EXPECTED[export_format](rows[i]) for i in selection.rows]
    assert lines(out / "train.jsonl") == expected
    assert pq.read_table(out / "train.parquet").to_pylist() == expected
    cache = str(tmp_path / "cache")
    for kind, name in (("json", "train.jsonl"), ("parquet", "train.parquet")):
        loaded = datasets.load_dataset(
            kind, data_files=str(out / name), split="train", cache_dir=cache
        )
        assert loaded.to_list() == expected
    assert len(summary.checks) == 4
    assert summary.files == {p.name: p.stat().st_size for p in out.iterdir()}
    assert set(summary.files) <= set(ExportFile)


@pytest.mark.parametrize("export_format", ExportFormat)
def test_settings_of_trainers_name_columns_that_exist(run, selection, export_format, tmp_path):
    out = tmp_path / "out"
    write_export(run, selection, KNOBS, out, ExportConfig(export_format))
    first = lines(out / "train.jsonl")[0]

    (info,) = json.loads((out / "dataset_info.json").read_text()).values()
    assert info["file_name"] == "train.jsonl"
    assert set(info["columns"].values()) == set(first)  # unlisted columns are dropped there
    turns = first.get("messages", first.get("conversations"))
    if turns is not None:
        assert info["formatting"] == "sharegpt"
        tags = info["tags"]
        said = [(t[tags["role_tag"]], bool(t[tags["content_tag"]])) for t in turns]
        assert said == [(tags["user_tag"], True), (tags["assistant_tag"], True)]
    else:
        assert info["formatting"] == "alpaca"

    (entry,) = yaml.safe_load((out / "axolotl.yaml").read_text())["datasets"]
    assert entry["path"] == "train.jsonl"
    named = [v for k, v in entry.items() if k.startswith("field_")]
    if isinstance(entry["type"], dict):
        named += [v for k, v in entry["type"].items() if k.startswith("field_")]
    assert set(named) <= set(first)
    for key in entry.get("message_property_mappings", {}).values():
        assert key in turns[0]

    # TRL reads these two formats, and stops at a key that none of its arguments has.
    readable = export_format in (ExportFormat.MESSAGES, ExportFormat.PROMPT_COMPLETION)
    assert (out / "trl_sft.yaml").exists() == readable
    if readable:
        trl = yaml.safe_load((out / "trl_sft.yaml").read_text())
        assert set(trl) <= TRL_ARGUMENTS
        (source,) = trl["datasets"]
        assert source == {"path": "json", "data_files": "train.jsonl", "split": "train"}
    card = (out / "README.md").read_text()
    assert yaml.safe_load(card.split("---")[1])["configs"][0]["data_files"] == "train.jsonl"


def test_every_sample_has_a_score_and_every_rejection_its_evidence(run, rows, selection, tmp_path):
    out = tmp_path / "out"
    write_export(run, selection, KNOBS, out, ExportConfig(ExportFormat.ALPACA))
    scores = pq.read_table(out / "scores.parquet").to_pylist()
    assert [s["id"] for s in scores] == IDS
    ranked = sorted((s["rank"], i) for i, s in enumerate(scores) if s["rank"] is not None)
    assert ranked == [(place + 1, row) for place, row in enumerate(selection.rows.tolist())]
    for row, score in enumerate(scores):
        assert score["status"] == str(selection.status_of(row))
        assert score["reason"]
        expected = run.divergence_at(1.7)[row]
        np.testing.assert_allclose(score["divergence"], expected)
        np.testing.assert_allclose(score["ies"], expected / np.log(float(run.tokens[row]) ** 2))
        np.testing.assert_allclose(score["cds"], selection.ranking.cds[run.labels[row]])

    entries = lines(out / "rejected.jsonl")
    rejected = [i for i, s in enumerate(scores) if s["status"] == Status.CONFLICT]
    assert [e["id"] for e in entries] == [IDS[i] for i in rejected]
    taken = {s["id"] for s in scores if s["rank"] is not None}
    for entry, row in zip(entries, rejected, strict=True):
        assert entry["output"] == rows[row]["output"]
        assert entry["conflicts"]
        assert entry["accepted_without"]
        for conflict in entry["conflicts"]:
            assert set(conflict["brought_in_by"]) <= taken

    clusters = json.loads((out / "clusters.json").read_text())
    assert sum(c["selected"] for c in clusters) == 6
    assert sum(c["rejected"] for c in clusters) == len(rejected)
    assert sum(c["seats"] for c in clusters) == 6


@pytest.mark.parametrize("export_format", ExportFormat)
@pytest.mark.parametrize("forced", [(), ((8, 2), (0, 5))])
def test_the_command_line_makes_the_bytes_of_the_app(run, export_format, forced, tmp_path):
    """The app calls write_export with a Setting; ``paser select --config`` reads it back."""
    ids = [tuple(IDS[i] for i in rows) for rows in forced] or [(), ()]
    knobs = dataclasses.replace(KNOBS, forced_in=ids[0], forced_out=ids[1])
    found = select_from_run(run, knobs)
    app, command = tmp_path / "app", tmp_path / "command"
    export = ExportConfig(export_format)
    write_export(run, found, knobs, app, export)
    assert read_selection(app / "selection.yaml")[1:] == (knobs, export)
    arguments = ["select", "--config", str(app / "selection.yaml"), "--out", str(command)]
    assert main(arguments) == 0
    assert {p.name for p in app.iterdir()} == {p.name for p in command.iterdir()}
    for path in sorted(app.iterdir(), key=lambda p: p.name == "manifest.json"):
        assert path.read_bytes() == (command / path.name).read_bytes(), path.name
    if forced:
        statuses = pq.read_table(app / "scores.parquet")["status"].to_pylist()
        assert [statuses[i] for i in (8, 2, 0, 5)] == ["forced_in"] * 2 + ["forced_out"] * 2


def test_equal_folders_give_equal_archives_that_hold_every_file(run, selection, tmp_path):
    folders = [tmp_path / "a" / "x", tmp_path / "b" / "x"]
    for folder in folders:
        write_export(run, selection, KNOBS, folder, ExportConfig(ExportFormat.ALPACA))
    first, second = map(archive, folders)
    assert first == second
    with zipfile.ZipFile(io.BytesIO(first)) as file:
        assert file.testzip() is None
        held = {name: file.read(name) for name in file.namelist()}
    assert held == {f"x/{p.name}": p.read_bytes() for p in folders[0].iterdir()}


def test_an_export_is_replaced_and_anything_else_is_left_alone(run, selection, tmp_path):
    out = tmp_path / "out"
    write_export(run, selection, KNOBS, out, ExportConfig(ExportFormat.ALPACA))
    (out / "train.jsonl").write_text("spoilt")
    write_export(run, selection, KNOBS, out, ExportConfig(ExportFormat.MESSAGES))
    assert "messages" in lines(out / "train.jsonl")[0]

    foreign = tmp_path / "thesis"
    foreign.mkdir()
    (foreign / "chapter1.txt").write_text("precious")
    for place in (foreign, foreign / "chapter1.txt", run.path):
        with pytest.raises(ExportError, match="left alone"):
            write_export(run, selection, KNOBS, place, ExportConfig(ExportFormat.ALPACA))
    assert (foreign / "chapter1.txt").read_text() == "precious"
    assert sorted(p.name for p in tmp_path.iterdir()) == ["out", "thesis"]


def test_nothing_selected_is_nothing_to_export(run, tmp_path):
    none = select_from_run(run, dataclasses.replace(KNOBS, budget=0))
    with pytest.raises(ExportError, match="Raise the budget"):
        write_export(run, none, KNOBS, tmp_path / "out", ExportConfig(ExportFormat.ALPACA))
    assert not list(tmp_path.iterdir())


SPOILERS = {
    "train.jsonl": lambda content: content.split(b"\n")[0] + b"\n",
    "train.parquet": lambda content: rewritten(content, lambda table: table.slice(1)),
    "scores.parquet": lambda content: rewritten(content, lambda table: table.slice(1)),
    "rejected.jsonl": lambda content: content * 2,
}


def rewritten(content, change):
    buffer = io.BytesIO()
    pq.write_table(change(pq.read_table(io.BytesIO(content))), buffer)
    return buffer.getvalue()


@pytest.mark.parametrize("name", SPOILERS)
def test_what_does_not_read_back_is_not_kept(run, selection, name, tmp_path, monkeypatch):
    real = writing.write_hashed

    def spoilt(path, fill):
        told = real(path, fill)
        if path.name == name:
            path.write_bytes(SPOILERS[name](path.read_bytes()))
        return told

    monkeypatch.setattr(writing, "write_hashed", spoilt)
    with pytest.raises(ExportError, match=f"self-check failed: {name}"):
        write_export(run, selection, KNOBS, tmp_path / "out", ExportConfig(ExportFormat.ALPACA))
    assert not list(tmp_path.iterdir())


def test_texts_that_a_trainer_would_take_for_dates_are_said(tmp_path):
    config = write_workspace(tmp_path, 9)
    pool = tmp_path / "pool.jsonl"
    rows = [json.loads(line) for line in pool.read_text().splitlines()]
    dated = [row | {"output": f"2024-01-0{i + 1}T00:00:00"} for i, row in enumerate(rows)]
    pool.write_text("".join(json.dumps(row) + "\n" for row in dated))
    run = run_pipeline(config, tmp_path / "run", loaders(config))
    found = select_from_run(run, KNOBS)
    out = tmp_path / "out"
    with pytest.raises(ExportError, match=r"Every output .* messages or sharegpt"):
        write_export(run, found, KNOBS, out, ExportConfig(ExportFormat.ALPACA))
    assert not out.exists()
    write_export(run, found, KNOBS, out, ExportConfig(ExportFormat.MESSAGES))
    answers = [row["messages"][1]["content"] for row in lines(out / "train.jsonl")]
    assert answers == [dated[i]["output"] for i in found.rows]


def test_rows_come_in_the_order_asked_for(run, rows):
    got = training_rows(run, [4, 1], ExportFormat.ALPACA)
    assert [r["output"] for r in got] == [rows[4]["output"], rows[1]["output"]]
