"""Files as people have them: the wrong ending, gaps, odd encodings."""

from __future__ import annotations

import hashlib
import json

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from rows_to_read import LINES, ROWS, outputs, read

from paser_core.config import DataConfig, FieldMap
from paser_core.errors import DataError
from paser_core.records import LONGEST_TEXT, preview


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
        ("a.csv", "instruction;output\na;b;c\n", r"a\.csv:2: .*3 cells, the header has 2"),
        ("a.csv", 'instruction,output\na,"b\nc,d\n', r"a\.csv:2: a quote that is opened"),
        ("a.csv", 'instruction,output\na,"b"c\n', r"a\.csv:2: .*not valid CSV"),
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
