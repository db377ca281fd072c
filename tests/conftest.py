"""What holds for every test."""

from __future__ import annotations

import sys

import pytest
from hypothesis import HealthCheck, settings

# How long an example takes says more about what else the machine does than about the code.
settings.register_profile("shared", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("shared")


@pytest.fixture(autouse=True)
def own_main():
    """Streamlit's AppTest leaves its script as ``__main__``; a process started later would run it."""
    before = sys.modules["__main__"]
    yield
    sys.modules["__main__"] = before
