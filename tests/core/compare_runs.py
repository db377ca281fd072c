"""A run over other data, to compare a run with: the same ids, as numbered rows have, other texts."""

from __future__ import annotations

import json
import shutil
from collections.abc import Collection
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from run_damage import reseal

NO_SUCH_DATA = "3" * 64  # sha256


def make_run_of_other_data(run: Path, target: Path, rows: Collection[int]) -> Path:
    """A copy of ``run`` at ``target`` that comes from other data, where ``rows`` have other responses."""
    shutil.copytree(run, target, ignore=shutil.ignore_patterns("review.sqlite*"))
    samples = pq.read_table(target / "samples.parquet")
    place = samples.schema.get_field_index("output")
    field = samples.schema.field("output")
    texts = [
        f"{text} indeed" if row in rows else text
        for row, text in enumerate(samples["output"].to_pylist())
    ]
    samples = samples.set_column(place, field, pa.array(texts, field.type))
    pq.write_table(samples, target / "samples.parquet")
    manifest = json.loads((target / "manifest.json").read_text())
    manifest["data"]["sha256"] = NO_SUCH_DATA
    manifest["fingerprint"] = "3" * 64
    (target / "manifest.json").write_text(json.dumps(manifest))
    reseal(target)
    return target
