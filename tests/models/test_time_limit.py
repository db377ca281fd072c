"""A limit on other people's Python leaves nothing behind, whether it was reached or not."""

from __future__ import annotations

import subprocess
import sys
import time

import pytest

from paser_core.models.time_limit import OutOfTimeError, time_limit

# A tracer calls for an instruction again as long as the interpreter's flag for exceptions is up.
TRACED = """
import sys
from paser_core.models.time_limit import OutOfTimeError, time_limit
try:
    with time_limit({limit}):
        for _ in range({turns}):
            pass
except OutOfTimeError:
    print("stopped")
sys.settrace(lambda *event: None)
def called():
    return 1
print(called())
"""


@pytest.mark.parametrize(
    ("limit", "turns", "printed"), [(60, 1, "1"), (0.05, 10**12, "stopped\n1")]
)
def test_a_tracer_works_afterwards(limit, turns, printed):
    done = subprocess.run(
        [sys.executable, "-c", TRACED.format(limit=limit, turns=turns)],
        capture_output=True, text=True, timeout=60, check=True,
    )  # fmt: skip
    assert done.stdout.strip() == printed


def never_ends(swallow: int = 0) -> None:
    """Loops, and swallows what should stop it that many times."""
    while True:
        try:
            while True:
                pass
        except OutOfTimeError:
            if not swallow:
                raise
            swallow -= 1


@pytest.mark.parametrize("swallow", [0, 1])
def test_what_never_ends_is_stopped(swallow):
    began = time.monotonic()
    with pytest.raises(OutOfTimeError), time_limit(0.1):
        never_ends(swallow)
    assert time.monotonic() - began < 5


def test_nothing_arrives_after_a_block_that_ended_in_time_or_just_not():
    for limit in (0.1, 0.12, 0.15, 5.0):
        try:
            with time_limit(limit):
                time.sleep(0.13)
        except OutOfTimeError:
            assert limit < 0.3
        ends = time.monotonic() + 0.3
        while time.monotonic() < ends:
            pass
