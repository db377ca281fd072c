"""One value of every knob of a selection: what app, command line, exports, reports and caches share."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Self

from paser_core.config import (
    ConceptsConfig,
    RunConfig,
    ScoresConfig,
    SelectionConfig,
    check_names,
    of_count,
    setting,
    subsection,
    to_tree,
)
from paser_core.errors import ConfigError, shortened
from paser_core.selection.selector import selector_of

if TYPE_CHECKING:
    from paser_core.runs import Run

# Sections of their own in a selection.yaml.
_APART = ("concepts", "scores", "forced_in", "forced_out")


def _ids(value: Any, path: str) -> tuple[str, ...]:
    """Ids of samples, each once and in the order given: forced samples enter in it."""
    name = path.rpartition(".")[2]
    known = [] if value is None else value
    if not isinstance(known, list | tuple) or not all(
        isinstance(v, str | int) and not isinstance(v, bool) for v in known
    ):
        raise ConfigError(
            f"{name} is {shortened(value)}; it must be a list of sample ids. Put an id that reads "
            "as something else in quotes.",
            field=name,
        )
    return tuple(dict.fromkeys(map(str, known)))


@dataclass(frozen=True)
class Setting(SelectionConfig, at="selection"):
    """Everything that determines a selection on one run.

    It coerces and checks itself, as a section of the config does. Equal settings select equal samples
    from equal runs, so a setting is the key of whatever is remembered about a selection.

    >>> Setting(budget="20 %") == Setting(0.2)
    True
    """

    concepts: ConceptsConfig = subsection(ConceptsConfig, "which phrases may conflict")
    scores: ScoresConfig = subsection(ScoresConfig, "what selectors need that ask a model")
    forced_in: tuple[str, ...] = setting((), "ids of samples that people want", read=_ids)
    forced_out: tuple[str, ...] = setting((), "ids of samples that people do not want", read=_ids)

    def check(self) -> None:
        for identifier in set(self.forced_in) & set(self.forced_out):
            raise ConfigError(
                f"The sample '{identifier}' is forced in and forced out; decide for one.",
                field="forced_out",
            )

    @classmethod
    def of(cls, source: Run | RunConfig, **changes: Any) -> Self:
        """Where the knobs start on a run, or by a config; ``changes`` are fields of a setting.

        Raises:
            ConfigError: a change is unknown, or not accepted.
        """
        config = source if isinstance(source, RunConfig) else source.config
        known = {**vars(config.selection), "concepts": config.concepts, "scores": config.scores}
        check_names(cls, changes)
        return cls(**known | changes)

    def changed(self, **changes: Any) -> Self:
        """The same but for some fields.

        Raises:
            ConfigError: a change is unknown, or not accepted.
        """
        check_names(type(self), changes)
        return replace(self, **changes)

    def alone(self, selector: str, size: int, seed: int = 0) -> Self:
        """What another selector is asked: as many samples, people's decisions set aside."""
        return replace(
            self,
            budget=of_count(size),
            selector=selector,
            seed=seed,
            forced_in=(),
            forced_out=(),
        )

    @property
    def nested(self) -> bool:
        """Whether one ranking answers every budget, under this selector."""
        return selector_of(self.selector).nests(self)

    @property
    def by_temperature(self) -> bool:
        """Whether another temperature can select otherwise: damage has one, and the selector reads damage."""
        return self.tempered and selector_of(self.selector).damage

    @property
    def ranking(self) -> Self:
        """What the ranking hangs on: the same setting for every budget, where selections are nested.

        It keys what is made once for all positions of the budget slider.
        """
        return replace(self, budget=1.0) if self.nested else self

    def to_tree(self) -> dict[str, Any]:
        """As a selection.yaml has it: the knobs, the concepts and people's decisions apart."""
        knobs = to_tree(self)
        apart = {name: knobs.pop(name) for name in _APART}
        if self.scores == ScoresConfig():  # said where it is so, as most selectors ask no model
            apart.pop("scores")
        if not isinstance(self.budget, str) and self.budget > 1:
            knobs["budget"] = int(self.budget)  # 800 and 800.0, which are equal, read the same
        if self.encoder is None:  # said where it is so: few selectors ask for one
            knobs.pop("encoder")
        return {"selection": {"selector": knobs.pop("selector"), **knobs}, **apart}

    @classmethod
    def of_tree(cls, tree: Mapping[str, Any]) -> Self:
        """Out of what :meth:`to_tree` writes; what is missing is as usual.

        Raises:
            ConfigError: a field is unknown, or a value is not accepted.
        """
        knobs = tree.get("selection") or {}
        if not isinstance(knobs, Mapping):
            raise ConfigError(
                f"selection is {shortened(knobs)}; it must be a mapping of fields.",
                field="selection",
            )
        check_names(cls, knobs, without=_APART)
        apart: dict[str, Any] = {name: tree.get(name) for name in _APART}
        return cls(**knobs, **apart)
