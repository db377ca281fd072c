"""Engine ray against the local engine, end to end: ``python benchmarks/bench_ray.py``.

Data: real rows and the models of the demo, from the file to the finished run, each in a process of its
own, as `paser run` is. Required: the same run, and divergences within 1e-6. Reported: seconds of each stage
that is shared out and of the whole, with what Ray costs (its start, its workers' imports, its end) or
saves. On a busy machine the seconds say little; the load is printed beside them.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
from shared_data import ROOT, shared

SHARED_OUT = ("embedding", "concepts", "divergence")
WITHIN = 1e-6


def made(engine: str, rows: int, out: Path, workers: str) -> float:
    """Seconds of ``paser run`` with an engine."""
    demo = ROOT / "data" / "demo"
    told = {
        "data.path": shared("instructions.parquet"),
        "data.limit": rows,
        "models.original": demo / "models" / "original",
        "models.compressed": demo / "models" / "compressed",
        "engine.name": engine,
        "engine.workers": workers,
    }
    sets = [word for name, value in told.items() for word in ("--set", f"{name}={value}")]
    command = [sys.executable, "-m", "paser_core.cli", "run", str(demo / "run.yaml")]
    began = time.monotonic()
    subprocess.run([*command, *sets, "--out", str(out)], cwd=ROOT, check=True, capture_output=True)
    return time.monotonic() - began


def main() -> int:
    """Print both; 1 where the runs are not the same."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=5000)
    parser.add_argument("--workers", default="auto")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        outs = {name: Path(folder) / name for name in ("local", "ray")}
        whole = {name: made(name, given.rows, out, given.workers) for name, out in outs.items()}
        manifests = {n: json.loads((out / "manifest.json").read_text()) for n, out in outs.items()}
        tables = [pq.read_table(out / "samples.parquet") for out in outs.values()]
        divergences = [np.load(out / "divergence.npy") for out in outs.values()]
    same = tables[0].drop_columns("divergence").equals(tables[1].drop_columns("divergence"))
    same &= manifests["local"]["fingerprint"] == manifests["ray"]["fingerprint"]
    apart = float(np.nanmax(np.abs(divergences[0] - divergences[1])))
    print(f"{given.rows:,} rows; {os.cpu_count()} processors, load {os.getloadavg()[1]:.1f}")
    print(f"{'':<12}{'local':>9}{'ray':>9}{'ray/local':>11}")
    for stage in (*SHARED_OUT, "whole"):
        seconds = [
            whole[name] if stage == "whole" else manifests[name]["stages"][stage]["seconds"]
            for name in outs
        ]
        print(f"{stage:<12}{seconds[0]:>9.1f}{seconds[1]:>9.1f}{seconds[1] / seconds[0]:>11.2f}")
    print(f"overhead of ray: {whole['ray'] - whole['local']:+.1f} s")
    print(f"same run: {'yes' if same else 'NO'}; divergences apart by {apart:.1e} at most")
    return 0 if same and apart <= WITHIN else 1


if __name__ == "__main__":
    sys.exit(main())
