"""Which damage signal knows best what accuracy was lost? Rank correlations on the bundled demo.

Per capability of the demo (the column of the pool that says what a sample was made to ask for), the
mean damage of its samples is laid against the accuracy that the compression has really cost on held-out
questions (data/demo/accuracy.json). With so few capabilities the intervals are wide: a bootstrap over
the samples of the pool, and over the held-out answers as coins with the measured probabilities.

    python benchmarks/signals_against_accuracy.py [RUN]
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np
from scipy.stats import spearmanr

from paser_core.config import Aggregate, SelectionConfig
from paser_core.runs import Run
from paser_core.runs.signals import damage_of, measured_signals

DEMO = Path(__file__).parents[1] / "data" / "demo"
RESAMPLES = 1000


def main() -> int:
    run = Run.open(Path(sys.argv[1]) if len(sys.argv) > 1 else DEMO / "run")
    known = json.loads((DEMO / "accuracy.json").read_text())
    column = run.samples["capability"].to_numpy()
    names = [name for name in known if isinstance(known[name], dict) and (column == name).any()]
    lost = np.array([known[n]["original"] - known[n]["compressed"] for n in names])
    counts = np.array([known[n]["n"] for n in names])
    chance = np.random.default_rng(0)
    draws = np.stack(
        [
            chance.binomial(counts, [known[n][role] for n in names], (RESAMPLES, len(names)))
            / counts
            for role in ("original", "compressed")
        ]
    )
    lost_again = draws[0] - draws[1]
    usable = run.valid & (run.labels >= 0) & np.isfinite(run.divergence_at(1.0))
    rows = [np.flatnonzero(usable & (column == name)) for name in names]
    print(f"{run.path}: Spearman's rank correlation of mean damage with accuracy lost, "
          f"{len(names)} capabilities (95 % interval)")  # fmt: skip
    print("signal".ljust(14) + "".join(str(a).rjust(22) for a in Aggregate))
    for signal in measured_signals(run):
        line = signal.ljust(14)
        for aggregate in Aggregate:
            damage = damage_of(run, SelectionConfig(signal=signal, aggregate=aggregate))
            means = np.array([damage[r].mean() for r in rows])
            again = np.stack(
                [damage[chance.choice(r, (RESAMPLES, len(r)))].mean(axis=1) for r in rows], axis=1
            )
            spread = [spearmanr(a, b).statistic for a, b in zip(again, lost_again, strict=True)]
            low, high = np.percentile(spread, [2.5, 97.5])
            rho = spearmanr(means, lost).statistic
            line += f"{rho:.2f} ({low:.2f} to {high:.2f})".rjust(22)
        print(line)
    return 0


if __name__ == "__main__":
    sys.exit(main())
