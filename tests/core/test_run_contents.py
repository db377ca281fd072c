"""Files of a run that are whole, and hold what no run has: refused by a sentence where no hash tells."""

from __future__ import annotations

import io
import json
import zipfile

import numpy as np
import pyarrow.parquet as pq
import pytest
from run_damage import first_schema

from paser_core.errors import RunError, SchemaError
from paser_core.runs import Run


def test_a_row_or_a_temperature_short_is_refused(copy):
    first_schema(copy)  # where no hash tells
    (copy / "whole").mkdir()
    for name in ("samples.parquet", "tokens.parquet", "clusters.parquet"):
        table = pq.read_table(copy / name)
        (copy / "whole" / name).write_bytes((copy / name).read_bytes())
        pq.write_table(table.slice(0, table.num_rows - 1), copy / name)
        with pytest.raises(RunError, match=r"length|dimension") as caught:
            Run.open(copy)
        assert "\n" not in str(caught.value)
        (copy / name).write_bytes((copy / "whole" / name).read_bytes())
    manifest = json.loads((copy / "manifest.json").read_text())
    manifest["temperatures"].pop()
    (copy / "manifest.json").write_text(json.dumps(manifest))
    with pytest.raises(SchemaError, match="temperatures"):
        Run.open(copy)


WRONG_ARRAYS = {
    "divergence.npy": [
        lambda a: a[:-1],
        lambda a: a[:, :-1],
        lambda a: a.astype(np.int32),
        lambda a: a.ravel(),
        lambda a: a + 2,
        lambda a: a - 1,
    ],
    "embeddings.npy": [lambda a: a[1:], lambda a: a * np.nan, lambda a: a.astype("U4")],
}


@pytest.mark.parametrize(
    ("name", "number"), [(name, i) for name, all_ in WRONG_ARRAYS.items() for i in range(len(all_))]
)
def test_arrays_of_another_shape_type_or_range_are_refused(copy, name, number):
    first_schema(copy)
    np.save(copy / name, WRONG_ARRAYS[name][number](np.load(copy / name)))
    with pytest.raises(RunError, match=name):
        Run.open(copy).check_content()


@pytest.mark.parametrize(
    ("name", "array", "change"),
    [
        ("clustering.npz", "labels", lambda a: a + 1),
        ("clustering.npz", "labels", lambda a: a - 1),
        ("clustering.npz", "memberships", lambda a: a[:, :-1]),
        ("clustering.npz", "memberships", lambda a: a * 9),
        ("clustering.npz", "k", lambda a: a[:-1]),
        ("manifold.npz", "rows", lambda a: a + 1),
        ("manifold.npz", "rows", lambda a: a[::-1]),
        ("manifold.npz", "coordinates", lambda a: a * np.inf),
        ("layout.npz", "flat", lambda a: np.hstack([a, a])),
        ("concepts.npz", "indptr", lambda a: a[::-1].copy()),
        ("concepts.npz", "ids", lambda a: a + 10_000),
        ("concepts.npz", "vocabulary", lambda a: a + 128),
    ],
)
def test_arrays_in_an_archive_likewise(copy, name, array, change):
    first_schema(copy)
    with np.load(copy / name) as file:
        arrays = {key: file[key] for key in file.files}
    arrays[array] = change(arrays[array])
    np.savez(copy / name, **arrays)
    with pytest.raises(RunError, match=name):
        Run.open(copy).check_content()


def test_an_archive_that_would_grow_in_memory_is_refused(copy):
    first_schema(copy)
    with zipfile.ZipFile(copy / "layout.npz", "w", zipfile.ZIP_DEFLATED) as archive:
        for name in ("flat", "deep"):
            buffer = io.BytesIO()
            np.save(buffer, np.zeros((9, 2 if name == "flat" else 3)))
            archive.writestr(f"{name}.npy", buffer.getvalue())
    with pytest.raises(RunError, match="compressed"):
        Run.open(copy)
