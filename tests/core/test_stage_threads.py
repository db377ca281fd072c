"""Pieces of a stage over processors: in order, one thread each, and the same on any number of them."""

from __future__ import annotations

import time

import numpy as np
import pytest
from threadpoolctl import threadpool_info

from paser_core.config import ClusteringConfig
from paser_core.stages import threads
from paser_core.stages.clustering import fit_clustering
from paser_core.stages.coarse import coarse_partitions


def test_results_come_in_the_order_of_the_pieces():
    def late(piece):
        time.sleep(0.02 * (4 - piece))
        return piece

    assert list(threads.each(late, range(4))) == [0, 1, 2, 3]


def test_a_piece_has_one_thread_of_its_libraries():
    from sklearn.cluster import KMeans  # noqa: F401  (brings its OpenMP)

    before = [library["num_threads"] for library in threadpool_info()]
    for counts in threads.each(
        lambda _: [library["num_threads"] for library in threadpool_info()], range(3)
    ):
        assert set(counts) == {1}
    assert [library["num_threads"] for library in threadpool_info()] == before


def test_what_goes_wrong_in_a_piece_is_raised():
    with pytest.raises(ZeroDivisionError):
        list(threads.each(lambda piece: 1 / piece, [1, 0, 2]))


def test_clusters_do_not_hang_on_the_number_of_processors(monkeypatch):
    chance = np.random.default_rng(2)
    points = np.concatenate([chance.normal(c, 0.3, (80, 5)) for c in range(6)]).astype(np.float32)
    found = []
    for processors in (1, 3):
        monkeypatch.setattr(threads, "_processors", lambda n=processors: n)
        partitions = coarse_partitions(points, 5, 4, 12, seed=3)
        clustering = fit_clustering(points.astype(float), ClusteringConfig(k_min=2, k_max=9))
        found.append((partitions, clustering.memberships, clustering.scores))
    assert (found[0][0] == found[1][0]).all()
    assert (found[0][1] == found[1][1]).all()
    assert found[0][2] == found[1][2]
