"""Folders of data: every row of every data file, and the rest is named."""

from __future__ import annotations

import json

import datasets
import pandas as pd
import pytest
from rows_to_read import read

from paser_core.errors import DataError


def rows(n, start=0):
    return [{"instruction": f"q{i}", "output": f"a{i}"} for i in range(start, start + n)]


def write(folder, name, content):
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    if name.endswith(".csv"):
        pd.DataFrame(content).to_csv(path, index=False)
    elif name.endswith(".parquet"):
        pd.DataFrame(content).to_parquet(path)
    else:
        path.write_text("".join(json.dumps(row) + "\n" for row in content))


def unread(records):
    return [n.text for n in records.notices if n.code == "data-files-unread"]


@pytest.mark.parametrize(
    ("files", "n"),
    [
        ({"a.jsonl": 100, "b.csv": 5, "c.csv": 5}, 110),
        ({"train.jsonl": 6, "my-test-set.jsonl": 5}, 11),
        ({"testimony.jsonl": 4, "validated.csv": 3, "train.parquet": 2}, 9),
        ({"x/a.parquet": 3, "y/a.parquet": 4}, 7),
        ({"data/train-00000-of-00002.parquet": 3, "data/train-00001-of-00002.parquet": 4}, 7),
    ],
)
def test_rows_in_are_rows_out(tmp_path, files, n):
    start = 0
    for name, count in files.items():
        write(tmp_path, name, rows(count, start))
        start += count
    records = read(tmp_path)
    assert sorted(records.frame["output"]) == sorted(f"a{i}" for i in range(n))
    assert records.valid.all()
    assert unread(records) == []
    assert len(read(tmp_path, limit=2).frame) == 2


def test_what_is_no_data_is_named(tmp_path):
    write(tmp_path, "a.jsonl", rows(6))
    write(tmp_path, "b.jsonl.bak", rows(5))
    (tmp_path / "README.md").write_text("About.")
    records = read(tmp_path)
    assert len(records.frame) == 6
    (text,) = unread(records)
    assert "'b.jsonl.bak'" in text


def test_other_splits_wait_for_data_split(tmp_path):
    write(tmp_path, "train.jsonl", rows(4))
    write(tmp_path, "test.jsonl", rows(3, 4))
    write(tmp_path, "extra.jsonl", rows(2, 7))
    records = read(tmp_path)
    assert len(records.frame) == 6
    (text,) = unread(records)
    assert "'test.jsonl'" in text
    assert "data.split: all" in text
    assert len(read(tmp_path, split="test").frame) == 5
    assert len(read(tmp_path, split="all").frame) == 9


@pytest.mark.parametrize("named", ["../secret.jsonl", "/etc/*.jsonl", "https://a.b/c.jsonl"])
def test_a_card_names_nothing_outside_its_folder(tmp_path, named):
    folder = tmp_path / "set"
    write(tmp_path, "secret.jsonl", rows(3))
    write(folder, "a.jsonl", rows(3))
    card = f"---\nconfigs:\n- config_name: default\n  data_files: {named}\n---\n"
    (folder / "README.md").write_text(card)
    with pytest.raises(DataError, match="not in this folder"):
        read(folder)


def test_a_saved_data_set_names_nothing_outside_its_folder(tmp_path):
    datasets.Dataset.from_list(rows(3)).save_to_disk(tmp_path / "set")
    state = tmp_path / "set" / "state.json"
    tree = json.loads(state.read_text())
    tree["_data_files"][0]["filename"] = "../other/data.arrow"
    state.write_text(json.dumps(tree))
    with pytest.raises(DataError, match="not in this folder"):
        read(tmp_path / "set")


def test_class_labels_are_read_by_their_names(tmp_path):
    kinds = datasets.ClassLabel(names=["no", "yes"])
    features = datasets.Features({"question": datasets.Value("string"), "answer": kinds})
    data = {"question": ["a", "b", "c"], "answer": [1, 0, 1]}
    made = datasets.Dataset.from_dict(data, features=features)
    made.save_to_disk(tmp_path / "set")
    made.to_parquet(tmp_path / "a.parquet")
    for place in (tmp_path / "set", tmp_path / "a.parquet"):
        assert read(place).frame["output"].tolist() == ["yes", "no", "yes"]


def test_class_labels_of_a_column_of_the_user_have_names_and_none_where_there_is_none(tmp_path):
    kinds = datasets.ClassLabel(names=["no", "yes"])
    text = datasets.Value("string")
    features = datasets.Features({"question": text, "answer": kinds, "topic": kinds})
    data = {"question": ["a", "b", "c"], "answer": [1, -1, None], "topic": [0, 1, -1]}
    datasets.Dataset.from_dict(data, features=features).to_parquet(tmp_path / "a.parquet")
    records = read(tmp_path / "a.parquet")
    assert records.frame["topic"].tolist()[:2] == ["no", "yes"]
    assert records.frame["topic"].isna().tolist() == [False, False, True]
    assert ["missing" in str(p) for p in records.frame["problem"]] == [False, True, True]


def test_a_broken_file_of_a_folder_is_named(tmp_path):
    write(tmp_path, "a.jsonl", rows(3))
    (tmp_path / "b.jsonl").write_text("{oops\n")
    with pytest.raises(DataError, match=r"b\.jsonl:1"):
        read(tmp_path)
