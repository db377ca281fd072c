"""Plotly figures from plain arrays. They know colours and words, no screen and no run."""

from dashboard.charts.bars import ClusterBars, budget_figure

__all__ = ["ClusterBars", "budget_figure"]
