"""What the runs of a study say was damaged, by the capabilities that its tasks measure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from paser_core.config import Aggregate, SelectionConfig
from paser_core.runs import Run, read_manifest
from paser_core.runs.signals import damage_of, measured_signals
from paser_core.workspace import paths
from paser_core.workspace.checkpoints import MANIFEST, State

CAPABILITY = "capability"  # the user's column that says what a sample asks for

_SCHEMA = pa.schema(
    [("compression", pa.string()), ("capability", pa.string()), ("signal", pa.string()),
     ("aggregate", pa.string()), ("damage", pa.float64()), ("samples", pa.int64())]
)  # fmt: skip


def damage_table(runs: Mapping[str, Path]) -> pa.Table:
    """Mean damage of the measured samples of every capability, by every signal and aggregate.

    A pool says by its column ``capability`` what a sample asks for; without it the table is empty, as
    damage can then not be laid beside what a task has measured of a capability.

    Args:
        runs: run folders by compression; those that are not there, or not finished, are left out.
    """
    rows = [
        row
        for name, folder in runs.items()
        if paths.is_file(folder / MANIFEST) and read_manifest(folder)["state"] == State.DONE
        for row in _rows(name, Run.open(folder))
    ]
    return pa.Table.from_pylist(rows, _SCHEMA)


def _rows(compression: str, run: Run) -> Iterator[dict[str, Any]]:
    if not run.has_models or CAPABILITY not in run.user_columns:
        return
    column = run.samples[CAPABILITY].to_numpy()
    for signal in measured_signals(run):
        for aggregate in Aggregate:
            damage = damage_of(run, SelectionConfig(signal=signal, aggregate=aggregate))
            for name in sorted({str(one) for one in column if isinstance(one, str)}):
                known = damage[(column == name) & np.isfinite(damage) & run.valid]
                yield {
                    "compression": compression,
                    "capability": name,
                    "signal": signal,
                    "aggregate": str(aggregate),
                    "damage": float(known.mean()) if len(known) else None,
                    "samples": len(known),
                }
