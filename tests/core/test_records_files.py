"""Files as people have them: the wrong ending, gaps, odd encodings, odd places."""

from __future__ import annotations

import hashlib
import json

import datasets
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from paser_core.config import DataConfig, FieldMap
from paser_core.errors import DataError
from paser_core.records import LONGEST_TEXT, preview, read_records

ROWS = [{"instruction": f"Add {i} and 1.", "output": str(i + 1)} for i in range(4)]
LINES = "".join(json.dumps(r) + "\n" for r in ROWS)


def read(path, **settings):
    return read_records(DataConfig(path=str(path), **settings))


def outputs(records):
    return records.frame["output"].tolist()


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("lines_called.json", LINES),
        ("list_called.jsonl", json.dumps(ROWS, indent=1)),
        ("in_an_object.json", json.dumps({"version": "1", "data": ROWS})),
        ("a.ndjson", LINES),
        ("windows.jsonl", LINES.replace("\n", "\r\n")),
        ("gaps.jsonl", "\n" + LINES.replace("\n", "\n\n")),
        ("marked.jsonl", "\ufeff" + LINES),
        ("marked.json", "\ufeff" + json.dumps(ROWS)),
        ("A.JSONL", LINES),
    ],
)
def test_json_is_read_as_what_it_is(tmp_path, name, text):
    path = tmp_path / name
    path.write_bytes(text.encode())
    records = read(path)
    assert outputs(records) == [r["output"] for r in ROWS]
    assert records.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()


_TURNS = [{"role": "user", "content": "Add 1 and 2."}, {"role": "assistant", "content": "3"}]
_SHAREGPT = [{"from": "human", "value": "Add 1 and 2."}, {"from": "gpt", "value": "3"}]
_MAPPED = FieldMap(instruction="q", output="r")


@pytest.mark.parametrize("name", ["a.json", "a.jsonl"])
@pytest.mark.parametrize(
    ("sample", "fields"),
    [
        ({"instruction": "Add 1 and 2.", "output": "3"}, FieldMap()),
        ({"instruction": "Add 1 and 2.", "output": "3", "tags": ["a", "b"]}, FieldMap()),
        ({"instruction": "Add 1 and 2.", "output": "3", "sources": [{"page": 1}]}, FieldMap()),
        ({"q": "Add 1 and 2.", "r": "3", "sources": [{"page": 1}]}, _MAPPED),
        ({"q": "Add 1 and 2.", "r": "3", "tags": ["a"]}, _MAPPED),
        ({"messages": _TURNS}, FieldMap()),
        ({"conversations": _SHAREGPT, "id": 1}, FieldMap()),
        ({"talk": _TURNS}, FieldMap(messages="talk")),
    ],
)
def test_one_object_is_one_sample_whatever_the_ending(tmp_path, name, sample, fields):
    path = tmp_path / name
    path.write_text(json.dumps(sample))
    records = read(path, fields=fields)
    assert records.frame["instruction"].tolist() == ["Add 1 and 2."]
    assert outputs(records) == ["3"]
    assert records.valid.all()
    (shown,) = preview(DataConfig(path=str(path), fields=fields)).samples
    assert shown["output"] == "3"


@pytest.mark.parametrize(
    "wrapped",
    [
        {"version": "1", "data": ROWS},
        {"prompt": "v2", "output": ROWS},
        {"conversations": [{"id": i, "conversations": _SHAREGPT} for i in range(4)]},
        {"messages": [{"messages": _TURNS}] * 4},
    ],
)
def test_a_list_in_an_object_is_the_samples(tmp_path, wrapped):
    path = tmp_path / "a.json"
    path.write_text(json.dumps(wrapped))
    records = read(path)
    assert len(records.frame) == 4
    assert records.valid.all()


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("a.json", '[{"instruction": "a",}]', r"a\.json:1: .*column"),
        ("a.json", '{"instruction": "a"}', "fit no known shape.*Columns: instruction"),
        ("a.json", '{"data": [{"instruction": "a", "output": "b"}, 7]}', "entry 2 is a int"),
        ("a.json", '{"a": [], "b": []}', "2 lists"),
        ("a.json", "7", "a int"),
        ("a.json", '{"instruction": "a"}\n{"instruction": \n', r"a\.json:2: "),
        ("a.jsonl", "[]", "no rows"),
        ("a.jsonl", '{"a": 1}\n[1]\n', r"a\.jsonl:2: this line is a list"),
        ("a.jsonl", "\n\n  \n", "empty"),
        ("a.jsonl", "[" * 100_000, "nested too deeply"),
        ("a.jsonl", '{"a": ' + "9" * 5000 + "}", "not valid JSON"),
        ("a.csv", "instruction;output\na;b\n", "separated by commas"),
        ("a.csv", "instruction;output\na;b,c\n", "separated by commas"),
        ("a.csv", 'instruction,output\na,"b\n', r"not valid CSV"),
        ("a.csv", "instruction,output\n", "no rows"),
    ],
)
def test_a_broken_file_says_where(tmp_path, name, text, words):
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    with pytest.raises(DataError, match=words) as caught:
        read(path)
    assert str(path) in str(caught.value)


def test_the_byte_that_is_not_utf8_is_named(tmp_path):
    path = tmp_path / "a.jsonl"
    path.write_bytes(LINES.encode() + b'{"instruction": "caf\xe9"}\n')
    place = path.read_bytes().index(b"\xe9")
    with pytest.raises(DataError, match=rf"a\.jsonl:5: .*byte {place},"):
        read(path)


def test_csv_cells_are_text_and_missing_ones_are_missing(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text('instruction,output,code\n"one\ntwo",3,007\nx\ny,z\n', encoding="utf-8")
    records = read(path)
    assert records.frame["instruction"].tolist() == ["one\ntwo", "x", "y"]
    assert records.frame["code"].tolist()[0] == "007"
    assert records.frame["code"].isna().tolist() == [False, True, True]
    # the quoted cell holds a line break, so the second row is on the fourth line
    assert records.frame["problem"].tolist() == [None, "The output is missing (line 4).", None]


def test_a_limit_reads_only_the_first_rows(tmp_path):
    path = tmp_path / "a.jsonl"
    path.write_text(LINES + "not JSON\n")
    assert len(read(path, limit=3).frame) == 3
    with pytest.raises(DataError, match=":5: "):
        read(path)
    pd.DataFrame(ROWS).to_parquet(tmp_path / "a.parquet", row_group_size=2)
    assert outputs(read(tmp_path / "a.parquet", limit=3)) == ["1", "2", "3"]
    assert len(preview(DataConfig(path=str(tmp_path / "a.parquet")), rows=3).rows) == 3


def test_parquet_with_text_that_is_not_text_is_refused(tmp_path):
    raw = pa.array([b"caf\xe9", b"b"], pa.binary())
    broken = pa.Array.from_buffers(pa.string(), 2, raw.buffers())
    table = pa.table({"instruction": broken, "output": pa.array(["a", "b"])})
    pq.write_table(table, tmp_path / "a.parquet")
    with pytest.raises(DataError, match=r"(?i)utf"):
        read(tmp_path / "a.parquet")


def test_parquet_columns_of_one_name_are_refused(tmp_path):
    column = pa.array(["a"])
    table = pa.Table.from_arrays([column, column, column], ["instruction", "output", "output"])
    pq.write_table(table, tmp_path / "a.parquet")
    with pytest.raises(DataError, match="'output' appears twice"):
        read(tmp_path / "a.parquet")


def test_a_megabyte_is_accepted_and_more_is_a_problem(tmp_path):
    path = tmp_path / "a.jsonl"
    rows = [ROWS[0], ROWS[0] | {"input": "x" * LONGEST_TEXT}, ROWS[0] | {"output": "x" * 2_000_000}]
    path.write_text("".join(json.dumps(r) + "\n" for r in rows))
    records = read(path)
    assert records.valid.tolist() == [True, True, False]
    assert len(records.frame["input"][1]) == LONGEST_TEXT
    assert "2,000,000 characters" in records.frame["problem"][2]


@pytest.mark.parametrize("text", ["a\\u0000b", "a\\ud83d"])
def test_characters_that_no_file_holds_are_a_problem(tmp_path, text):
    path = tmp_path / "a.jsonl"
    path.write_text(LINES + f'{{"instruction": "{text}", "output": "b"}}\n')
    records = read(path)
    assert "not valid text" in records.frame["problem"][4]
    assert "\x00" not in records.frame["instruction"][4].encode("utf-8").decode()


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
