"""Budgets of a study: samples, or tokens that are trained on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from paser_core.config import ONE, budget_text, read_budget
from paser_core.errors import ConfigError, shortened


class Unit(StrEnum):
    """What a budget counts."""

    SAMPLES = "samples"
    TOKENS = "tokens"  # prompt and response, as a training reads them


@dataclass(frozen=True, order=True)
class Budget:
    """A share of the pool, or a number, of samples or of tokens.

    >>> str(Budget(0.1)), str(Budget(0.025, Unit.TOKENS)), str(Budget(400.0))
    ('10 %', '2.5 % of tokens', '400')
    """

    amount: float | str
    unit: Unit = Unit.SAMPLES

    def __str__(self) -> str:
        text = budget_text(self.amount)
        if not isinstance(self.amount, str) and self.amount <= 1:
            text = f"{self.amount * 100:.6g} %"
        return text if self.unit is Unit.SAMPLES else f"{text} of tokens"

    def to_tree(self) -> Any:
        """As a plan has it."""
        return self.amount if self.unit is Unit.SAMPLES else {str(self.unit): self.amount}

    def tokens(self, total: int) -> int | None:
        """How many tokens it pays for out of ``total`` in the pool; None where it counts samples."""
        if self.unit is Unit.SAMPLES:
            return None
        amount = float(str(self.amount).split()[0])
        return int(amount * total) if amount <= 1 and self.amount != ONE else int(amount)


def read_budgets(value: Any, path: str) -> tuple[Budget, ...]:
    """Budgets: ``0.1``, ``10 %``, ``400``, or ``{tokens: 0.1}``; one, or a list of them.

    Raises:
        ConfigError: one is no budget, or stands twice.
    """
    if value is None:
        return ()
    many = value if isinstance(value, Sequence) and not isinstance(value, str) else [value]
    found = tuple(_budget(one, path) for one in many)
    names = [str(one) for one in found]  # by which the tables tell them apart
    if twice := [one for one in names if names.count(one) > 1]:
        raise ConfigError(f"{path} has {twice[0]} twice. Name each once.", field=path)
    return found


def _budget(value: Any, path: str) -> Budget:
    if isinstance(value, Budget):
        return value
    unit = Unit.SAMPLES
    if isinstance(value, Mapping):
        if len(value) != 1 or next(iter(value)) not in list(Unit):
            raise ConfigError(
                f"{path} has {shortened(value)}; write a budget as 0.1, as 400, or as "
                "{tokens: 0.1}.",
                field=path,
            )
        unit, value = Unit(next(iter(value))), next(iter(value.values()))
    amount = read_budget(value, path)
    if amount == 0:
        raise ConfigError(
            f"{path} has 0: nothing would be trained on. Give a share or a number above.",
            field=path,
        )
    return Budget(amount, unit)
