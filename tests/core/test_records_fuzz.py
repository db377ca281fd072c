"""Made-up files through the reader; ``scripts/fuzz_reading.py`` reads as many as one likes."""

from __future__ import annotations

import pytest
from fuzz_files import make_case
from fuzz_reading import check


@pytest.mark.parametrize("first", range(0, 200, 20))
def test_made_up_files_are_read_or_refused(tmp_path, first):
    went = []
    for number in range(first, first + 20):
        folder = tmp_path / str(number)
        folder.mkdir()
        went.append(check(make_case(number, folder)))
    assert "read" in went
