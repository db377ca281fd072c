"""All 25 temperatures against one, on the same logits of a 32k vocabulary.

Two references for one temperature: the same compiled kernel with a single node (the strict one,
which the requirement is checked against), and the usual few lines of torch.

    python benchmarks/bench_temperatures.py
"""

from __future__ import annotations

import math
import sys
import time
from collections.abc import Callable
from functools import partial

import numpy as np
import torch
from divergence_logits import KINDS, VOCABULARY, make_logits

from paser_core.config import DivergenceConfig
from paser_core.stages.divergence import jsd, temperature_nodes

ROWS = 256
REQUIRED = 12.0


def plain_torch(original: torch.Tensor, compressed: torch.Tensor) -> torch.Tensor:
    """One temperature as one would write it: log-softmax, mixture, two KL divergences."""
    log_p = torch.log_softmax(original.float(), dim=1)
    log_q = torch.log_softmax(compressed.float(), dim=1)
    log_m = torch.logaddexp(log_p, log_q) - math.log(2.0)
    p_part = (log_p.exp() * (log_p - log_m)).sum(1)
    return (p_part + (log_q.exp() * (log_q - log_m)).sum(1)) / (2 * math.log(2.0))


def seconds(*works: Callable[[], object], repeats: int = 9) -> list[float]:
    """Median processor time of each work on one thread.

    Processor time, in turns: another job on the machine then disturbs little, and all alike.
    """
    for work in works:
        work()
    times: list[list[float]] = [[] for _ in works]
    for _ in range(repeats):
        for work, own in zip(works, times, strict=True):
            start = time.thread_time()
            work()
            own.append(time.thread_time() - start)
    return [float(np.median(own)) for own in times]


def main() -> int:
    nodes, default = temperature_nodes(25), temperature_nodes(DivergenceConfig().nodes)
    one = np.array([1.0])
    missed = False
    torch.set_num_threads(1)
    print(f"{ROWS} rows of {VOCABULARY} logits, one thread; us of processor time per row")
    print(f"{'logits':<36} {'dtype':<9} {'25 T':>7} {'one T':>7} {'ratio':>6} {'needed':>7} "
          f"{f'{default.size} T':>7} {'ratio':>6} {'torch, one T':>13} {'25 T to it':>11}")  # fmt: skip
    for kind in KINDS:
        pair = make_logits(kind, ROWS, seed=0)
        for dtype in (torch.float32, torch.bfloat16):
            a, b = (x.to(dtype) for x in pair)
            all_nodes, more, single, plain = seconds(
                partial(jsd, a, b, nodes),
                partial(jsd, a, b, default),
                partial(jsd, a, b, one),
                partial(plain_torch, a, b),
            )
            difference = np.abs(jsd(a, b, one)[:, 0] - plain_torch(a, b).numpy()).max()
            ratio = all_nodes / single
            ok = ratio <= REQUIRED and difference < 1e-5
            missed |= not ok
            scale = 1e6 / ROWS
            print(f"{kind:<36} {str(dtype)[6:]:<9} {all_nodes * scale:7.1f} {single * scale:7.1f} "
                  f"{ratio:6.2f} {'<= 12' if ok else 'MISSED':>7} {more * scale:7.1f} "
                  f"{more / single:6.2f} {plain * scale:13.1f} {all_nodes / plain:11.2f}")  # fmt: skip
    return int(missed)


if __name__ == "__main__":
    sys.exit(main())
