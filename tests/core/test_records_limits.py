"""Small files that would exhaust a machine: refused with a sentence, or read in linear time."""

from __future__ import annotations

import datetime
import gzip
import json
import time
from dataclasses import replace

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from rows_to_read import read

from paser_core.config import DataConfig, FieldMap
from paser_core.errors import DataError
from paser_core.records import preview, read_records

ROW = {"instruction": "a", "output": "b"}


def lines(tmp_path, rows):
    path = tmp_path / "a.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def seconds(work):
    start = time.process_time()
    work()
    return time.process_time() - start


def test_one_id_for_all_rows_takes_linear_time(tmp_path):
    path = lines(tmp_path, [ROW | {"id": "x"}] * 20_000)
    records = read(path)
    assert records.valid.all()
    assert records.frame["id"].iloc[-1] == "x#20000"
    assert seconds(lambda: read(path)) < 10  # 40 s when it was quadratic


@pytest.mark.parametrize("kind", ["jsonl", "json", "csv", "parquet"])
def test_thousands_of_columns_are_refused_at_once(tmp_path, kind):
    path = tmp_path / f"a.{kind}"
    if kind == "csv":
        path.write_text(",".join(f"c{i}" for i in range(40_000)) + "\nx\n")
    elif kind == "parquet":
        pq.write_table(pa.table({f"c{i}": [1] for i in range(2_000)}), path)
    elif kind == "json":
        path.write_text(json.dumps([ROW | {f"k{i}": i} for i in range(8_000)]))
    else:
        lines(tmp_path, [ROW | {f"k{i}": i} for i in range(8_000)])
    config = DataConfig(path=str(path))

    def refused():
        with pytest.raises(DataError, match=r"columns.*at most 1,000"):
            read(path)
        if kind in ("csv", "parquet"):
            with pytest.raises(DataError, match="at most 1,000"):
                preview(config)

    assert seconds(refused) < 10


def bomb(path, kind):
    """Some kilobytes that become hundreds of megabytes: one long text, many times."""
    text, n = "x" * 500_000, 600
    if kind == "flat":
        column = pa.array([text] * n)
    elif kind == "numbered":
        column = pa.DictionaryArray.from_arrays(pa.array([0] * n, pa.int32()), pa.array([text]))
    else:
        column = pa.array([[{"role": "user", "content": text}]] * n)
    options = {"use_dictionary": False, "column_encoding": {"q": "DELTA_BYTE_ARRAY"}}
    size = 100 if kind == "groups" else n
    pq.write_table(
        pa.table({"q": column, "answer": ["b"] * n}),
        path,
        row_group_size=size,
        compression="zstd",
        **(options if kind == "delta" else {}),
    )


@pytest.mark.parametrize("kind", ["flat", "numbered", "nested", "groups"])
def test_a_small_parquet_file_cannot_take_the_memory(tmp_path, kind):
    path = tmp_path / "a.parquet"
    bomb(path, kind)
    assert path.stat().st_size < 500_000
    config = DataConfig(path=str(path), fields=FieldMap(instruction="q", output="answer"))
    with pytest.raises(DataError, match=r"more than 256 MB of memory.*data\.limit"):
        read_records(config)
    assert len(preview(config, 5).rows) == 5
    assert len(read_records(replace(config, limit=20)).frame) == 20


def test_a_text_that_repeats_is_no_bomb(tmp_path):
    path = tmp_path / "a.parquet"
    n = 3_000
    table = pa.table({"instruction": ["x" * 20_000] * n, "output": [str(i) for i in range(n)]})
    pq.write_table(table, path, row_group_size=1_000)
    records = read(path)
    assert records.valid.all()
    assert records.frame["output"].tolist() == [str(i) for i in range(n)]


def test_a_packed_file_is_unpacked_no_further_than_text_shrinks(tmp_path):
    path = tmp_path / "a.jsonl.gz"
    path.write_bytes(gzip.compress(b" " * 100_000_000))
    with pytest.raises(DataError, match="unpacked, the file has more than 67,108,864 bytes"):
        read(path)
    path.write_bytes(gzip.compress(b'{"instruction": "a", "output": "b"}\n' * 100)[:-9])
    with pytest.raises(DataError, match=r"not a whole \.gz file"):
        read(path)


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ('{"instruction": "a", "output": ' + "9" * 5000 + "}", "not valid JSON"),
        ('{"instruction": "a", "output": "b", "n": ' + "[" * 500 + "]" * 500 + "}", "too deeply"),
        ('{"instruction": "a", "output": "b", "n": ' + "[" * 90_000, "JSON|too deeply"),
    ],
)
@pytest.mark.parametrize("ending", ["jsonl", "json"])
def test_depths_and_digits_are_a_sentence(tmp_path, row, words, ending):
    path = tmp_path / f"a.{ending}"
    path.write_text(row + "\n")
    with pytest.raises(DataError, match=words) as caught:
        read(path)
    assert len(str(caught.value)) < 1000


def test_a_key_that_stands_twice_is_a_problem_of_its_row(tmp_path):
    path = tmp_path / "a.jsonl"
    twice = '{"instruction": "a", "output": "b", "output": "c"}\n'
    inner = '{"instruction": "a", "output": "b", "note": {"k": 1, "k": 2}}\n'
    path.write_text(json.dumps(ROW) + "\n" + twice + inner)
    records = read(path)
    assert records.valid.tolist() == [True, False, False]
    assert "'output' stands twice" in records.frame["problem"][1]
    assert "'k' stands twice" in records.frame["problem"][2]


def test_dates_that_python_lacks_are_text(tmp_path):
    path = tmp_path / "a.parquet"
    far = pa.array([2**62, 0, None], pa.timestamp("us"))
    table = pa.table(
        {
            "instruction": ["a"] * 3,
            "output": ["b"] * 3,
            "when": far,
            "nested": pa.StructArray.from_arrays([far], ["when"]),
            "day": pa.array([datetime.date(2024, 2, 29)] * 3),
        }
    )
    pq.write_table(table, path)
    records = read(path)
    assert records.valid.all()
    assert len(preview(DataConfig(path=str(path))).rows) == 3
    assert records.frame["when"].isna().tolist() == [False, False, True]
    assert json.loads(records.originals[0])["day"] == "2024-02-29"


def test_messages_of_errors_stay_short(tmp_path):
    name = "n" * 50_000
    path = lines(tmp_path, [{name: "a", f"{name}2": "b"}])
    for fields in (FieldMap(), FieldMap(output="x" * 90_000)):
        with pytest.raises(DataError) as caught:
            read(path, fields=fields)
        assert len(str(caught.value)) < 4000


def test_lines_that_cannot_be_read_are_left_out_on_request(tmp_path):
    path = tmp_path / "a.jsonl"
    good = json.dumps(ROW) + "\n"
    path.write_bytes(good.encode() * 2 + b"{oops\n" + good.encode() + b"[1]\n")
    with pytest.raises(DataError, match=r"a\.jsonl:3: .*data\.on_error: skip"):
        read(path)
    records = read(path, on_error="skip")
    assert len(records.frame) == 3
    (notice,) = [n for n in records.notices if n.code == "data-skipped"]
    assert (notice.count, notice.total) == (2, 5)
    assert "a.jsonl:3" in notice.text
    path.write_text("{oops\n" * 4)
    with pytest.raises(DataError, match="none of 4 lines can be read"):
        read(path, on_error="skip")
    sheet = tmp_path / "a.csv"
    sheet.write_text('instruction,output\na,b\na,b,c\na,"b"c\nd,e\n')
    records = read(sheet, on_error="skip")
    assert records.frame["instruction"].tolist() == ["a", "d"]
