"""``study.yaml``: the grid of a study, and what its author expects of it, checked at the door."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from paser_core.config import EngineConfig, Section, setting, subsection
from paser_core.errors import ConfigError, nearest, shortened
from paser_core.study.budgets import Budget, read_budgets
from paser_core.study.hypotheses import Hypothesis, read_hypotheses
from paser_core.study.seeds import Seeds, read_seeds

Variants = Mapping[str, Mapping[str, Any]]

_UNSET: Any = None  # its `read` says what that is
_LONGEST = 40  # characters of a name: it heads columns
_TAKEN = {"original": "the model before the compression", "all": "the mean over compressions"}


def read_variants(value: Any, path: str) -> Variants:
    """Named settings, in order: of compressions, selectors or recoveries.

    A list of names, a mapping from names to settings, or a list with both.

    Raises:
        ConfigError: it is none of them, or a name stands twice.
    """
    items: list[tuple[Any, Any]] = []
    if isinstance(value, Mapping):
        items = list(value.items())
    elif isinstance(value, Sequence) and not isinstance(value, str):
        for one in value:
            items += list(one.items()) if isinstance(one, Mapping) else [(one, None)]
    if not items:
        raise ConfigError(
            f"{path} is {shortened(value)}; it must be a list of names or a mapping from names to "
            "settings, with one at least.",
            field=path,
        )
    found: dict[str, Mapping[str, Any]] = {}
    for name, tree in items:
        if (
            not isinstance(name, str)
            or not name.strip()
            or not name.isprintable()
            or len(name) > _LONGEST
        ):
            raise ConfigError(
                f"{path} has {shortened(name)} as a name; a name is one line of text of 1 to {_LONGEST} "
                "characters.",
                field=path,
            )
        if name in found:
            raise ConfigError(f"{path} has {shortened(name)} twice. Name each once.", field=path)
        if tree is not None and not isinstance(tree, Mapping):
            raise ConfigError(
                f"{path}.{name} is {shortened(tree)}; it must be a mapping of settings.",
                field=f"{path}.{name}",
            )
        found[name] = dict(tree or {})
    return found


def _texts(value: Any, path: str) -> tuple[str, ...]:
    """Text, or a list of texts, one at least and each once."""
    known = [value] if isinstance(value, str) else value
    if (
        not isinstance(known, Sequence)
        or not known
        or not all(isinstance(one, str) and one for one in known)
    ):
        raise ConfigError(f"{path} is {shortened(value)}; it must be a list of names.", field=path)
    if twice := [one for one in known if list(known).count(one) > 1]:
        raise ConfigError(f"{path} has {shortened(twice[0])} twice. Name each once.", field=path)
    return tuple(known)


def _tree(value: Any, path: str) -> Mapping[str, Any]:
    if value is None or isinstance(value, Mapping):
        return dict(value or {})
    raise ConfigError(f"{path} is {shortened(value)}; it must be a mapping of fields.", field=path)


@dataclass(frozen=True)
class Arms:
    """A part of the grid: all combinations of these."""

    compressions: tuple[str, ...]
    selectors: tuple[str, ...]
    budgets: tuple[Budget, ...]
    recoveries: tuple[str, ...]


@dataclass(frozen=True)
class Split(Section, at="split"):
    """Which items ideas are tried on, and which confirm them."""

    development: float = setting(
        0.3,
        "enough to choose a learning rate by; the rest is looked at once",
        label="Development share",
        help="Share of the items, drawn by their ids, that the tables and tests leave out.",
        low=0.0,
        high=0.9,
    )


@dataclass(frozen=True)
class StudyConfig(Section, at=""):
    """Everything that determines a study, together with the files it names."""

    title: str = setting("Study", "what the page is headed with", label="Title")
    original: str = setting("", "the model before the compression", label="Original model")
    run: Mapping[str, Any] = setting(
        _UNSET, "config of the runs, without models", label="Run", read=_tree
    )
    compressions: Variants = setting(
        _UNSET, "how the original is made smaller", label="Compressions", read=read_variants
    )
    selectors: Variants = setting(
        _UNSET,
        "the question; usually paser against random",
        label="Selectors",
        read=lambda value, path: read_variants(value or ["paser", "random"], path),
    )
    budgets: tuple[Budget, ...] = setting((), "of the grid", label="Budgets", read=read_budgets)
    recoveries: Variants = setting(
        _UNSET,
        "the paper's first: sft",
        label="Recoveries",
        read=lambda value, path: read_variants(value or ["sft"], path),
    )
    grid: tuple[Arms, ...] = setting(
        (), "empty: all combinations", label="Grid", read=lambda value, path: _arms(value, path)
    )
    seeds: Seeds = setting(Seeds(), "five of each", label="Seeds", read=read_seeds)
    tasks: tuple[str, ...] = setting(("demo",), "the bundled questions", label="Tasks", read=_texts)
    evaluate: Mapping[str, Any] = setting(_UNSET, "as usual", label="Evaluation", read=_tree)
    split: Split = subsection(Split, "what is looked at once")
    hypotheses: tuple[Hypothesis, ...] = setting(
        (), "what is expected, before it is known", label="Hypotheses", read=read_hypotheses
    )
    reference: str = setting("random", "the strongest simple opponent", label="Compared with")
    threads: int = setting(
        1,
        "results on a processor depend on it in the last bits; one lets most cells run at a time",
        label="Threads of a cell",
        low=1,
        high=1024,
    )
    engine: EngineConfig = subsection(EngineConfig, "processes of this machine")
    keep_models: bool = setting(False, "results are kept, not models", label="Keep models")

    def check(self) -> None:
        if not self.original:
            raise ConfigError(
                "original is empty. Name the model before the compression.", field="original"
            )
        for name in ("selection", "scores"):
            if name in self.run:
                raise ConfigError(
                    f"run.{name} has no place in a study: say it of each of the selectors.",
                    field=f"run.{name}",
                )
        for name, what in _TAKEN.items():
            if name in self.compressions:
                raise ConfigError(
                    f"compressions has {name!r} as a name, which is what the tables call {what}. Give it "
                    "another name.",
                    field="compressions",
                )
        if "engine" in self.run:
            raise ConfigError(
                "run.engine has no place in a study: its cells are shared out. Set engine, beside run.",
                field="run.engine",
            )
        if self.engine.threads != EngineConfig.threads:
            raise ConfigError(
                f"engine.threads is {self.engine.threads}, and cells of a study have threads: "
                f"{self.threads}. Set threads, and leave engine.threads out.",
                field="engine.threads",
            )
        models = self.run.get("models")
        for role in ("original", "compressed"):
            if isinstance(models, Mapping) and role in models:
                raise ConfigError(
                    f"run.models.{role} has no place in a study: its models are `original` and the "
                    "compressions.",
                    field=f"run.models.{role}",
                )
        for number, arms in enumerate(self.arms):
            if not arms.budgets:
                where = (
                    f"grid[{number}] has no budgets, nor has the study"
                    if self.grid
                    else "budgets is missing"
                )
                raise ConfigError(
                    f"{where}, so there is no cell. Give one at least, as in [0.05, 0.1].",
                    field="budgets",
                )
        budgets: dict[str, Budget] = {}
        for budget in (one for arms in self.arms for one in arms.budgets):
            if budgets.setdefault(str(budget), budget) != budget:
                raise ConfigError(
                    f"budgets has {budget.amount} and {budgets[str(budget)].amount}, which the tables both "
                    f"call {budget}. Keep one of them.",
                    field="budgets",
                )
        for arms in self.grid:
            for kind in ("compressions", "selectors", "recoveries"):
                for name in getattr(arms, kind):
                    self.check_known(kind, name, f"grid.{kind}")
        for hypothesis in self.hypotheses:
            for name in (hypothesis.better, hypothesis.than):
                self.check_known("selectors", name, f"hypotheses.{hypothesis.name}")
            for name in hypothesis.compressions:
                self.check_known("compressions", name, f"hypotheses.{hypothesis.name}")
            if hypothesis.recovery is not None:
                self.check_known("recoveries", hypothesis.recovery, f"hypotheses.{hypothesis.name}")

    @property
    def wants_gpu(self) -> bool:
        """Whether models may work on one."""
        return (self.run.get("models") or {}).get("device") != "cpu"

    def check_known(self, kind: str, name: str, where: str) -> None:
        """See that a variant is there.

        Raises:
            ConfigError: it is not; the message has the nearest, and all of them.
        """
        known = list(getattr(self, kind))
        if name not in known:
            raise ConfigError(
                f"{where} names {shortened(name)}, which is none of {kind}.{nearest(name, known)} There "
                f"are: {', '.join(known)}.",
                field=where,
            )

    @property
    def arms(self) -> tuple[Arms, ...]:
        """The grid; what a part of it does not name is everything."""
        usual = Arms(
            tuple(self.compressions), tuple(self.selectors), self.budgets, tuple(self.recoveries)
        )
        if not self.grid:
            return (usual,)
        return tuple(
            Arms(*(getattr(part, name) or getattr(usual, name) for name in Arms.__annotations__))
            for part in self.grid
        )


def _arms(value: Any, path: str) -> tuple[Arms, ...]:
    if value is None or not isinstance(value, Sequence) or isinstance(value, str):
        if value is None:
            return ()
        raise ConfigError(
            f"{path} is {shortened(value)}; it must be a list of mappings.", field=path
        )
    found = []
    for number, part in enumerate(value):
        if isinstance(part, Arms):
            found.append(part)
            continue
        where = f"{path}[{number}]"
        if not isinstance(part, Mapping):
            raise ConfigError(f"{where} is {shortened(part)}; it must be a mapping.", field=where)
        known = list(Arms.__annotations__)
        for name in part:
            if name not in known:
                raise ConfigError(
                    f"{where}.{name} is not a known field.{nearest(str(name), known)} Known here: "
                    f"{', '.join(known)}.",
                    field=f"{where}.{name}",
                )
        names = {
            name: _texts(part[name], f"{where}.{name}") if name in part else ()
            for name in ("compressions", "selectors", "recoveries")
        }
        budgets = read_budgets(part.get("budgets", ()), f"{where}.budgets")
        found.append(Arms(budgets=budgets, **names))
    return tuple(found)
