"""What the damage signals cost: the pass over the logits with and without them, in one run.

Logits as a language model gives them (vocabulary 32,000, three kinds of rows), 33 temperatures, on the
processor. Both works take turns, and the fastest of each counts. Required: a third more at the most,
which is also what the reading of the logits may grow by. A signal of a package that reads the
log-probabilities itself is shown beside it; nothing is promised of that one.

    python benchmarks/bench_signals.py [--rows 256] [--repeats 5]
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable

import torch
from divergence_logits import KINDS, VOCABULARY, make_logits

from paser_core.config import DivergenceConfig
from paser_core.stages.divergence import jsd, temperature_nodes
from paser_core.stages.divergence.kernel import compare

REQUIRED = 4 / 3


def total_variation(
    log_p: torch.Tensor, log_q: torch.Tensor, following: torch.Tensor
) -> torch.Tensor:
    """A signal as a package may bring it."""
    return (log_p.exp() - log_q.exp()).abs().sum(1) / 2


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=256)
    parser.add_argument("--repeats", type=int, default=5)
    arguments = parser.parse_args()
    nodes = temperature_nodes(DivergenceConfig().nodes)
    per_kind = [make_logits(kind, arguments.rows // len(KINDS) + 1, 0) for kind in KINDS]
    a, b = (torch.cat(parts) for parts in zip(*per_kind, strict=True))
    following = torch.randint(VOCABULARY, (len(a),), generator=torch.Generator().manual_seed(0))
    works: dict[str, Callable[[], object]] = {
        "divergence only": lambda: jsd(a, b, nodes),
        "with all signals": lambda: compare(a, b, nodes, following),
        "and one of a package": lambda: compare(a, b, nodes, following, [total_variation]),
    }
    best = dict.fromkeys(works, float("inf"))
    for work in works.values():
        work()  # compiled, and memory is there
    for _ in range(arguments.repeats):
        for name, work in works.items():
            start = time.perf_counter()
            work()
            best[name] = min(best[name], time.perf_counter() - start)
    print(f"{len(a)} rows of {VOCABULARY:,} logits, {nodes.size} temperatures, "
          f"{torch.get_num_threads()} threads")  # fmt: skip
    alone = best["divergence only"]
    for name, seconds in best.items():
        print(f"{name:<22} {seconds:7.3f} s   ratio {seconds / alone:.3f}")
    missed = best["with all signals"] > REQUIRED * alone
    print(f"required: at most {REQUIRED:.2f}: {'MISSED' if missed else 'reached'}")
    return int(missed)


if __name__ == "__main__":
    sys.exit(main())
