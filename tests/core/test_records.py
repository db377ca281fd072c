"""The door: every shape read, every mistake one sentence, no row lost."""

from __future__ import annotations

import json

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from paser_core.config import DataConfig, FieldMap
from paser_core.errors import DataError
from paser_core.records import LONGEST_TEXT, read_records

ROW = {"instruction": "Add 1 and 2.", "input": "", "output": "3"}


def write(tmp_path, name, content):
    path = tmp_path / name
    if isinstance(content, bytes):
        path.write_bytes(content)
    elif isinstance(content, str):
        path.write_text(content, encoding="utf-8")
    elif name.endswith(".jsonl"):
        path.write_text("".join(json.dumps(r) + "\n" for r in content), encoding="utf-8")
    else:
        path.write_text(json.dumps(content), encoding="utf-8")
    return path


def read(path, **fields):
    return read_records(DataConfig(path=str(path), fields=FieldMap(**fields)))


@pytest.mark.parametrize("name", ["a.json", "a.jsonl", "a.csv", "a.parquet"])
def test_all_file_kinds_give_the_same_table(tmp_path, name):
    rows = [ROW | {"id": "x1", "topic": "sums"}, ROW | {"id": "x2", "topic": 'words, "quoted"'}]
    path = tmp_path / name
    if name.endswith(".csv"):
        pd.DataFrame(rows).to_csv(path, index=False)
    elif name.endswith(".parquet"):
        pd.DataFrame(rows).to_parquet(path)
    else:
        write(tmp_path, name, rows)
    records = read(path)
    assert records.frame["id"].tolist() == ["x1", "x2"]
    assert records.frame["output"].tolist() == ["3", "3"]
    assert records.frame["topic"].tolist() == [r["topic"] for r in rows]
    assert records.user_columns == ("topic",)
    assert records.valid.all()


SHAPES = [
    ROW,
    {"prompt": "Add 1 and 2.", "completion": "3"},
    {"question": "Add 1 and 2.", "answer": "3"},
    {
        "messages": [
            {"role": "user", "content": "Add 1 and 2."},
            {"role": "assistant", "content": "3"},
        ]
    },
    {
        "conversations": [
            {"from": "human", "value": "Add 1 and 2."},
            {"from": "gpt", "value": "3"},
        ]
    },
]


@pytest.mark.parametrize("row", SHAPES)
def test_shapes_are_recognized(tmp_path, row):
    records = read(write(tmp_path, "a.jsonl", [row]))
    assert records.frame["instruction"][0] == "Add 1 and 2."
    assert records.frame["output"][0] == "3"


def test_explicit_mapping_wins(tmp_path):
    path = write(tmp_path, "a.jsonl", [ROW | {"task": "Say hi.", "reply": "hi"}])
    records = read(path, instruction="task", output="reply")
    assert records.frame["instruction"][0] == "Say hi."
    # Columns that were not mapped stay the user's, under names of their own.
    assert "instruction_user" in records.frame


def test_a_long_conversation_keeps_what_was_said_before(tmp_path):
    turns = [
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": "Hi"},
        {"role": "assistant", "content": "Hello"},
        {"role": "user", "content": "Bye"},
        {"role": "assistant", "content": "See you"},
    ]
    records = read(write(tmp_path, "a.jsonl", [{"messages": turns}]))
    whole = records.conversations[0]
    assert list(whole.messages) == turns
    assert whole.answer == 4
    assert records.frame["instruction"][0] == whole.instruction == "Bye"
    assert records.frame["output"][0] == "See you"


FILE_MISTAKES = [
    ("a.jsonl", '{"instruction": "a", "output": "b"}\n{"instruction": ', r"a\.jsonl:2: .*JSON"),
    ("a.json", "[1, 2", "JSON"),
    ("a.json", "[1, 2]", "object"),
    ("a.jsonl", "", "empty"),
    ("a.json", "[]", "no rows"),
    ("a.jsonl", '{"foo": "a", "bar": "b"}\n', "data.fields"),
    ("a.jsonl", b'{"instruction": "\xff", "output": "b"}\n', r":1: .*UTF-8"),
    ("a.csv", "instruction,output\na,b,c\n", r"a\.csv:2: .*3 cells"),
    ("a.csv", "instruction,instruction\na,b\n", "twice"),
    ("a.parquet", b"PAR1 not really", "parquet"),
    ("a.txt", "hello", "accepted"),
]


@pytest.mark.parametrize(("name", "content", "words"), FILE_MISTAKES)
def test_a_mistake_in_the_file_is_one_sentence(tmp_path, name, content, words):
    with pytest.raises(DataError, match=words):
        read(write(tmp_path, name, content))


def test_a_missing_file_names_its_neighbor(tmp_path):
    write(tmp_path, "pool.jsonl", [ROW])
    with pytest.raises(DataError, match=r"pool\.jsonl"):
        read(tmp_path / "pol.jsonl")


def test_a_wrong_mapping_names_the_nearest_column(tmp_path):
    path = write(tmp_path, "a.jsonl", [{"question_text": "a", "reply": "b"}])
    with pytest.raises(DataError, match="Did you mean 'question_text'"):
        read(path, instruction="question_txt", output="reply")


ROW_MISTAKES = [
    ({"output": ""}, "output is empty"),
    ({"output": "  \n"}, "output is empty"),
    ({"output": "\u200b\ufeff \u00ad"}, "output is empty"),
    ({"instruction": "\u2060"}, "instruction is empty"),
    ({"instruction": None}, "instruction is missing"),
    ({"output": {"a": 7}}, "dict, not text"),
    ({"output": float("nan")}, "output is missing"),
    ({"input": ["x"]}, "list, not text"),
    ({"output": "x" * (LONGEST_TEXT + 1)}, "characters"),
]


@pytest.mark.parametrize(("change", "words"), ROW_MISTAKES)
def test_a_mistake_in_a_row_stays_with_the_row(tmp_path, change, words):
    records = read(write(tmp_path, "a.jsonl", [ROW, ROW | change, ROW]))
    assert len(records.frame) == 3
    assert records.valid.tolist() == [True, False, True]
    assert words in records.frame["problem"][1]


def test_a_repeated_id_keeps_both_rows(tmp_path):
    rows = [ROW | {"id": "a"}, ROW | {"id": "b"}, ROW | {"id": "a"}]
    records = read(write(tmp_path, "a.jsonl", rows))
    assert records.frame["id"].is_unique
    assert records.valid.all()
    assert records.frame["id"].tolist() == ["a", "b", "a#2"]
    assert records.frame["id_user"].tolist() == ["a", "b", "a"]  # it may say where a row is from
    (notice,) = [n for n in records.notices if n.code == "data-id-repeats"]
    assert (notice.count, notice.total) == (1, 3)
    assert "'id'" in notice.text


def test_vectors_come_along_or_are_refused(tmp_path):
    path = tmp_path / "a.parquet"
    pd.DataFrame([ROW | {"v": [1.0, 2.0]}, ROW | {"v": [3.0, 4.0]}]).to_parquet(path)
    records = read_records(DataConfig(path=str(path)), vectors_column="v")
    assert records.vectors.tolist() == [[1.0, 2.0], [3.0, 4.0]]
    with pytest.raises(DataError, match="does not exist"):
        read_records(DataConfig(path=str(path)), vectors_column="w")


@given(st.binary(max_size=400), st.sampled_from(["json", "jsonl", "csv", "parquet"]))
@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_any_bytes_give_records_or_a_sentence(tmp_path, content, ending):
    path = tmp_path / f"fuzz.{ending}"
    path.write_bytes(content)
    try:
        records = read(path)
    except DataError as error:
        assert str(error).startswith(str(path))  # noqa: PT017
    else:
        assert len(records.frame) > 0


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=6,
)


@given(
    st.lists(
        st.dictionaries(
            st.sampled_from(["instruction", "input", "output", "id", "messages", "note"]), values
        ),
        min_size=1,
        max_size=8,
    )
)
@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_any_json_rows_are_kept_or_refused_as_a_whole(tmp_path, rows):
    path = write(tmp_path, "fuzz.jsonl", rows)
    try:
        records = read(path)
    except DataError:
        return
    assert len(records.frame) == len(rows)
    assert records.frame["id"].is_unique
    for name in ("instruction", "input", "output"):
        assert all(isinstance(t, str) for t in records.frame[name])
