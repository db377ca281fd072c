"""Where data lies: paths with slips, folders of files and data sets, configurations, the hub."""

from __future__ import annotations

import json

import datasets
import pandas as pd
import pytest
from rows_to_read import LINES, ROWS, outputs, read

from paser_core.config import DataConfig
from paser_core.errors import DataError
from paser_core.records import preview

PLACES = [
    ("nowhere/pool.jsonl", "no folder"),
    ("pol.jsonl", "Did you mean"),
    ("pool", "Did you mean"),
    ("x\x00y.jsonl", "no such file|not a usable path"),
    ("x" * 5000 + ".jsonl", "not a usable path"),
]


@pytest.mark.parametrize(("name", "words"), PLACES)
def test_a_path_that_does_not_exist(tmp_path, name, words):
    (tmp_path / "pool.jsonl").write_text(LINES)
    with pytest.raises(DataError, match=words):
        read(tmp_path / name)


def test_a_slip_in_a_bare_name_does_not_ask_the_hub(tmp_path, monkeypatch):
    (tmp_path / "pool.jsonl").write_text(LINES)
    monkeypatch.chdir(tmp_path)
    _no_network(monkeypatch)
    with pytest.raises(DataError, match=r"Did you mean 'pool\.jsonl'"):
        read("pool")


def _no_network(monkeypatch):
    def refuse(*arguments, **_):
        raise AssertionError(f"looked up {arguments[:2]}")

    monkeypatch.setattr("socket.getaddrinfo", refuse)
    monkeypatch.setattr("socket.socket.connect", refuse)


@pytest.mark.parametrize("kind", ["jsonl", "parquet", "saved", "splits"])
def test_a_folder_is_read_without_the_network(tmp_path, monkeypatch, kind):
    folder = tmp_path / "set"
    folder.mkdir()
    if kind == "jsonl":
        (folder / "train.jsonl").write_text(LINES)
    elif kind == "parquet":
        (folder / "data").mkdir()
        pd.DataFrame(ROWS).to_parquet(folder / "data" / "train-00000-of-00001.parquet")
    elif kind == "saved":
        datasets.Dataset.from_list(ROWS).save_to_disk(folder)
    else:
        train = datasets.Dataset.from_list(ROWS)
        datasets.DatasetDict({"train": train, "test": train}).save_to_disk(folder)
    _no_network(monkeypatch)
    monkeypatch.delenv("HF_HUB_OFFLINE", raising=False)
    records = read(folder)
    assert outputs(records) == [r["output"] for r in ROWS]
    assert read(folder).sha256 == records.sha256
    assert len(read(folder, limit=2).frame) == 2


def test_a_changed_folder_is_read_anew(tmp_path):
    (tmp_path / "train.jsonl").write_text(LINES)
    first = read(tmp_path)
    (tmp_path / "train.jsonl").write_text(LINES.replace('"output": "1"', '"output": "9"'))
    second = read(tmp_path)
    assert outputs(second)[0] == "9"
    assert first.sha256 != second.sha256


def test_a_folder_that_is_no_data_set_says_what_it_holds(tmp_path):
    with pytest.raises(DataError, match="it is empty"):
        read(tmp_path)
    (tmp_path / "notes.docx").write_bytes(b"\x00\x01")
    with pytest.raises(DataError, match=r"holds notes\.docx"):
        read(tmp_path)


def test_a_split_that_does_not_exist_names_the_others(tmp_path):
    (tmp_path / "train.jsonl").write_text(LINES)
    (tmp_path / "test.jsonl").write_text(LINES)
    with pytest.raises(DataError, match=r"has: train, test.*Did you mean 'train'"):
        read(tmp_path, split="trian")


def _several_configurations(folder, names):
    """A data set as the hub has it: the card says which files make which configuration."""
    card = "".join(f"- config_name: {n}\n  data_files: {n}.jsonl\n" for n in names)
    (folder / "README.md").write_text(f"---\nconfigs:\n{card}---\n")
    for number, name in enumerate(names):
        rows = [row | {"output": f"{name} {i}"} for i, row in enumerate(ROWS)]
        (folder / f"{name}.jsonl").write_text("".join(json.dumps(r) + "\n" for r in rows[number:]))


def test_a_configuration_is_chosen_by_its_name(tmp_path, monkeypatch):
    _several_configurations(tmp_path, ["main", "socratic"])
    _no_network(monkeypatch)
    for name, n in (("main", 4), ("socratic", 3)):
        records = read(tmp_path, name=name)
        assert len(records.frame) == n
        assert outputs(records)[-1] == f"{name} 3"
        assert preview(DataConfig(path=str(tmp_path), name=name)).message is None


@pytest.mark.parametrize(
    ("name", "words"),
    [
        (None, r"several configurations.*it has: main, socratic\. Set data\.name"),
        ("mian", r"no configuration 'mian'; it has: main, socratic\. Did you mean 'main'"),
    ],
)
def test_a_configuration_that_is_not_chosen_names_all(tmp_path, monkeypatch, name, words):
    _several_configurations(tmp_path, ["main", "socratic"])
    _no_network(monkeypatch)
    with pytest.raises(DataError, match=words) as caught:
        read(tmp_path, name=name)
    assert str(caught.value).startswith(f"{tmp_path}: ")


def test_the_hub_is_asked_for_the_configuration(monkeypatch):
    asked = []

    def load(place, name=None):
        asked.append((place, name))
        return datasets.DatasetDict({"train": datasets.Dataset.from_list(ROWS)})

    monkeypatch.setattr("paser_core.records.hub._unreachable", lambda name: None)
    monkeypatch.setattr(datasets, "load_dataset", load)
    assert len(read("openai/gsm8k", name="main").frame) == 4
    assert asked == [("openai/gsm8k", "main")]


def test_a_hub_name_out_of_reach_is_one_sentence(monkeypatch):
    from huggingface_hub import constants

    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    monkeypatch.setattr(datasets.config, "HF_HUB_OFFLINE", True)
    _no_network(monkeypatch)
    with pytest.raises(DataError, match=r"HF_HUB_OFFLINE is set.*hf download someone/some-set"):
        read("someone/some-set")
