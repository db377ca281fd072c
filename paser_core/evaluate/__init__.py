"""Evaluation: what a model can do, item by item."""
