"""The demo run with hardly a valid sample in some clusters, as when most responses are too long."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pandas as pd
from run_damage import reseal

DEMO = Path(__file__).parents[2] / "data" / "demo" / "run"


def with_few_valid(target: Path, keep: Mapping[int, int]) -> Path:
    """A copy of the demo at ``target``; ``keep`` says how many samples of a cluster stay valid."""
    shutil.copytree(DEMO, target, ignore=shutil.ignore_patterns("review.sqlite*"))
    samples = pd.read_parquet(target / "samples.parquet")
    for cluster, number in keep.items():
        rows = np.flatnonzero((samples["cluster"] == cluster) & samples["problem"].isna())
        samples.loc[rows[number:], "problem"] = "the prompt alone is longer than the limit"
    samples.to_parquet(target / "samples.parquet", index=False)
    reseal(target)
    return target
