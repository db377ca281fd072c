"""Where the real data for benchmarks is: beside the repository, or where PASER_SHARED_DATA says."""

from __future__ import annotations

import os
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def shared(name: str) -> Path:
    """Path of a shared file; ends the benchmark with a sentence when it is not here."""
    folder = Path(os.environ.get("PASER_SHARED_DATA", ROOT.parent / "shared" / "data"))
    path = folder / name
    if not path.exists():
        sys.exit(f"skipped: {name} is not here; set PASER_SHARED_DATA to the folder that has it.")
    return path
