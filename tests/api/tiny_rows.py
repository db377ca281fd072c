"""Rows so few that a run of them takes a second, and the options for it."""

from __future__ import annotations

TINY = {
    "manifold": {"n_neighbors": 4, "n_components": 3},
    "clustering": {"k_min": 2, "k_max": 3},
    "divergence": {"nodes": 9, "batch_tokens": 64},
}


def tiny_pool(n=9):
    """Rows of three kinds with a column of the user's own."""
    kinds = ("Add {} and 1.", "Name river {} of the country.", "Say {} in French, please.")
    return [
        {"id": f"s{i}", "instruction": kinds[i % 3].format(i), "output": f"It is {i}.", "level": i}
        for i in range(n)
    ]
