"""Temperatures at which divergence is stored, and its value at every temperature between them.

The divergence of a sample is a smooth function of log T (it is analytic in 1/T), so its values at
Chebyshev nodes of log T determine it to many digits. The nodes are those of the second kind: both
ends of the range are nodes, and for an odd number T = 1 is the middle one.
Reference: Berrut and Trefethen, Barycentric Lagrange Interpolation, SIAM Review 46 (2004).
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from paser_core.errors import ConfigError

LOWEST_TEMPERATURE = 0.25
HIGHEST_TEMPERATURE = 4.0


def temperature_nodes(m: int) -> NDArray[np.float64]:
    """``(m,)`` ascending Chebyshev nodes of log T on [0.25, 4].

    Raises:
        ConfigError: fewer than two nodes.
    """
    if m < 2:
        raise ConfigError(f"divergence.nodes is {m}; at least 2 nodes are needed.")
    x = -np.cos(np.pi * np.arange(m) / (m - 1))
    x = (x - x[::-1]) / 2  # cos is not exactly odd in floating point; T = 1 has to be exact
    nodes: NDArray[np.float64] = np.exp(x * math.log(HIGHEST_TEMPERATURE))
    nodes[0], nodes[-1] = LOWEST_TEMPERATURE, HIGHEST_TEMPERATURE
    return nodes


def interpolate(
    values: NDArray[np.floating], nodes: NDArray[np.floating], temperature: float
) -> NDArray[np.float64]:
    """Divergence at any temperature between the first and the last node.

    Args:
        values: ``(n, m)`` divergence at the nodes, in bits; NaN rows stay NaN.
        nodes: ``(m,)`` temperatures, all different; exact at each of them.
        temperature: in [0.25, 4].

    Returns:
        ``(n,)`` bits, never negative.

    Raises:
        ConfigError: ``temperature`` is outside the nodes, or not a number.
    """
    if not nodes.min() <= temperature <= nodes.max():
        raise ConfigError(
            f"The temperature is {temperature!r}; this run has divergences between "
            f"{nodes.min():g} and {nodes.max():g}."
        )
    hit = np.flatnonzero(nodes == temperature)
    if hit.size:
        at_node: NDArray[np.float64] = np.maximum(values[:, hit[0]].astype(np.float64), 0.0)
        return at_node
    x = np.log(nodes.astype(np.float64))
    # Scaled by the capacity of the interval (a quarter of its length), the products stay near 1.
    differences = (x[:, None] - x[None, :]) * (4.0 / (x.max() - x.min()))
    np.fill_diagonal(differences, 1.0)
    weights = 1.0 / differences.prod(axis=1) / (math.log(temperature) - x)
    at: NDArray[np.float64] = values @ (weights / weights.sum())
    return np.maximum(at, 0.0)
