"""A second run to compare the demo with: the same samples but for a few, in other clusters."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from run_damage import reseal

RENAMED = 40  # samples that only the second run has


def make_second_run(demo: Path, target: Path) -> Path:
    """A copy of ``demo`` at ``target``: its clusters numbered backwards, its first samples renamed."""
    shutil.copytree(demo, target, ignore=shutil.ignore_patterns("review.sqlite*"))
    samples = pq.read_table(target / "samples.parquet")
    clusters = pq.read_table(target / "clusters.parquet")
    k = len(clusters)
    labels = np.array(samples["cluster"].to_pylist())
    ids = [f"second-{i}" if row < RENAMED else i for row, i in enumerate(samples["id"].to_pylist())]
    backwards = np.where(labels >= 0, k - 1 - labels, -1)
    samples = _with(_with(samples, "id", ids), "cluster", backwards.tolist())
    clusters = _with(clusters.take(np.arange(k)[::-1]), "cluster", list(range(k)))
    pq.write_table(samples, target / "samples.parquet")
    pq.write_table(clusters, target / "clusters.parquet")
    manifest = json.loads((target / "manifest.json").read_text())
    manifest["fingerprint"] = "2" * 64
    (target / "manifest.json").write_text(json.dumps(manifest))
    reseal(target)
    return target


def _with(table: pa.Table, name: str, values: list) -> pa.Table:
    place = table.schema.get_field_index(name)
    column = pa.array(values, table.schema.field(name).type)
    return table.set_column(place, table.schema.field(name), column)
