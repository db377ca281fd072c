"""Temperatures: where the nodes are, and what happens between them."""

from __future__ import annotations

import math
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from paser_core.errors import ConfigError
from paser_core.stages.divergence import interpolate, temperature_nodes


@pytest.mark.parametrize("m", [2, 5, 17, 25, 64, 65])
def test_nodes_ascend_from_end_to_end_and_are_symmetric_in_log(m):
    nodes = temperature_nodes(m)
    assert nodes.shape == (m,)
    assert (np.diff(nodes) > 0).all()
    assert (nodes[0], nodes[-1]) == (0.25, 4.0)
    np.testing.assert_allclose(nodes * nodes[::-1], 1.0, rtol=1e-14)
    assert (1.0 in nodes) == (m % 2 == 1)
    # Undo the arcsine map: what is left are the extrema of the Chebyshev polynomial of degree m - 1.
    plain = np.sin(math.asin(0.95) * np.log(nodes) / math.log(4)) / 0.95
    np.testing.assert_allclose(
        np.abs(np.cos((m - 1) * np.arccos(plain.clip(-1, 1)))), 1, atol=1e-10
    )


def test_too_few_nodes_are_rejected():
    with pytest.raises(ConfigError, match="at least 2"):
        temperature_nodes(1)


@settings(deadline=None, max_examples=60)
@given(
    degree=st.integers(0, 4),
    seed=st.integers(0, 1000),
    log_t=st.floats(-1, 1),
)
def test_polynomials_in_log_temperature_are_all_but_exact(degree, seed, log_t):
    coefficients = np.random.default_rng(seed).uniform(0.1, 1, degree + 1)
    temperature = float(np.clip(4.0**log_t, 0.25, 4.0))

    def curve(t):
        return 5 + np.polyval(coefficients, np.log(t))  # positive on the range

    nodes = temperature_nodes(33)
    got = interpolate(np.stack([curve(nodes), 2 * curve(nodes)]), nodes, temperature)
    np.testing.assert_allclose(got, [curve(temperature), 2 * curve(temperature)], rtol=1e-6)


def test_exact_at_the_nodes_without_a_division_by_zero():
    nodes = temperature_nodes(25)
    values = np.random.default_rng(0).uniform(0, 1, (4, 25)).astype(np.float32)
    with np.errstate(all="raise"):
        for j, node in enumerate(nodes):
            np.testing.assert_array_equal(interpolate(values, nodes, float(node)), values[:, j])


def test_a_temperature_a_hair_from_a_node_is_as_good_as_the_node():
    nodes = temperature_nodes(25)
    values = np.sin(np.log(nodes))[None] + 1
    beside = np.nextafter(nodes[7], 1)
    np.testing.assert_allclose(interpolate(values, nodes, beside), values[:, 7], rtol=1e-12)


def test_two_binary_distributions_between_the_nodes():
    """Closed form: logits (g, 0) and (0, g) give 1 − h(σ(g/T)) bits, h the binary entropy."""
    gaps = np.array([0.0, 0.5, 2.0, 6.0])

    def closed(t):
        p = 1 / (1 + np.exp(-gaps / t))
        with np.errstate(divide="ignore", invalid="ignore"):
            return 1 + p * np.log2(p) + (1 - p) * np.log2(1 - p)

    nodes = temperature_nodes(25)
    values = np.stack([closed(t) for t in nodes], axis=1)
    for t in np.geomspace(0.25, 4, 301).clip(0.25, 4):
        np.testing.assert_allclose(interpolate(values, nodes, float(t)), closed(t), atol=2e-5)


def test_never_negative_and_nan_stays():
    nodes = temperature_nodes(5)
    values = np.array([[1.0, 0.0, 0.0, 0.0, 0.0], [np.nan] * 5])
    got = np.stack([interpolate(values, nodes, t) for t in (0.3, 0.6, 1.3, 3.0)])
    assert (got[:, 0] >= 0).all()
    assert np.isnan(got[:, 1]).all()


@pytest.mark.parametrize("temperature", [0.2, 4.1, math.nan, math.inf])
def test_a_temperature_outside_the_nodes_is_rejected(temperature):
    with pytest.raises(ConfigError, match=r"between 0\.25 and 4"):
        interpolate(np.zeros((1, 5)), temperature_nodes(5), temperature)


def test_temperatures_can_be_read_without_waiting_for_torch():
    code = (
        "import sys; import paser_core.stages.divergence as d; d.interpolate; "
        "assert 'torch' not in sys.modules; d.jsd; assert 'torch' in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True, cwd=Path(__file__).parents[2])
