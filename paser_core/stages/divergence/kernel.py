"""Jensen–Shannon divergence of two sets of logits at many temperatures (paper, Eq. 4 and 5).

Per vocabulary entry, with M and k·M the larger and the smaller of the two probabilities and
d = −ln k, the divergence (natural units, twice) is

    M · [(1 + k)(ln 2 − ln(1 + k)) − k d].

d is known linearly from the logits, and ln 2 − ln(1 + k) is analytic on [0, 1]: a polynomial times
(1 − k). So an entry costs two exponentials and no logarithm, nothing large is subtracted from
anything large, and identical models give exactly 0.

On a CPU a compiled loop keeps one row of both models in the second-level cache for all
temperatures. Elsewhere the same sum is made of torch operations (:mod:`kernel_torch`).

The other signals are those of T = 1, where that loop has the exponentials of both models at hand: one
more walk over what is in the cache (:func:`compare`), and no more reading of logits.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import torch
from numba import njit
from numpy.polynomial import chebyshev, polynomial
from numpy.typing import NDArray

from paser_core.stages.divergence.compared import COMPILED, FAR, NOTHING, Compared, OfTokens
from paser_core.stages.divergence.kernel_torch import compare_torch

_F = np.float32
_LN2 = math.log(2.0)
# Sums may be reordered and fused into vectors; NaN and infinity keep their meaning.
_FAST = {"reassoc", "contract", "arcp", "nsz"}
# Entries that are dropped at one temperature have at most this probability together.
_DROPPED = 1e-7
# Dropping pays once the temperature is low enough for a typical row to lose entries.
_DROP_BELOW = 0.85


def _log_ratio(k: NDArray[np.float64]) -> NDArray[np.float64]:
    u = 1.0 - k
    ratio: NDArray[np.float64] = -np.log1p(-u / 2.0) / u
    return ratio


# (ln 2 − ln(1 + k)) / (1 − k) on [0, 1], degree 7: the error of the logarithm is 1.2e-7.
_R0, _R1, _R2, _R3, _R4, _R5, _R6, _R7 = (
    _F(c)
    for c in chebyshev.Chebyshev.interpolate(_log_ratio, 7, domain=[0, 1])
    .convert(kind=polynomial.Polynomial)
    .coef
)
_LOG2E = _F(1.0 / _LN2)
# ln 2 in two parts, so that x − n·ln 2 keeps its digits (Cephes expf, as are E2 … E7).
_LN2_HIGH, _LN2_LOW = _F(0.693359375), _F(-2.12194440e-4)
_E2, _E3, _E4 = _F(5.0000001201e-1), _F(1.6666665459e-1), _F(4.1665795894e-2)
_E5, _E6, _E7 = _F(8.3334519073e-3), _F(1.3981999507e-3), _F(1.9875691500e-4)
_ZERO, _HALF, _ONE = _F(0.0), _F(0.5), _F(1.0)
_FLOOR = _F(-60.0)  # e^-60 is nothing as a probability and far from denormal numbers
_NOTHING, _FAR = _F(NOTHING), _F(FAR)
_MOST = _F(
    128.0
)  # of d: k d is nothing from there on, but would not be in numbers that are clipped


def jsd(
    original: torch.Tensor, compressed: torch.Tensor, temperatures: NDArray[np.float64]
) -> NDArray[np.float32]:
    """Divergence in bits of each row at each temperature.

    Args:
        original: ``(k, V)`` logits, any floating dtype; computed in float32.
        compressed: ``(k, V)`` logits on the same device.
        temperatures: ``(m,)`` positive.

    Returns:
        ``(k, m)`` in [0, 1]. A logit of -inf is a probability of 0; a row with NaN or +inf, or
        with nothing but -inf, is NaN.
    """
    return _form(original, compressed)(original, compressed, temperatures, None, ()).bits


def compare(
    original: torch.Tensor,
    compressed: torch.Tensor,
    temperatures: NDArray[np.float64],
    following: torch.Tensor,
    others: Sequence[OfTokens] = (),
) -> Compared:
    """The divergence as :func:`jsd` has it, and the signals at T = 1, of the same reading.

    KL divergences and loss gap are in nats. Log-probabilities are taken to differ by at most 10,000.

    Args:
        original: ``(k, V)`` logits.
        compressed: ``(k, V)`` logits on the same device.
        temperatures: ``(m,)`` positive, 1.0 among them.
        following: ``(k,)`` the tokens that come next, of the loss.
        others: further signals; each reads the logits once more.
    """
    return _form(original, compressed)(original, compressed, temperatures, following, others)


def _form(original: torch.Tensor, compressed: torch.Tensor) -> Callable[..., Compared]:
    if original.shape != compressed.shape:
        raise ValueError(f"logits differ in shape: {original.shape} and {compressed.shape}")
    return compare_compiled if original.device.type == "cpu" else compare_torch


def compare_compiled(
    original: torch.Tensor,
    compressed: torch.Tensor,
    temperatures: NDArray[np.float64],
    following: torch.Tensor | None,
    others: Sequence[OfTokens] = (),
) -> Compared:
    """:func:`compare` as a compiled loop, on a CPU.

    Args:
        original: ``(k, V)`` logits.
        compressed: ``(k, V)`` logits.
        temperatures: ``(m,)`` positive, 1.0 among them where there are signals.
        following: ``(k,)`` tokens that come next; None: no signals, which are then NaN.
        others: further signals.
    """
    a = original.detach().float().contiguous().numpy()
    b = compressed.detach().float().contiguous().numpy()
    rows = a.shape[0]
    out = np.empty((rows, temperatures.size), np.float32)
    compiled = np.full((rows, len(COMPILED)), np.nan, np.float32)
    order = np.argsort(-temperatures)  # from hot to cold: what is dropped stays dropped
    inverse = (1.0 / temperatures[order]).astype(np.float32)
    tokens, at_one = np.zeros(rows, np.int64), -1
    if following is not None:
        tokens = following.numpy().astype(np.int64)
        at_one = int(np.flatnonzero(temperatures[order] == 1.0)[0])
    workers = min(torch.get_num_threads(), rows)
    if workers <= 1:
        _rows(a, b, inverse, out, tokens, at_one, compiled)
    else:
        edges = np.linspace(0, rows, workers + 1).astype(int)
        with ThreadPoolExecutor(workers) as pool:
            parts = [
                pool.submit(
                    _rows, a[i:j], b[i:j], inverse, out[i:j], tokens[i:j], at_one, compiled[i:j]
                )
                for i, j in itertools.pairwise(edges)
            ]
            for part in parts:
                part.result()
    bits = np.empty_like(out)
    bits[:, order] = out
    further = np.empty((rows, len(others)), np.float32)
    if others and following is not None:
        log_p, log_q = (torch.log_softmax(torch.from_numpy(x), dim=1) for x in (a, b))
        for i, signal in enumerate(others):
            further[:, i] = signal(log_p, log_q, following).numpy()
    return Compared(bits, compiled, further)


@njit(inline="always", fastmath=_FAST)
def _exp(x):  # type: ignore[no-untyped-def]  # compiled for float32
    x = max(x, _FLOOR)
    n = np.floor(x * _LOG2E + _HALF)
    f = x - n * _LN2_HIGH - n * _LN2_LOW
    y = _E7
    y = y * f + _E6
    y = y * f + _E5
    y = y * f + _E4
    y = y * f + _E3
    y = y * f + _E2
    y = y * f * f + f + _ONE
    power = np.int32((np.int32(n) + 127) << 23)  # 2^n as the bits of a float
    return y * power.view(np.float32)


@njit(nogil=True, fastmath=_FAST, error_model="numpy", cache=True)
def _shift(row, out):  # type: ignore[no-untyped-def]
    """Copy a row less its maximum, from :data:`_NOTHING` on; False where it has none, or NaN."""
    top = row[0]
    for i in range(row.size):
        top = max(top, row[i])
    bad = 0
    for i in range(row.size):
        x = row[i] - top  # NaN for a maximum of inf, and where all are -inf
        bad += x != x
        out[i] = max(x, _NOTHING)
    return bad == 0


@njit(nogil=True, fastmath=_FAST, error_model="numpy", cache=True)
def _drop(a, b, n, cut):  # type: ignore[no-untyped-def]
    """Keep, in place and in order, the entries above ``cut`` in either row; their number."""
    kept = 0
    for i in range(n):
        x, y = a[i], b[i]
        a[kept], b[kept] = x, y
        kept += (x > cut) | (y > cut)
    return kept


@njit(nogil=True, fastmath=_FAST, error_model="numpy", cache=True)
def _exponentials(a, n, inverse, out):  # type: ignore[no-untyped-def]
    total = _ZERO
    for i in range(n):
        e = _exp(a[i] * inverse)
        out[i] = e
        total += e
    return total


@njit(nogil=True, fastmath=_FAST, error_model="numpy", cache=True)
def _divergence(a, b, p, q, n, inverse, scale_p, scale_q, shift):  # type: ignore[no-untyped-def]
    total = _ZERO
    for i in range(n):
        x, y = p[i] * scale_p, q[i] * scale_q
        larger = max(x, y)
        k = min(x, y) / larger
        d = min(abs((b[i] - a[i]) * inverse - shift), _MOST)
        r = _R7
        r = r * k + _R6
        r = r * k + _R5
        r = r * k + _R4
        r = r * k + _R3
        r = r * k + _R2
        r = r * k + _R1
        r = r * k + _R0
        total += larger * ((_ONE + k) * (_ONE - k) * r - k * d)
    return total


@njit(nogil=True, fastmath=_FAST, error_model="numpy", cache=True)
def _kl(a, b, p, q, scale_p, scale_q, shift):  # type: ignore[no-untyped-def]
    """KL divergence there and back, in nats; ``shift``: ln of the sum of q less that of p."""
    there, back = _ZERO, _ZERO
    for i in range(a.size):
        x, y = p[i] * scale_p, q[i] * scale_q
        d = min(max(b[i] - a[i] - shift, -_FAR), _FAR)
        # Every term is at least 0, so that nothing large is subtracted from anything large.
        there += y - x - x * d
        back += x - y + y * d
    return max(there, _ZERO), max(back, _ZERO)


@njit(nogil=True, fastmath=_FAST, error_model="numpy", cache=True)
def _first_top(a):  # type: ignore[no-untyped-def]
    """The first place of the largest entry, which is 0."""
    first = np.int32(a.size)
    for i in range(a.size):
        first = min(first, np.int32(i) if a[i] == _ZERO else first)
    return first


@njit(nogil=True, fastmath=_FAST, error_model="numpy", cache=True)
def _rows(original, compressed, inverse, out, following, at_one, signals):  # type: ignore[no-untyped-def]
    """``out[row, j]`` in bits for ``inverse[j] = 1/T``, ascending; ``signals`` where 1/T is 1.

    Nothing is dropped before T = 1, so that the signals are of the whole vocabulary.
    """
    rows, vocabulary = original.shape
    a, b = np.empty(vocabulary, np.float32), np.empty(vocabulary, np.float32)
    p, q = np.empty(vocabulary, np.float32), np.empty(vocabulary, np.float32)
    # A dropped entry has a probability of at most e^-depth under both models, because the largest
    # entry of each row is kept and has e^0 before normalization.
    depth = math.log(vocabulary / _DROPPED)
    for row in range(rows):
        finite = _shift(original[row], a)
        if not (_shift(compressed[row], b) and finite):
            out[row, :] = np.nan
            signals[row, :] = np.nan
            continue
        n = vocabulary
        for j in range(inverse.size):
            beta = inverse[j]
            if beta * _DROP_BELOW > 1.0 and j % 2 == 0:
                n = _drop(a, b, n, np.float32(-depth / beta))
            sum_p = _exponentials(a, n, beta, p)
            sum_q = _exponentials(b, n, beta, q)
            shift = np.float32(math.log(sum_q) - math.log(sum_p))
            total = _divergence(a, b, p, q, n, beta, _ONE / sum_p, _ONE / sum_q, shift)
            out[row, j] = min(max(total * (0.5 / _LN2), 0.0), 1.0)
            if j == at_one:
                # The logarithms in double precision: they are most of the loss.
                apart = math.log(np.float64(sum_q)) - math.log(np.float64(sum_p))
                there, back = _kl(a, b, p, q, _ONE / sum_p, _ONE / sum_q, np.float32(apart))
                gap = np.float64(a[following[row]]) - np.float64(b[following[row]]) + apart
                signals[row, 0], signals[row, 1] = there, back
                signals[row, 2] = min(max(gap, -np.float64(_FAR)), np.float64(_FAR))
                signals[row, 3] = _first_top(a) != _first_top(b)
