"""The same shade is the same damage, in every sample of a run."""

from __future__ import annotations

import json
import shutil

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from paser_core.runs import Run, token_scale
from paser_core.runs.files import RunFiles
from paser_core.workspace.files import digest_of_file


def rewritten(run, change):
    table = pq.read_table(run.path / "tokens.parquet")
    bits = [change(np.array(row, np.float32)).tolist() for row in table["divergence"].to_pylist()]
    at = table.column_names.index("divergence")
    table = table.set_column(at, "divergence", pa.array(bits, pa.list_(pa.float32())))
    pq.write_table(table, run.path / "tokens.parquet")
    manifest = run.path / "manifest.json"
    tree = json.loads(manifest.read_text())
    tree["files"]["tokens.parquet"] = digest_of_file(run.path / "tokens.parquet")
    manifest.write_text(json.dumps(tree))
    return Run.open(run.path)


@pytest.mark.parametrize(("value", "end"), [(0.001, 0.05), (0.304, 0.31), (1.0, 1.0)])
def test_the_scale_ends_at_what_nearly_all_tokens_stay_below(finished, tmp_path, value, end):
    shutil.copytree(finished.path, tmp_path / "run")
    run = rewritten(Run.open(tmp_path / "run"), lambda bits: np.full_like(bits, value))
    assert token_scale(run) == pytest.approx(end)


def test_what_was_not_measured_does_not_count(finished, tmp_path):
    shutil.copytree(finished.path, tmp_path / "run")
    run = rewritten(Run.open(tmp_path / "run"), lambda bits: np.full_like(bits, np.nan))
    assert token_scale(run) == pytest.approx(0.05)


def test_of_many_groups_some_at_even_distances_tell(finished, tmp_path):
    table = pq.read_table(finished.path / "tokens.parquet").take([k % 3 for k in range(10)])
    pq.write_table(table, tmp_path / "tokens.parquet", row_group_size=2)
    read = RunFiles(tmp_path, {}).parts_of
    assert read("tokens.parquet", "divergence", 9).equals(table["divergence"])
    some = table["divergence"].take([0, 1, 4, 5, 8, 9])
    assert read("tokens.parquet", "divergence", 3).to_pylist() == some.to_pylist()
