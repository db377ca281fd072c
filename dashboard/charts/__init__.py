"""Plotly figures from plain arrays. They know colors and words, no screen and no run."""

from dashboard.charts.bars import ClusterBars, budget_figure
from dashboard.charts.clusters import DamageBars, damage_figure
from dashboard.charts.clusters_k import PerK, SpectrumLines, per_k_figure, spectrum_figure
from dashboard.charts.clusters_within import (
    DivergenceBins,
    MembershipBins,
    divergence_figure,
    membership_figure,
)
from dashboard.charts.compare import ShiftRows, agreement_figure, shift_figure
from dashboard.charts.curves import Curve, marginal_figure
from dashboard.charts.labels import label
from dashboard.charts.temperatures import TemperatureLines, temperature_figure

__all__ = [
    "ClusterBars",
    "Curve",
    "DamageBars",
    "DivergenceBins",
    "MembershipBins",
    "PerK",
    "ShiftRows",
    "SpectrumLines",
    "TemperatureLines",
    "agreement_figure",
    "budget_figure",
    "damage_figure",
    "divergence_figure",
    "label",
    "marginal_figure",
    "membership_figure",
    "per_k_figure",
    "shift_figure",
    "spectrum_figure",
    "temperature_figure",
]
