"""The seeds of a study: of draws, of trainings and of drawn answers, which go together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from paser_core.config import Section, check_names, setting
from paser_core.errors import ConfigError


@dataclass(frozen=True)
class Seeds(Section, at="seeds"):
    """The chances of a cell: what is drawn, the training, and drawn answers. They go together, so that
    the n-th cell of an arm has the n-th of each."""

    select: tuple[int, ...] = setting((0, 1, 2, 3, 4), "five draws tell a spread", label="Of draws")
    train: tuple[int, ...] = setting((0, 1, 2, 3, 4), "one for each draw", label="Of trainings")
    evaluate: tuple[int, ...] = setting(
        (0, 0, 0, 0, 0), "greedy answers draw none", label="Of answers"
    )

    def check(self) -> None:
        counts = {len(self.select), len(self.train), len(self.evaluate)}
        if len(counts) > 1 or not self.select:
            raise ConfigError(
                f"seeds has {len(self.select)} for select, {len(self.train)} for train and "
                f"{len(self.evaluate)} for evaluate; they go together. Give as many of each, one at "
                "least.",
                field="seeds",
            )
        for name in ("select", "train", "evaluate"):
            for seed in getattr(self, name):
                if not 0 <= seed < 2**31:
                    raise ConfigError(
                        f"seeds.{name} has {seed}; it must be between 0 and {2**31 - 1}.",
                        field=f"seeds.{name}",
                    )
        pairs = list(zip(self.select, self.train, strict=True))
        if twice := [pair for pair in pairs if pairs.count(pair) > 1]:
            select, train = twice[0]
            raise ConfigError(
                f"seeds has select {select} with train {train} twice: those cells would be one cell counted "
                "twice. Change one of them.",
                field="seeds",
            )

    def __len__(self) -> int:
        return len(self.select)


def read_seeds(value: Any, path: str) -> Seeds:
    """A number of seeds, a list of them, or a mapping with ``select``, ``train``, ``evaluate``.

    Raises:
        ConfigError: it is none of them.
    """
    if isinstance(value, Seeds):
        return value
    if isinstance(value, int) and not isinstance(value, bool):
        if not 1 <= value <= 1000:
            raise ConfigError(f"{path} is {value}; it must be between 1 and 1000.", field=path)
        value = list(range(value))
    if isinstance(value, Mapping):
        check_names(Seeds, value)
        longest = max((len(v) for v in value.values() if isinstance(v, Sequence)), default=5)
        usual = {
            "select": list(range(longest)),
            "train": list(range(longest)),
            "evaluate": [0] * longest,
        }
        return Seeds(**{**usual, **value})
    zeros: Any = [0] * len(value) if isinstance(value, list) else value
    return Seeds(select=value, train=value, evaluate=zeros)
