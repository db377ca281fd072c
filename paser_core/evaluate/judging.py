"""Answers judged, several programs at a time."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial

from paser_core.errors import EvaluationError
from paser_core.evaluate.check import Verdict
from paser_core.evaluate.sandbox import Limits, Outcome, run_code, unavailable
from paser_core.evaluate.settings import EvaluateConfig

_AT_ONCE = 64  # judged between two looks at the clock


def refuse_programs_that_escape(programs: bool, config: EvaluateConfig) -> None:
    """See that programs of the model can be kept apart, where any will be run.

    Raises:
        EvaluationError: they cannot, and the settings do not allow it.
    """
    if programs and not config.unsafe and (reason := unavailable()):
        raise EvaluationError(reason)


def runner(config: EvaluateConfig) -> Callable[[str], Outcome]:
    """Runs a program in the sandbox as the settings say."""
    return partial(run_code, limits=Limits(seconds=config.program_seconds), unsafe=config.unsafe)


def judged(judge: Callable[[int], Verdict], numbers: Sequence[int]) -> Iterator[dict[int, Verdict]]:
    """Verdicts by number, a few dozen at a time; programs run beside each other.

    Args:
        judge: of the answer of a number.
        numbers: those to ask.
    """
    with ThreadPoolExecutor(max_workers=os.cpu_count() or 1) as pool:
        for start in range(0, len(numbers), _AT_ONCE):
            some = numbers[start : start + _AT_ONCE]
            yield dict(zip(some, pool.map(judge, some), strict=True))
