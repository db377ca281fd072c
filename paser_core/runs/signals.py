"""The damage of every sample, by any signal and aggregate that was measured."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from paser_core.config import Aggregate, SelectionConfig
from paser_core.errors import RunError
from paser_core.runs.schema import Files

if TYPE_CHECKING:
    from paser_core.runs.folder import Run


def column_of(signal: str, aggregate: str) -> str:
    """The column of ``signals.parquet``."""
    return f"{signal}_{aggregate}"


def damage_of(run: Run, knobs: SelectionConfig) -> NDArray[np.float64]:
    """``(n,)`` damage of every sample by the signal, aggregate and temperature of a setting.

    NaN where it was not measured. The temperature has a part in the mean of ``jsd`` only, the paper's
    divergence; everything else is that of T = 1.

    Raises:
        RunError: this run does not have the signal.
    """
    if knobs.tempered or not run.has_models:
        return run.divergence_at(knobs.temperature)
    column = column_of(knobs.signal, knobs.aggregate)
    if column not in measured_columns(run):
        raise RunError(not_measured(run, knobs.signal, knobs.aggregate))
    values = run.files.table(Files.SIGNALS, [column])[column]
    damage: NDArray[np.float64] = values.to_numpy(np.float64, na_value=np.nan)
    return damage


def measured_signals(run: Run) -> tuple[str, ...]:
    """The signals that a run has, the paper's first; none without models."""
    if not run.has_models:
        return ()
    columns = measured_columns(run)
    end = f"_{Aggregate.SUM}"  # every signal has all aggregates
    return ("jsd", *(c.removesuffix(end) for c in columns if c.endswith(end) and c != f"jsd{end}"))


def measured_columns(run: Run) -> tuple[str, ...]:
    """The columns of ``signals.parquet``; none in a run that was made before there were signals."""
    if not any(Files.SIGNALS in stage["files"] for stage in run.manifest["stages"].values()):
        return ()
    return tuple(run.files.columns(Files.SIGNALS))


def not_measured(run: Run, signal: str, aggregate: str) -> str:
    """Why a run does not have a measure of damage, and the command that adds it."""
    what = f"the {aggregate} of {signal}" if signal == "jsd" else f"the signal {signal!r}"
    if measured_columns(run) and signal not in run.config.divergence.signals:
        return (
            f"{run.path}: {what} was not measured in this run. Name it in divergence.signals and start "
            "`paser run` with the same --out again: the models are compared once more, all else stays."
        )
    return (
        f"{run.path}: {what} was not measured in this run, which was made before there were other "
        f"signals than the paper's. Measure it with `paser run CONFIG --out {run.path} --again "
        "divergence`: the models are compared once more, all else stays."
    )
