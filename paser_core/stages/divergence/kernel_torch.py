"""The arithmetic of :mod:`kernel` made of torch operations, for accelerators."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray

from paser_core.stages.divergence.compared import COMPILED, FAR, NOTHING, Compared, OfTokens

_ELEMENTS = 1 << 24  # per temporary: 64 MB in float32
_LN2 = math.log(2.0)


def compare_torch(
    original: torch.Tensor,
    compressed: torch.Tensor,
    temperatures: NDArray[np.float64],
    following: torch.Tensor | None,
    others: Sequence[OfTokens] = (),
) -> Compared:
    """What :func:`~paser_core.stages.divergence.kernel.compare` gives, made of torch operations.

    Args:
        original: ``(k, V)`` logits.
        compressed: ``(k, V)`` logits.
        temperatures: ``(m,)`` positive, 1.0 among them where there are signals.
        following: ``(k,)`` tokens that come next; None: no signals, which are then NaN.
        others: further signals.
    """
    rows, vocabulary = original.shape
    block = max(1, _ELEMENTS // max(vocabulary, 1))
    out = torch.empty((rows, temperatures.size), dtype=torch.float32, device=original.device)
    compiled = torch.full((rows, len(COMPILED)), torch.nan, device=original.device)
    further = torch.empty((rows, len(others)), dtype=torch.float32, device=original.device)
    # softplus(0) as this device computes it, so that equal entries give exactly 0.
    ln2 = torch.nn.functional.softplus(torch.zeros(1, device=original.device))
    for start in range(0, rows, block):
        part = slice(start, start + block)
        a, b = original[part].float(), compressed[part].float()
        a = (a - a.amax(1, keepdim=True)).clamp_(min=NOTHING)  # NaN stays NaN
        b = (b - b.amax(1, keepdim=True)).clamp_(min=NOTHING)
        for j, temperature in enumerate(temperatures.tolist()):
            log_p = torch.log_softmax(a / temperature, dim=1)
            log_q = torch.log_softmax(b / temperature, dim=1)
            if following is not None and temperature == 1.0:
                these = following[part].to(original.device)
                compiled[part] = _signals_torch(a, b, log_p, log_q, these)
                for i, signal in enumerate(others):
                    further[part, i] = signal(log_p, log_q, these)
            d = log_q - log_p
            # ln of 2 p / (p + q) and of 2 q / (p + q), weighted
            total = (log_p.exp_() * (ln2 - torch.nn.functional.softplus(d))).sum(1)
            out[part, j] = total + (log_q.exp_() * (ln2 - torch.nn.functional.softplus(-d))).sum(1)
    bits: NDArray[np.float32] = out.mul_(0.5 / _LN2).clamp_(0.0, 1.0).cpu().numpy()
    return Compared(bits, compiled.cpu().numpy(), further.cpu().numpy())


def _signals_torch(
    a: torch.Tensor,
    b: torch.Tensor,
    log_p: torch.Tensor,
    log_q: torch.Tensor,
    following: torch.Tensor,
) -> torch.Tensor:
    """``(k, 4)`` the signals of :data:`COMPILED`."""
    p, q = log_p.exp(), log_q.exp()
    d = (log_q - log_p).clamp_(-FAR, FAR)
    at = following[:, None]
    gap = -d.gather(1, at)[:, 0]
    changed = (a.argmax(1) != b.argmax(1)).float() + 0.0 * gap  # NaN stays NaN
    # Every term is at least 0, so that nothing large is subtracted from anything large.
    there, back = (q - p - p * d).sum(1), (p - q + q * d).sum(1)
    return torch.stack([there.clamp_(min=0.0), back.clamp_(min=0.0), gap, changed], 1)
