"""A file of limits: a field for every limit that is known, and what some of them look at."""

from __future__ import annotations

import dataclasses
import types
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Self

from paser_core.config import Section, check_names, read_yaml, setting
from paser_core.errors import ConfigError, shortened
from paser_core.registry import LIMITS


@dataclass(frozen=True)
class Inputs(Section, at=""):
    """What limits look at beside the run; bounds of limits are fields of :func:`section`."""

    held_out: str | None = setting(
        None,
        "nobody can guess which questions are kept apart",
        label="Held-out file",
        help=(
            "A file of questions that the models will be asked, in any form that a pool may have. They "
            "must not be among the samples that are trained on."
        ),
    )
    held_out_words: int = setting(
        8,
        "as PaLM looks for contamination",
        label="Words of an n-gram",
        help="Near duplicates have n-grams of so many words in common.",
        low=1,
        high=100,
    )
    held_out_share: float = setting(
        0.7,
        "as PaLM looks for contamination",
        label="N-grams in common",
        help="A sample is a near duplicate of a question if it has this share of its n-grams.",
        low=0.01,
        high=1,
    )


@cache
def section() -> type[Inputs]:
    """The whole file as a section of settings; null switches a limit off."""
    bounds = {name: LIMITS[name].bound for name in LIMITS}

    def body(namespace: dict[str, Any]) -> None:
        hints = dict.fromkeys(bounds, float | None)
        namespace.update(__module__=__name__, __annotations__=hints, **bounds)

    made = types.new_class("Limits", (Inputs,), {"at": ""}, body)
    return dataclasses.dataclass(frozen=True)(made)


@dataclass(frozen=True)
class LimitsConfig:
    """Bounds and inputs, and which of them somebody asked for."""

    values: Inputs
    named: frozenset[str]  # what was asked for has to be measured, too

    @classmethod
    def of(cls, given: Mapping[str, Any] | Path | str | Self | None = None) -> Self:
        """Out of a file, a mapping of fields, or nothing: the defaults.

        Raises:
            ConfigError: it cannot be read, or a field is unknown or not accepted.
        """
        if isinstance(given, cls):
            return given
        if given is None:
            return cls._of_tree({})
        if isinstance(given, Mapping):
            return cls._of_tree(given)
        if not isinstance(given, str | Path):
            raise ConfigError(
                f"limits is {shortened(given)}; give a YAML file, or a mapping such as "
                "{'acceptance_rate': 0.8}.",
                field="limits",
            )
        text = read_yaml(Path(given))
        with text.places():
            return cls._of_tree(text.mapping("a file of limits"))

    @classmethod
    def _of_tree(cls, tree: Mapping[str, Any]) -> Self:
        known = section()
        check_names(known, tree)
        return cls(known(**tree), _asked(tree))

    def bound(self, name: str) -> float | None:
        """The bound of a limit; None: it is switched off."""
        value: float | None = getattr(self.values, name)
        return value


def _asked(tree: Mapping[str, Any]) -> frozenset[str]:
    named = {str(name) for name, value in tree.items() if value is not None}
    # Who names the file wants it to be looked at.
    if "held_out" in named:
        named |= set(_of_file(LIMITS))
    return frozenset(named)


def _of_file(names: Iterable[str]) -> Iterable[str]:
    return (name for name in names if name.startswith("held_out_"))
