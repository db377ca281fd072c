from __future__ import annotations

import pytest
from family_models import FAMILIES, write_family, write_pool


@pytest.fixture(scope="session")
def families(tmp_path_factory):
    """The folder of a tiny model of each family, by name."""
    place = tmp_path_factory.mktemp("families")
    return {name: write_family(name, place / name) for name in FAMILIES}


@pytest.fixture(scope="session")
def pool(tmp_path_factory):
    """A file with rows to calibrate on."""
    return write_pool(tmp_path_factory.mktemp("pool") / "pool.jsonl")
