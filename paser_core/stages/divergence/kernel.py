"""Jensen–Shannon divergence of two sets of logits at many temperatures (paper, Eq. 4 and 5).

Per vocabulary entry, with M and k·M the larger and the smaller of the two probabilities and
d = −ln k, the divergence (natural units, twice) is

    M · [(1 + k)(ln 2 − ln(1 + k)) − k d].

d is known linearly from the logits, and ln 2 − ln(1 + k) is analytic on [0, 1]: a polynomial times
(1 − k). So an entry costs two exponentials and no logarithm, nothing large is subtracted from
anything large, and identical models give exactly 0.

On a CPU a compiled loop keeps one row of both models in the second-level cache for all
temperatures. Elsewhere the same sum is made of torch operations on blocks of rows.
"""

from __future__ import annotations

import itertools
import math
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import torch
from numba import njit
from numpy.polynomial import chebyshev, polynomial
from numpy.typing import NDArray

_F = np.float32
_LN2 = math.log(2.0)
# Sums may be reordered and fused into vectors; NaN and infinity keep their meaning.
_FAST = {"reassoc", "contract", "arcp", "nsz"}
# Entries that are dropped at one temperature have at most this probability together.
_DROPPED = 1e-7
# Dropping pays once the temperature is low enough for a typical row to lose entries.
_DROP_BELOW = 0.85
_TORCH_ELEMENTS = 1 << 24  # per temporary of the torch form: 64 MB in float32


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
# Below the largest logit of a row by so much: probability 0 at every temperature, as -inf is. The
# bound keeps what is computed from it finite.
_NOTHING = _F(-1e30)
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
    if original.shape != compressed.shape:
        raise ValueError(f"logits differ in shape: {original.shape} and {compressed.shape}")
    if original.device.type == "cpu":
        return _jsd_compiled(original, compressed, temperatures)
    return jsd_torch(original, compressed, temperatures)


def jsd_torch(
    original: torch.Tensor, compressed: torch.Tensor, temperatures: NDArray[np.float64]
) -> NDArray[np.float32]:
    """:func:`jsd` made of torch operations, for accelerators."""
    rows, vocabulary = original.shape
    block = max(1, _TORCH_ELEMENTS // max(vocabulary, 1))
    out = torch.empty((rows, temperatures.size), dtype=torch.float32, device=original.device)
    # softplus(0) as this device computes it, so that equal entries give exactly 0.
    ln2 = torch.nn.functional.softplus(torch.zeros(1, device=original.device))
    for start in range(0, rows, block):
        part = slice(start, start + block)
        a, b = original[part].float(), compressed[part].float()
        a = (a - a.amax(1, keepdim=True)).clamp_(min=float(_NOTHING))  # NaN stays NaN
        b = (b - b.amax(1, keepdim=True)).clamp_(min=float(_NOTHING))
        for j, temperature in enumerate(temperatures.tolist()):
            log_p = torch.log_softmax(a / temperature, dim=1)
            log_q = torch.log_softmax(b / temperature, dim=1)
            d = log_q - log_p
            # ln of 2 p / (p + q) and of 2 q / (p + q), weighted
            total = (log_p.exp_() * (ln2 - torch.nn.functional.softplus(d))).sum(1)
            out[part, j] = total + (log_q.exp_() * (ln2 - torch.nn.functional.softplus(-d))).sum(1)
    bits: NDArray[np.float32] = out.mul_(0.5 / _LN2).clamp_(0.0, 1.0).cpu().numpy()
    return bits


def _jsd_compiled(
    original: torch.Tensor, compressed: torch.Tensor, temperatures: NDArray[np.float64]
) -> NDArray[np.float32]:
    a = original.detach().float().contiguous().numpy()
    b = compressed.detach().float().contiguous().numpy()
    out = np.empty((a.shape[0], temperatures.size), np.float32)
    order = np.argsort(-temperatures)  # from hot to cold: what is dropped stays dropped
    inverse = (1.0 / temperatures[order]).astype(np.float32)
    workers = min(torch.get_num_threads(), a.shape[0])
    if workers <= 1:
        _rows(a, b, inverse, out)
    else:
        edges = np.linspace(0, a.shape[0], workers + 1).astype(int)
        with ThreadPoolExecutor(workers) as pool:
            parts = [
                pool.submit(_rows, a[i:j], b[i:j], inverse, out[i:j])
                for i, j in itertools.pairwise(edges)
            ]
            for part in parts:
                part.result()
    bits = np.empty_like(out)
    bits[:, order] = out
    return bits


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
def _rows(original, compressed, inverse, out):  # type: ignore[no-untyped-def]
    """``out[row, j]`` in bits for ``inverse[j] = 1/T``, ascending."""
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
