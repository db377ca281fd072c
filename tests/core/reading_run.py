"""A process that reads a run again and again, as a server does, until it is told to stop."""

from __future__ import annotations

import sys
from pathlib import Path

from paser_core.errors import PaserError
from paser_core.runs import Run

folder, stop = Path(sys.argv[1]), Path(sys.argv[2])
run = Run.open(folder)
held = [run.embeddings, run.node_divergence]  # read before, looked at while the files change
print("reading", flush=True)  # noqa: T201
rejected = 0
while not stop.exists():
    for array in held:
        array.sum()
    try:
        again = Run.open(folder)
        again.check_content()
    except PaserError:
        rejected += 1
print(rejected)  # noqa: T201
