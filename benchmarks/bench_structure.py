"""From vectors to clusters and maps, by the clock: ``python benchmarks/bench_structure.py``.

Data: the vectors of instructions.parquet. Each size in a process of its own, whose largest memory is printed.
Required at 43,841 rows on two quiet cores: neighbors, manifold, clusters with K given in 20 s and 2 GB; the
same with the automatic K and both maps in 60 s. The exponent is fitted over the sizes. The clock counts
everything that runs beside it: ``processor`` tells how busy the machine was.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
from shared_data import shared

SIZES = (11_000, 22_000, 44_000)
K = 12
MOST_SECONDS, MOST_WHOLE, MOST_BYTES = 20.0, 60.0, 2e9


def measured(rows: int, maps: bool) -> dict[str, Any]:
    """Seconds by the clock and of the processor of each part, and bytes."""
    from paser_core.config import ClusteringConfig, ManifoldConfig
    from paser_core.engines.processes import PROCESSES
    from paser_core.stages.clustering import fit_clustering
    from paser_core.stages.embedding import precomputed
    from paser_core.stages.manifold import fit_manifold
    from paser_core.stages.projection import layout_map

    vectors = np.load(shared("instructions_vectors.npy"), mmap_mode="r")[:rows]
    points = precomputed(vectors.astype(np.float32), len(vectors))
    fit_manifold(points[:200], ManifoldConfig())  # compiles
    found: dict[str, Any] = {"rows": len(points), "seconds": {}, "processor": time.process_time()}

    def timed(name: str, work: Any) -> Any:
        began = time.perf_counter()
        result = work()
        found["seconds"][name] = time.perf_counter() - began
        return result

    manifold = timed("manifold", lambda: fit_manifold(points, ManifoldConfig()))
    given = ClusteringConfig(n_clusters=K)
    timed("clusters", lambda: fit_clustering(manifold.coordinates, given))
    found["bytes"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    found["processor"] = time.process_time() - found["processor"]
    if maps:
        timed("automatic", lambda: fit_clustering(manifold.coordinates, ClusteringConfig()))
        timed("maps", lambda: layout_map(manifold.coordinates, engine=PROCESSES))
    return found


def main() -> int:
    """Print every size; 1 where more than allowed."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sizes", type=int, nargs="+", default=list(SIZES))
    parser.add_argument("--alone", type=int, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.alone:
        print(json.dumps(measured(arguments.alone, arguments.alone == max(arguments.sizes))))
        return 0
    failed, all_found = False, []
    for size in arguments.sizes:
        asked = [sys.executable, str(Path(__file__)), "--alone", str(size), "--sizes"]
        out = subprocess.run(
            [*asked, *map(str, arguments.sizes)], check=True, capture_output=True, text=True
        ).stdout
        found = json.loads(out.splitlines()[-1])
        seconds = found["seconds"]
        short = seconds["manifold"] + seconds["clusters"]
        all_found.append((found["rows"], short))
        print(
            f"{found['rows']:,} rows: manifold {seconds['manifold']:.1f} s, clusters "
            f"{seconds['clusters']:.1f} s, together {short:.1f} s (processor {found['processor']:.1f} s), "
            f"{found['bytes'] / 1e9:.2f} GB"
        )
        if found["rows"] > 40_000:
            failed |= short > MOST_SECONDS or found["bytes"] > MOST_BYTES
        if "maps" in seconds:
            whole = seconds["manifold"] + seconds["automatic"] + seconds["maps"]
            print(
                f"  automatic K {seconds['automatic']:.1f} s, both maps {seconds['maps']:.1f} s; with the "
                f"manifold {whole:.1f} s"
            )
            failed |= found["rows"] > 40_000 and whole > MOST_WHOLE
    if len(all_found) > 1:
        rows, spent = np.log(np.array(all_found)).T
        print(f"exponent {np.polyfit(rows, spent, 1)[0]:.2f}")
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
