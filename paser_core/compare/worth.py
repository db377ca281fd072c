"""What a selection is worth, measured with one run: damage covered, length, agreement of concepts."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from paser_core.config import SelectionConfig
from paser_core.runs import Run
from paser_core.runs.signals import damage_of
from paser_core.selection.covered import coverable
from paser_core.selection.passes import run_pass
from paser_core.stages.concepts import ConceptTable


@dataclass(frozen=True)
class Worth:
    """Sums and means over selected samples. Means and shares are NaN where there is nothing to divide."""

    n: int  # samples
    divergence: float  # mean damage
    covered: float  # share of all measured damage
    response_tokens: float  # mean
    tokens: int  # prompt and response, of all
    clusters: int  # clusters that gave a sample
    consistent: float  # share that the concept graph lets through, in this order


def worth(
    run: Run, rows: NDArray[np.int64], knobs: SelectionConfig, concepts: ConceptTable
) -> Worth:
    """What ``rows`` of a run with models, in their order, are worth by one measure of damage.

    Two selections are comparable if one run measured both: by its models, its clusters, its concepts.

    Args:
        run: a run with models.
        rows: row numbers in order of acceptance; those not measured count as samples only.
        knobs: signal, aggregate and temperature count.
        concepts: of all samples of the run, ``n`` rows, as the knobs leave them.
    """
    divergence = damage_of(run, knobs)
    usable = run.valid & (run.labels >= 0) & np.isfinite(divergence)
    taken = rows[usable[rows]]
    harm = coverable(divergence, run.labels, run.valid)
    total = float(harm.sum())
    responses = run.columns("response_tokens")["response_tokens"].to_numpy(
        np.float64, na_value=np.nan
    )
    return Worth(
        n=len(rows),
        divergence=_mean(divergence[taken]),
        covered=float(harm[rows].sum()) / total if total else float("nan"),
        response_tokens=_mean(responses[taken]),
        tokens=int(run.tokens[rows].sum()),
        clusters=len(np.unique(run.labels[taken])),
        consistent=_mean(consistent(concepts, rows)),
    )


def consistent(concepts: ConceptTable, rows: NDArray[np.int64]) -> NDArray[np.bool_]:
    """``(len(rows),)``: which samples the concept graph lets through, offered in this order.

    What it rejects does not enter the graph, so it cannot reject others.
    """
    rank, _ = run_pass(
        rows.astype(np.int64),
        np.array([0, len(rows)], np.int64),
        np.ones(1),
        np.array([len(rows)], np.int64),
        np.zeros(0, np.int64),
        np.zeros(concepts.n, np.int32),
        concepts.indptr,
        concepts.ids,
        len(concepts.vocabulary),
        False,
    )
    passed: NDArray[np.bool_] = rank[rows] > 0
    return passed


def _mean(values: NDArray[np.float64] | NDArray[np.bool_]) -> float:
    return float(np.mean(values)) if len(values) else float("nan")
