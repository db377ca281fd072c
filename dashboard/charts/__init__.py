"""Plotly figures from plain arrays. They know colors and words, no screen and no run."""
