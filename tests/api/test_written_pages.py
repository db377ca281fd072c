"""Pages of docs/ are what their scripts write."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize("script", ["case_studies", "evidence"])
def test_the_page_is_current(script):
    sys.path.insert(0, str(ROOT / "scripts"))
    try:
        made = importlib.import_module(script)
    finally:
        sys.path.remove(str(ROOT / "scripts"))
    page = made.PAGE.read_text(encoding="utf-8")
    assert page == made.page(), f"run: python scripts/{script}.py"
