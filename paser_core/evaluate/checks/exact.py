"""The expected answer, to the letter; white space around it does not count."""

from __future__ import annotations

from paser_core.evaluate.check import Case, Check


def _judge(answer: str, case: Case) -> bool:
    return answer.strip() == case.expected.strip()


CHECK = Check("Same text to the letter", _judge)
