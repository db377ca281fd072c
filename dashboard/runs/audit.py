"""The audit of the clusters for the pages: what takes time is made once for all sessions."""

from __future__ import annotations

import numpy as np
import pandas as pd

from dashboard import labels
from dashboard.runs.opening import remembered
from dashboard.runs.selections import measured, scores_of
from paser_core.config import SelectionConfig
from paser_core.explain import audit, composition
from paser_core.explain.audit import Standing, share_of_budget
from paser_core.explain.composition import Composed
from paser_core.explain.signals import Standings, standings, usual_measures
from paser_core.runs import Run
from paser_core.selection import Selection
from paser_core.stages.mixture import Mixture

repeated = remembered(8)(audit.repeated)
representatives_of = remembered(256)(audit.representatives_of)
tallies = remembered(8)(composition.tallies)


@remembered(24)
def standing(run: Run, by: SelectionConfig) -> Standing:
    """How the clusters stand by one measure of damage."""
    return audit.standing(run, scores_of(run, by) if run.has_models else None)


@remembered(12)
def standings_of(run: Run, by: SelectionConfig) -> Standings:
    """The clusters by the measure shown and by others."""
    return standings(run, usual_measures(run, by))


@remembered(24)
def mixtures_of(run: Run, by: SelectionConfig) -> tuple[Mixture, ...]:
    """What the clusters are made of by one measure of damage; without models only their places."""
    return audit.mixtures_of(run, measured(run, by)[0])


@remembered(128)
def composition_of(run: Run, column: str, cluster: int, by: SelectionConfig) -> list[Composed]:
    """The values that a cluster has in one of the user's columns, most frequent first."""
    tally = next(t for t in tallies(run) if t.column == column)
    return composition.composition(run, tally, cluster, measured(run, by)[0])


def cluster_frame(
    run: Run, found: Standing, names: tuple[str, ...], selection: Selection | None
) -> pd.DataFrame:
    """One line per cluster, in the order of ``found``."""
    frame = pd.DataFrame({"name": list(names), "size": found.sizes})
    if run.has_models:
        frame["measured"] = found.measured
        frame["cds"] = found.cds
        frame["interval"] = [
            interval(a, b) + (" (few samples)" if few else "")
            for a, b, few in zip(found.low, found.high, found.few, strict=True)
        ]
        frame["overlaps"] = found.overlaps.sum(axis=1)
    if selection is not None:
        frame["share"] = 100 * share_of_budget(selection)
        frame["selected"] = selection.accepted
        frame["rejected"] = selection.rejected
    frame["membership"] = found.membership
    if run.stability is not None:
        frame["stability"] = run.stability_per_cluster
    best = tallies(run)[:1]
    if best:
        tops = [best[0].mostly(k) for k in range(run.n_clusters)]
        frame["mostly"] = [f"{labels.excerpt(v, 40)} {labels.share(share)}" for v, share in tops]
    frame["keywords"] = [list(k) for k in run.clusters["keywords"]]
    return frame.iloc[found.order]


def interval(low: float, high: float) -> str:
    """An interval in words; a dash where there is none."""
    return "–" if np.isnan(low) else f"{labels.score(low)}–{labels.score(high)}"
