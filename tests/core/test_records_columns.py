"""What is the user's stays the user's: ids, columns, types, vectors."""

from __future__ import annotations

import datetime
import json

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from paser_core.config import DataConfig
from paser_core.errors import DataError
from paser_core.records import read_records
from paser_core.records.columns import sample_ids, user_column
from paser_core.records.source import Source

BASE = {"instruction": "a", "output": "b"}


def read(tmp_path, rows, **settings):
    path = tmp_path / "a.jsonl"
    path.write_text("".join(json.dumps(r) + "\n" for r in rows))
    return read_records(DataConfig(path=str(path)), **settings)


def source(**columns):
    names = list(columns)
    rows = [dict(zip(names, values, strict=True)) for values in zip(*columns.values(), strict=True)]
    return Source.of_rows("here", "", rows)


TYPED = [
    ([1, 2, 3], "int64", [1, 2, 3]),
    ([1, None, 2**60 + 1], "Int64", [1, None, 2**60 + 1]),
    ([1.5, 2, None], "float64", [1.5, 2.0, None]),
    ([True, None, False], "boolean", [True, None, False]),
    (["x", None, "y"], "string", ["x", None, "y"]),
    ([None, None, None], "string", [None, None, None]),
    ([2**70, 1, None], "string", [str(2**70), "1", None]),
    ([1, "x", True], "string", ["1", "x", "true"]),
    ([["a"], {"k": "é"}, None], "string", ['["a"]', '{"k": "é"}', None]),
]


@pytest.mark.parametrize(("values", "dtype", "kept"), TYPED)
def test_columns_keep_their_type_from_json(values, dtype, kept):
    column = user_column(source(c=values), "c")
    assert column.dtype == dtype
    assert [None if pd.isna(v) else v for v in column] == kept


def test_columns_keep_their_type_from_parquet(tmp_path):
    day = datetime.date(2024, 2, 29)
    frame = pd.DataFrame(
        {
            "instruction": ["a", "b"],
            "output": ["c", "d"],
            "n": pd.array([1, None], "Int64"),
            "when": pd.to_datetime(["2024-01-01", "2024-01-02"]),
            "kind": pd.Categorical(["x", "y"]),
            "day": [day, day],
            "tags": [["p", "q"], []],
        }
    )
    frame.to_parquet(tmp_path / "a.parquet")
    kept = read_records(DataConfig(path=str(tmp_path / "a.parquet"))).frame
    assert kept["n"].dtype == "Int64"
    assert kept["n"].tolist()[0] == 1
    assert pd.api.types.is_datetime64_dtype(kept["when"])
    assert kept["kind"].tolist() == ["x", "y"]
    assert kept["day"].tolist() == [day, day]
    assert kept["tags"].tolist() == ['["p", "q"]', "[]"]


def test_columns_with_a_name_of_ours_are_renamed_one_by_one(tmp_path):
    rows = [BASE | {"problem": "mine", "problem_user": "too", "id": "x", "lone\ud800": 1}]
    records = read(tmp_path, rows)
    assert records.frame["problem"].tolist() == [None]
    assert records.frame["problem_user"].tolist() == ["too"]
    assert records.frame["problem_user_user"].tolist() == ["mine"]
    assert set(records.user_columns) == {"problem_user", "problem_user_user", "lone?"}
    assert any("'problem' is kept as 'problem_user_user'" in n.text for n in records.notices)


def test_the_index_of_pandas_is_no_column_of_the_user(tmp_path):
    frame = pd.DataFrame([BASE] * 3, index=[5, 9, 1])
    frame.to_parquet(tmp_path / "a.parquet")
    records = read_records(DataConfig(path=str(tmp_path / "a.parquet")))
    assert records.user_columns == ()
    assert "index of pandas" in records.notices[0].text


def test_ids_are_kept_made_and_stable(tmp_path):
    rows = [BASE | {"id": 7}, BASE, BASE | {"id": "  "}, BASE | {"id": 8.0}]
    assert read(tmp_path, rows).frame["id"].tolist() == ["7", "row-000001", "row-000002", "8"]
    assert read(tmp_path, [BASE] * 2).frame["id"].tolist() == ["row-000000", "row-000001"]


@given(st.lists(st.sampled_from(["a", "b", "a#2", "row-000001", "", None, 1, "1"]), max_size=12))
@settings(max_examples=200, deadline=None)
def test_every_row_has_an_id_of_its_own_and_the_first_holder_keeps_it(values):
    ids, repeats = sample_ids(values)
    assert len(set(ids)) == len(ids)
    seen = set()
    texts = [str(v) for v in values if v not in (None, "")]
    assert repeats == len(texts) - len(set(texts))
    for value, name in zip(values, ids, strict=True):
        text = None if value in (None, "") else str(value)
        if text is not None and text not in seen:
            assert name == text
        seen.add(text)


def test_vectors_of_any_list_type(tmp_path):
    expected = np.arange(12, dtype=np.float32).reshape(4, 3)
    columns = {
        "half": pa.array([list(v) for v in expected.astype(np.float16)], pa.list_(pa.float16())),
        "fixed": pa.FixedSizeListArray.from_arrays(pa.array(expected.ravel()), 3),
        "whole": pa.array(expected.astype(int).tolist(), pa.large_list(pa.int64())),
    }
    texts = {name: pa.array([name] * 4) for name in ("instruction", "output")}
    pa.parquet = __import__("pyarrow.parquet").parquet
    pa.parquet.write_table(pa.table(texts | columns), tmp_path / "a.parquet", row_group_size=3)
    config = DataConfig(path=str(tmp_path / "a.parquet"))
    for name in columns:
        records = read_records(config, vectors_column=name)
        assert records.vectors.dtype == np.float32
        np.testing.assert_array_equal(records.vectors, expected)
        assert name not in records.frame


@pytest.mark.parametrize(
    "vector", [None, [], [1], [1, 2, 3], ["a", "b"], "ab", [[1], [2]], [10**400, 1], [True, False]]
)
def test_a_row_without_a_proper_vector_is_named(tmp_path, vector):
    rows = [BASE | {"v": [1, 2]}, BASE | {"v": vector}]
    with pytest.raises(DataError, match=r"line 2 has no vector of 2 numbers|not all numbers"):
        read(tmp_path, rows, vectors_column="v")


scalars = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5)
nested = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=5,
)


@given(st.lists(scalars | nested, min_size=1, max_size=6))
@settings(max_examples=200, deadline=None)
def test_any_column_can_be_stored(values):
    column = user_column(source(c=values), "c")
    stored = pa.Table.from_pandas(pd.DataFrame({"c": column}))
    assert stored.num_rows == len(values)
    missing = [v is None for v in values]
    assert [bool(pd.isna(v)) for v in column] == [
        m or (isinstance(v, float) and v != v and column.dtype == "float64")
        for m, v in zip(missing, values, strict=True)
    ]
