"""The expected answer, but for case, white space and a final full stop."""

from __future__ import annotations

from paser_core.evaluate.check import Case, Check
from paser_core.evaluate.figures import fold


def _judge(answer: str, case: Case) -> bool:
    return fold(answer) == fold(case.expected)


CHECK = Check("Same text but for case, white space and a final full stop", _judge)
