"""What the author of a study expects, written down before the first cell is made."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from paser_core.config import Section, setting
from paser_core.errors import ConfigError, shortened
from paser_core.study.budgets import Budget, read_budgets
from paser_core.study.statistics.measures import Measure


@dataclass(frozen=True)
class Hypothesis(Section, at="hypotheses"):
    """One selector is better than another, by how much, and what would refute it."""

    name: str = setting("", "it is tested by this name", label="Name")
    claim: str = setting("", "a sentence", label="Claim")
    refuted_by: str = setting("", "a sentence", label="Refuted by")
    better: str = setting("", "a selector of the study", label="Better")
    than: str = setting("", "another", label="Than")
    measure: Measure = setting(Measure.RETENTION, "what is usually asked", label="Measure")
    margin: float = setting(
        0.0,
        "any difference counts",
        label="Margin",
        help="By how much, in retention.",
        low=-1,
        high=1,
    )
    budgets: tuple[Budget, ...] = setting((), "each alone", label="Budgets", read=read_budgets)
    recovery: str | None = setting(None, "each", label="Recovery")
    compressions: tuple[str, ...] = setting((), "the mean over all", label="Compressions")

    def check(self) -> None:
        for name in ("name", "claim", "refuted_by", "better", "than"):
            if not getattr(self, name).strip():
                raise ConfigError(
                    f"hypotheses: {self.name or 'one'} has no {name}. Say what is expected (claim), what "
                    "would refute it (refuted_by), and which selector is better than which.",
                    field=f"hypotheses.{name}",
                )


def read_hypotheses(value: Any, path: str) -> tuple[Hypothesis, ...]:
    """A list of mappings.

    Raises:
        ConfigError: it is none, or two have the same name.
    """
    if value is None:
        return ()
    if not isinstance(value, Sequence) or isinstance(value, str):
        raise ConfigError(
            f"{path} is {shortened(value)}; it must be a list of mappings.", field=path
        )
    found = []
    for one in value:
        if isinstance(one, Hypothesis):
            found.append(one)
        elif isinstance(one, Mapping):
            found.append(Hypothesis.of_tree(one))
        else:
            raise ConfigError(f"{path} has {shortened(one)}; it must be a mapping.", field=path)
    names = [one.name for one in found]
    if twice := [name for name in names if names.count(name) > 1]:
        raise ConfigError(f"{path} has {shortened(twice[0])} twice. Name each once.", field=path)
    return tuple(found)
