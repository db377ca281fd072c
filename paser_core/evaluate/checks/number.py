"""The last number of the answer is that of the expected answer, as in exercises with a way to it."""

from __future__ import annotations

import re
from decimal import Decimal

from paser_core.evaluate.check import Case, Check, Verdict

_NUMBER = re.compile(r"-?\d[\d,]*(?:\.\d+)?")


def last_number(text: str) -> Decimal | None:
    """The last number in a text; commas between digits are thousands."""
    found = _NUMBER.findall(text)
    return Decimal(found[-1].replace(",", "")) if found else None


def _judge(answer: str, case: Case) -> bool | Verdict:
    number = last_number(answer)
    if number is None:
        return Verdict(False, "no number in it")
    return number == last_number(case.expected)


CHECK = Check("The last number is the expected one", _judge)
