"""Results to read: small ones that nobody has computed."""

from __future__ import annotations

import pytest
from made_results import made_study

from paser_core.study.results import Results


@pytest.fixture(scope="session")
def made(tmp_path_factory):
    """Fifty arms of two seeds; the last three cells have no answers. Read only."""
    return Results.open(made_study(tmp_path_factory.mktemp("made") / "study", seeds=2, items=240))
