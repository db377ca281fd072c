"""What judges an answer: a rule by name, as the column ``check`` of a file of questions has it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from paser_core.errors import EvaluationError
from paser_core.evaluate.sandbox import Outcome
from paser_core.registry import CHECKS

Run = Callable[[str], Outcome]  # runs a program in the sandbox


@dataclass(frozen=True)
class Case:
    """What an answer is judged by.

    Args:
        expected: the right answer, or one of them.
        facts: what the rule needs beyond it, e.g. words that must occur.
        run: runs a program in the sandbox; for rules that say so.
    """

    expected: str
    facts: tuple[str, ...]
    run: Run


@dataclass(frozen=True)
class Verdict:
    """Whether an answer is right, and what there is to say of it."""

    right: bool
    why: str | None = None


@dataclass(frozen=True)
class Check:
    """A rule that judges answers.

    Args:
        label: what people read.
        judge: of an answer and its case.
        facts: what stands in the column ``facts``, in words; None: nothing has to.
        programs: whether it runs what the model wrote.
        compares: whether it compares with the expected answer as a text, so that one fixed answer
            could be right by chance.
    """

    label: str
    judge: Callable[[str, Case], bool | Verdict]
    facts: str | None = None
    programs: bool = False
    compares: bool = True

    def verdict(self, answer: str, case: Case) -> Verdict:
        """The judgment of one answer."""
        found = self.judge(answer, case)
        return found if isinstance(found, Verdict) else Verdict(bool(found))


def check_of(name: str) -> Check:
    """A rule by name.

    Raises:
        ConfigError: there is none of that name.
        EvaluationError: what a package brings under it is none.
    """
    found = CHECKS[name]
    if not isinstance(found, Check):
        raise EvaluationError(
            f"The check {name!r} is a {type(found).__name__}; a package must bring a "
            "paser_core.evaluate.Check. Remove that package, or tell its author."
        )
    return found
