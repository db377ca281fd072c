"""docs/compress.md knows every method, every setting and everything that is counted."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from paser_core.config import describe
from paser_core.registry import COMPRESSIONS

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "compress.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", COMPRESSIONS)
def test_every_method_and_setting_is_on_the_page_and_says_why(name):
    settings = COMPRESSIONS[name].settings
    line = next(line for line in PAGE.splitlines() if line.startswith(f"| `{name}` |"))
    for path, field in describe(settings).items():
        assert path.rpartition(".")[2] in line
        assert len(field.why) > 10
        assert 0 < len(field.label) <= 20
        assert field.help.endswith(".")


def test_what_is_counted_is_on_the_page():
    record = json.loads((ROOT / "data/demo/models/compressed/compression.json").read_text())
    assert [name for name in record["counted"] if f"`{name}`" not in PAGE] == []
