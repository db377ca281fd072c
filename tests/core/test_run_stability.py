"""What a run says of the stability of its clusters, and what an older one does."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np

from paser_core.runs import Run


def reading(arrays, n_clusters=2):
    run = SimpleNamespace(_clustering=arrays, n_clusters=n_clusters)
    return Run.stability.func(run), Run.stability_per_cluster.func(run)


def test_an_older_run_says_that_it_was_not_measured():
    overall, each = reading({})
    assert overall is None
    assert np.isnan(each).all()
    assert len(each) == 2


def test_what_was_measured_is_read():
    arrays = {"stability": np.array(0.8), "stability_per_cluster": np.array([0.9, 0.5])}
    overall, each = reading(arrays)
    assert overall == 0.8
    assert each.tolist() == [0.9, 0.5]
    assert reading({"stability": np.array(np.nan)})[0] is None
