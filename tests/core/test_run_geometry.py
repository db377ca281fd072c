"""What a run says about its manifold and its memberships."""

from __future__ import annotations

import numpy as np


def test_the_weights_of_the_spectrum_are_the_lengths_of_the_coordinates(finished):
    # An eigenvector has length 1 and is scaled by exp(-t lambda): the coordinates must say the same.
    coordinates = finished.coordinates[finished.labels >= 0]
    lengths = np.linalg.norm(coordinates, axis=0)
    np.testing.assert_allclose(lengths, finished.spectrum.weights, rtol=1e-9)


def test_the_spectrum_ascends_and_the_time_is_two_by_the_last_eigenvalue(finished):
    values, time = finished.spectrum.eigenvalues, finished.spectrum.time
    assert (np.diff(values) >= 0).all()
    assert (values >= 0).all()
    assert (values <= 2).all()
    np.testing.assert_allclose(time, 2 / values[-1])


def test_memberships_are_shares_and_the_largest_is_the_cluster(finished):
    np.testing.assert_allclose(finished.memberships.sum(axis=1), 1, rtol=1e-5)
    np.testing.assert_array_equal(finished.memberships.argmax(axis=1), finished.labels)
    own = finished.memberships[np.arange(finished.n), finished.labels]
    np.testing.assert_array_equal(own, finished.samples["membership"].to_numpy(np.float32))
