"""The data behind the figures as tables: what is drawn, unrounded, with units in the heads."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

if TYPE_CHECKING:
    from dashboard.charts.bars import ClusterBars
    from dashboard.charts.clusters import DamageBars
    from dashboard.charts.clusters_k import PerK
    from dashboard.charts.clusters_within import DivergenceBins, MembershipBins
    from dashboard.charts.compare import ShiftRows
    from dashboard.charts.study import Points
    from paser_core.compare import OverTemperature
    from paser_core.selection.curves import MarginalCurve


def budget_data(bars: ClusterBars) -> pd.DataFrame:
    """A line for every cluster: its damage and what the budget buys of it."""
    frame = pd.DataFrame(
        {
            "Cluster": bars.names,
            bars.title: bars.cds,
            "95 % interval, low": bars.low,
            "95 % interval, high": bars.high,
            "Measured samples": bars.sizes,
            "Selected samples": bars.accepted,
        }
    )
    if bars.allocated is not None:
        frame.insert(5, "Seats", bars.allocated)
    return frame


def damage_data(bars: DamageBars) -> pd.DataFrame:
    """A line for every cluster: its damage, its size, its share of the budget."""
    return pd.DataFrame(
        {
            "Cluster": bars.names,
            "Samples": bars.sizes,
            "Measured samples": bars.measured_sizes,
            bars.title: bars.cds,
            "95 % interval, low": bars.low,
            "95 % interval, high": bars.high,
            "Too few to trust": bars.few,
            "Share of the budget (%)": 100 * bars.share,
        }
    )


def per_k_data(curve: PerK) -> pd.DataFrame:
    """A line for every number of clusters that was tried."""
    return pd.DataFrame(
        {
            "Clusters": curve.k,
            curve.criterion: curve.score,
            "Factorization error": curve.error,
            "Taken": curve.k == curve.chosen,
        }
    )


def spectrum_data(eigenvalues: NDArray[np.float64], weights: NDArray[np.float64]) -> pd.DataFrame:
    """A line for every coordinate of the manifold."""
    number = np.arange(1, len(eigenvalues) + 1)
    return pd.DataFrame({"Coordinate": number, "Eigenvalue": eigenvalues, "Weight": weights})


def divergence_data(bins: DivergenceBins) -> pd.DataFrame:
    """A line for every bar: of the cluster's samples, and of all."""
    return pd.DataFrame(
        {
            f"{bins.title} from": bins.edges[:-1],
            f"{bins.title} to": bins.edges[1:],
            "Samples of the cluster (%)": 100 * bins.own,
            "All samples (%)": 100 * bins.all,
        }
    )


def membership_data(bins: MembershipBins) -> pd.DataFrame:
    """A line for every bar."""
    ends = {"Membership from": bins.edges[:-1], "Membership to": bins.edges[1:]}
    return pd.DataFrame({**ends, "Samples": bins.counts})


def lengths_data(edges: NDArray[np.float64], counts: NDArray[np.int64]) -> pd.DataFrame:
    """A line for every bar of prompts' lengths."""
    return pd.DataFrame({"Tokens from": edges[:-1], "Tokens to": edges[1:], "Samples": counts})


def marginal_data(curves: Sequence[MarginalCurve], names: Sequence[str]) -> pd.DataFrame:
    """A line for every drawn point of every cluster."""
    frames = [
        pd.DataFrame(
            {
                "Cluster": names[curve.cluster],
                "Samples taken": curve.seats,
                "Worth of the next sample": curve.marginal,
                "Share of the damage covered (%)": 100 * curve.share,
                "Taken now": curve.now,
            }
        )
        for curve in curves
        if curve.n_seats
    ]
    return pd.concat(frames, ignore_index=True) if frames else pd.DataFrame()


def shift_data(rows: ShiftRows) -> pd.DataFrame:
    """A line for every cluster: what both selections take of it."""
    return pd.DataFrame(
        {
            "Cluster": rows.names,
            "In A": rows.a,
            "In B": rows.b,
            "In both": rows.both,
            "% of A": 100 * rows.share_a,
            "% of B": 100 * rows.share_b,
            "% of all samples": 100 * rows.share_all,
        }
    )


def matrix_data(
    index: NDArray[np.float64], rows: Sequence[str], columns: Sequence[str], what: str
) -> pd.DataFrame:
    """A heat map ``(r, c)`` with the names of its rows; ``what`` is said of the first column."""
    return pd.DataFrame(
        {what: list(rows)} | {name: index[:, i] for i, name in enumerate(unlike(columns))}
    )


def unlike(names: Sequence[str]) -> list[str]:
    """The names, with a number where one occurs again: a table needs them apart."""
    seen: dict[str, int] = {}
    apart = []
    for name in names:
        seen[name] = seen.get(name, 0) + 1
        apart.append(name if seen[name] == 1 else f"{name} ({seen[name]})")
    return apart


def points_data(groups: Sequence[Points], x: str, y: str) -> pd.DataFrame:
    """A line for every point of a study's figure; shares in percent."""
    frames = [
        pd.DataFrame(
            {
                "Group": group.name,
                x: group.x,
                f"{y} (%)": 100 * group.y,
                "Standard deviation (%)": 100 * group.spread,
            }
        )
        for group in groups
    ]
    return pd.concat(frames, ignore_index=True)


def side_data(parts: Mapping[str, pd.DataFrame], what: str) -> pd.DataFrame:
    """Several tables of the same columns, one below the other; ``what`` their names stand for."""
    named = [frame.assign(**{what: name}) for name, frame in parts.items()]
    return pd.concat(named, ignore_index=True)


def loss_data(losses: Sequence[float]) -> pd.DataFrame:
    """A line for every step."""
    return pd.DataFrame({"Step": np.arange(1, len(losses) + 1), "Loss": losses})


def temperature_data(found: OverTemperature, names: Sequence[str]) -> pd.DataFrame:
    """A line for every temperature and cluster, and one for the selection at every temperature."""
    t, k = found.cds.shape
    whole = pd.DataFrame(
        {
            "Temperature": found.temperatures,
            "Cluster": "(whole selection)",
            "Still selected (%)": 100 * found.kept,
            "By a blind draw (%)": 100 * found.chance,
        }
    )
    each = pd.DataFrame(
        {
            "Temperature": np.repeat(found.temperatures, k),
            "Cluster": list(names) * t,
            "CDS": found.cds.ravel(),
            "Rank by CDS": found.ranks.ravel(),
        }
    )
    return pd.concat([whole, each], ignore_index=True)
