"""Temperatures at which divergence is stored, and its value at every temperature between them.

The divergence of a sample is a smooth function of log T (analytic in 1/T), so its values at
Chebyshev nodes of log T determine it to many digits. The nodes are those of the second kind: both
ends of the range are nodes, and for an odd number T = 1 is the middle one.

Where one token gives way to the bulk of the vocabulary the curve has a step, about as wide in log T
wherever it lies. Chebyshev nodes are twice as dense at the ends as such a curve needs and too thin
in the middle; the arcsine map of Kosloff and Tal-Ezer spreads them. Measured on 162 kinds of 32k
logits, worst response of a single token: 2.4e-3 bits with 25 nodes without the map, 5.5e-4 with it,
4e-5 with 33 nodes and the map (median 1e-6).

References: Berrut and Trefethen, Barycentric Lagrange Interpolation, SIAM Review 46 (2004);
Kosloff and Tal-Ezer, A Modified Chebyshev Pseudospectral Method, J. Comput. Phys. 104 (1993).
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from paser_core.errors import ConfigError

LOWEST_TEMPERATURE = 0.25
HIGHEST_TEMPERATURE = 4.0
_STRETCH = 0.95  # of the arcsine map: 0 leaves Chebyshev nodes, 1 makes them equidistant


def temperature_nodes(m: int) -> NDArray[np.float64]:
    """``(m,)`` ascending Chebyshev nodes of log T on [0.25, 4], spread by the arcsine map.

    Raises:
        ConfigError: fewer than two nodes.
    """
    if m < 2:
        raise ConfigError(f"divergence.nodes is {m}; at least 2 nodes are needed.")
    u = -np.cos(np.pi * np.arange(m) / (m - 1))
    u = (u - u[::-1]) / 2  # cos is not exactly odd in floating point; T = 1 has to be exact
    x = np.arcsin(_STRETCH * u) / math.asin(_STRETCH)
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
            f"{nodes.min():g} and {nodes.max():g}. Choose one between them."
        )
    hit = np.flatnonzero(nodes == temperature)
    if hit.size:
        at_node: NDArray[np.float64] = np.maximum(values[:, hit[0]].astype(np.float64), 0.0)
        return at_node
    u = _unmapped(nodes)
    # Scaled by the capacity of the interval (a quarter of its length), the products stay near 1.
    differences = (u[:, None] - u[None, :]) * (4.0 / (u.max() - u.min()))
    np.fill_diagonal(differences, 1.0)
    away = _unmapped(np.array([temperature]))[0] - u
    away[away == 0.0] = np.finfo(np.float64).tiny  # nearer to a node than doubles can tell
    weights = 1.0 / differences.prod(axis=1) / away
    at: NDArray[np.float64] = values @ (weights / weights.sum())
    return np.maximum(at, 0.0)


def _unmapped(temperatures: NDArray[np.floating]) -> NDArray[np.float64]:
    """Where the temperatures lie on [-1, 1], on which the nodes are plain Chebyshev nodes."""
    x = np.log(temperatures.astype(np.float64)) / math.log(HIGHEST_TEMPERATURE)
    u: NDArray[np.float64] = np.sin(math.asin(_STRETCH) * x) / _STRETCH
    return u
