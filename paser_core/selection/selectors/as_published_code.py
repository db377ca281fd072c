"""The authors' published script, which is not their paper: for those who want to reproduce it.

Its clusters (:mod:`paser_core.stages.published`), a divergence that is summed and in nats, a cost of
(instruction tokens + output *characters*) squared, cluster after cluster, shares rounded down. One thing
is reduced: the script sums the divergence over the tokens of the *instruction*, which no run measures.
Here it is summed over those of the response; in another signal than the divergence there is no such
sum, and it refuses. Who has the script's own numbers brings them as a column
``instruction_divergence`` of the pool (nats, summed), and they are used instead.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from paser_core.config import AllocationRule, Order, SelectionConfig
from paser_core.errors import SelectionError
from paser_core.selection.kept import kept_array
from paser_core.selection.model import Candidates, Clusters
from paser_core.selection.selector import Selector
from paser_core.stages.published import CLUSTERS, published_clusters
from paser_core.stages.scoring import cluster_means

COLUMN = "instruction_divergence"


def summed_divergence(pool: Candidates) -> NDArray[np.float64]:
    """``(n,)`` nats over all tokens of a sample: the user's column, else over the response.

    Raises:
        SelectionError: the column does not have a number, from 0 on, for each sample that is measured;
            or there is none, and damage is not the mean divergence.
    """
    samples = pool.samples
    if COLUMN not in samples:
        if not pool.measure.tempered:
            raise SelectionError(
                "as-published-code sums the Jensen–Shannon divergence, as the authors' script does; damage "
                f"is set to the {pool.measure.aggregate} of {pool.measure.signal}. Choose the mean of jsd, "
                "or another selector."
            )
        tokens = samples["response_tokens"].to_numpy(np.float64, na_value=np.nan)
        nats: NDArray[np.float64] = pool.divergence * tokens * np.log(2.0)
        return nats
    try:
        brought = samples[COLUMN].to_numpy(np.float64, na_value=np.nan)
    except (TypeError, ValueError):
        brought = np.full(pool.n, np.nan)
    missing = int((~(brought[pool.usable] >= 0)).sum())
    if missing:
        raise SelectionError(
            f"The column {COLUMN} of the pool does not have a number, 0 or more, for {missing:,} of the "
            "samples; as-published-code ranks by it. Fill it in, or leave the column out."
        )
    return brought


def _clusters(pool: Candidates, _: SelectionConfig) -> Clusters:
    usable = np.flatnonzero(pool.usable)

    def grouped() -> NDArray[np.int32]:
        labels = np.full(pool.n, -1, np.int32)
        labels[usable] = published_clusters(pool.vectors[usable])
        return labels

    run = pool.run
    labels = grouped() if run is None else kept_array(run, "clusters", "as-published-code", grouped)
    return Clusters(labels, CLUSTERS)


def _efficiency(pool: Candidates, _: np.random.Generator) -> NDArray[np.float64]:
    """``(n,)`` divergence over the logarithm of the script's cost."""
    asked = pool.samples["prompt_tokens"].to_numpy(np.float64, na_value=0.0)
    written = np.array([len(text) for text in pool.samples["output"]], np.float64)
    scores: NDArray[np.float64] = summed_divergence(pool) / (
        2.0 * np.log(np.maximum(asked + written, 2.0))
    )
    return scores


def _damage(pool: Candidates) -> NDArray[np.float64]:
    """``(K,)`` mean of the summed divergence; NaN for a cluster without a sample."""
    means, _ = cluster_means(summed_divergence(pool), pool.labels, pool.n_clusters, pool.valid)
    return means


SELECTOR = Selector(
    "As in the authors' published code",
    _efficiency,
    _damage,
    graph=True,
    clusters=_clusters,
    allocation=AllocationRule.PAPER,
    order=Order.CLUSTERWISE,
    meaning="summed divergence in nats over the logarithm of (prompt tokens + output characters) squared",
)
