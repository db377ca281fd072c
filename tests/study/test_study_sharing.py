"""How cells are shared out over processes: each start costs seconds, and nobody waits long for the last."""

from __future__ import annotations

from collections import deque

import pytest

from paser_core.study.schedule import _Queue
from paser_core.study.steps import Step


def shares(cells: int, jobs: int) -> list[int]:
    """How many cells each process gets, in the order in which they are asked for."""
    queue = _Queue(None, None, None, None, None)  # nothing is made
    waiting, found = deque(Step("cell", f"{n}") for n in range(cells)), []
    while ready := queue._next(waiting, jobs):
        found.append(len(ready))
    return found


def test_large_shares_come_first_and_small_ones_last():
    assert shares(16, 2) == [8, 4, 2, 1, 1]
    assert shares(16, 1) == [8, 8]
    assert shares(3, 8) == [1, 1, 1]


@pytest.mark.parametrize("jobs", [1, 2, 3, 8])
@pytest.mark.parametrize("cells", [1, 7, 40, 430])
def test_no_process_gets_more_than_its_part_of_what_is_left(cells, jobs):
    left = cells
    for share in shares(cells, jobs):
        assert (
            1 <= share <= min(8, -(-left // jobs))
        )  # a crash costs one cell, but its libraries again
        left -= share
    assert not left
