"""Real evaluation files, where they lie beside the repository."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def eval_file(name: str) -> Path:
    """Path of a file; skips the test where it is not here."""
    folder = Path(os.environ.get("PASER_SHARED_DATA", ROOT.parent / "shared" / "data"))
    path = folder / "eval" / name
    if not path.exists():
        pytest.skip(f"{name} is not here")
    return path
