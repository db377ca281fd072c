"""A program that its tests run through: answer and tests as one text, in the sandbox."""

from __future__ import annotations

from paser_core.evaluate.check import Case, Check, Verdict


def _judge(answer: str, case: Case) -> Verdict:
    outcome = case.run("\n".join((answer, *case.facts)))
    return Verdict(outcome.right, None if outcome.right else outcome.why)


CHECK = Check(
    "A program that passes its tests",
    _judge,
    facts="the tests: lines of Python that follow the answer",
    programs=True,
    compares=False,
)
