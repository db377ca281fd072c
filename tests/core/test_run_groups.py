"""Rows that are read by their groups are the rows of the whole file."""

from __future__ import annotations

import json

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from paser_core.errors import RunError
from paser_core.records.texts import Lines
from paser_core.runs import Run
from paser_core.runs.files import RunFiles


@pytest.mark.parametrize("rows_a_group", [1, 7, 64, None])
def test_rows_in_any_order_are_those_of_the_table(finished, tmp_path, rows_a_group):
    table = pq.read_table(finished.path / "samples.parquet")
    pq.write_table(table, tmp_path / "samples.parquet", row_group_size=rows_a_group)
    files = RunFiles(tmp_path, {})
    random = np.random.default_rng(0)
    for size in (0, 1, 5, 200):
        numbers = random.integers(0, len(table), size)
        for columns in (["instruction"], ["id", "concepts", "divergence"]):
            found = files.rows("samples.parquet", columns, numbers)
            assert found.equals(table.select(columns).take(numbers))


def test_a_run_reads_a_row_as_its_table_has_it(finished):
    lazy, whole = Run.open(finished.path), Run.open(finished.path)
    assert len(whole.samples) == lazy.n
    for row in range(lazy.n):
        assert lazy.sample(row) == whole.sample(row)
    assert "samples" not in lazy.__dict__
    assert lazy.ids == whole.ids
    assert lazy.problems == whole.problems


def test_what_was_read_is_not_given_for_a_file_that_was_replaced(finished, tmp_path):
    table = pq.read_table(finished.path / "samples.parquet")
    path = tmp_path / "samples.parquet"
    pq.write_table(table, path)
    files = RunFiles(tmp_path, {})
    numbers = np.array([0])
    before = files.rows("samples.parquet", ["instruction"], numbers)
    other = table.set_column(1, "instruction", pa.array(["other"] * len(table)))
    pq.write_table(other, tmp_path / "new")
    (tmp_path / "new").replace(path)
    after = files.rows("samples.parquet", ["instruction"], numbers)
    assert table.column_names[1] == "instruction"
    assert before != after
    path.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(RunError, match="missing or damaged"):
        files.rows("samples.parquet", ["instruction"], numbers)


def test_a_changed_file_is_noticed_before_a_row_is_given(copy):
    path = copy / "samples.parquet"
    content = bytearray(path.read_bytes())
    content[len(content) // 3] ^= 1
    path.write_bytes(bytes(content))
    with pytest.raises(RunError, match="sha256 differs"):
        Run(copy, json.loads((copy / "manifest.json").read_text())).sample(0)


@pytest.mark.parametrize("lines", [(), ("a",), ("a b", "", "é ß  x"), ("", "")])
def test_lines_are_the_texts_they_were_made_of(lines):
    packed = Lines.of(lines)
    assert Lines.of(packed) is packed
    if any(lines) or len(lines) > 1:
        assert packed == lines
        assert packed[-1] == lines[-1]
        assert packed[:2] == [*lines[:2]]
        assert packed.tally(" ").tolist() == [line.count(" ") for line in lines]
    else:
        assert len(packed) == 0
