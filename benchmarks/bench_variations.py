"""What the demo's selection hangs on, as the guide says it: ``python benchmarks/bench_variations.py``.

Temperature, signal, seed of the clustering and number of clusters, one at a time: how much of the
selection stays, beside what a blind draw of its size would keep, and what each takes.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

from paser_core.compare import (
    Axis,
    chance_kept,
    other_numbers,
    over_clusterings,
    over_damage,
    recluster,
)
from paser_core.runs import Run
from paser_core.selection import Setting
from paser_core.selection.of_run import select_from_run

DEMO = Path(__file__).parents[1] / "data" / "demo" / "run"
SEEDS = 5  # as many as the page tries


def main() -> int:
    run = Run.open(DEMO)
    setting = Setting.of(run)
    own = select_from_run(run, setting)
    first = run.config.seed + 1
    numbers = other_numbers(run.n_found, int((run.labels >= 0).sum()))
    print(f"{'varied':<12} {'stays':>16} {'mean':>8} {'seconds':>8}")
    for axis in Axis:
        began = time.perf_counter()
        if axis is Axis.SEED:
            each = [(f"{s}", recluster(run, s)) for s in range(first, first + SEEDS)]
            spread = over_clusterings(own, setting, axis, each)
        elif axis is Axis.CLUSTERS:
            each = [(f"{k}", recluster(run, run.config.seed, k)) for k in numbers]
            spread = over_clusterings(own, setting, axis, each)
        else:
            spread = over_damage(run, own, setting, axis)
        least, mean, most = (100 * share for share in spread.kept)
        seconds = time.perf_counter() - began
        print(f"{axis:<12} {least:5.1f} to {most:5.1f} % {mean:6.1f} % {seconds:8.1f}")
    print(f"{'a blind draw':<12} {'':>16} {100 * chance_kept(own):6.1f} %")
    return 0


if __name__ == "__main__":
    sys.exit(main())
