"""docs/case-studies.md is what its script writes."""

from __future__ import annotations

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def test_the_page_is_current():
    sys.path.insert(0, str(ROOT / "scripts"))
    try:
        import case_studies
    finally:
        sys.path.remove(str(ROOT / "scripts"))
    page = case_studies.PAGE.read_text(encoding="utf-8")
    assert page == case_studies.page(), "run: python scripts/case_studies.py"
