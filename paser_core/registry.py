"""What can be chosen by name: built in, or brought by an installed package. Loaded on first use.

To add one here is a file and a line below; a package of its own names it as an entry point of the
group (see CONTRIBUTING.md).
"""

from __future__ import annotations

import pkgutil
from collections.abc import Iterator, Mapping
from functools import cached_property
from importlib.metadata import EntryPoint, entry_points
from typing import Any

from paser_core.errors import ConfigError, nearest, shortened


class Registry(Mapping[str, Any]):
    """Objects by name. Asking for the names loads nothing."""

    def __init__(
        self,
        kind: str,
        group: str,
        type_: str,
        built_in: Mapping[str, str],
        formerly: Mapping[str, str] | None = None,
        made_of: tuple[Registry, str] | None = None,
        but: tuple[str, ...] = (),
    ) -> None:
        """See :class:`Registry`.

        Args:
            kind: what a message calls one of them.
            group: entry points of this group are further ones.
            type_: the class of each: ``package.module.Class``.
            built_in: where each is, by name: ``package.module:attribute``.
            formerly: names that some had before; they are still understood.
            made_of: every name of another registry is one here, too, and this function makes it.
            but: names of that registry that are none here.
        """
        self.kind, self.group, self._type = kind, group, type_
        self.formerly: Mapping[str, str] = formerly or {}
        self._made_of, self._but = made_of, but
        self._built_in = dict(built_in)
        self._loaded: dict[str, Any] = {}

    @cached_property
    def _brought(self) -> dict[str, EntryPoint]:
        """Of installed packages; a name that is built in stays what it is."""
        points = sorted(entry_points(group=self.group), key=lambda point: point.name)
        known = {*self._built_in, *self._made}
        return {point.name: point for point in points if point.name not in known}

    @cached_property
    def _made(self) -> tuple[str, ...]:
        """Names of the other registry that are none of our own."""
        others = () if self._made_of is None else self._made_of[0]
        return tuple(n for n in others if n not in self._built_in and n not in self._but)

    def __iter__(self) -> Iterator[str]:
        yield from self._built_in
        yield from self._made
        yield from self._brought

    def __len__(self) -> int:
        return len(self._built_in) + len(self._made) + len(self._brought)

    def __contains__(self, name: object) -> bool:
        named = (self._built_in, self._made, self._brought, self.formerly)
        return any(name in names for names in named)

    def check(self, name: Any, field: str) -> str:
        """The name itself, if there is one of that name; the new one for one of before.

        Raises:
            ConfigError: there is none; the message has all of them and the nearest.
        """
        if isinstance(name, str) and name in self:
            return self.formerly.get(name, name)
        raise ConfigError(
            f"{field} is {shortened(name)}; accepted: {', '.join(self)}.{nearest(str(name), self)} "
            f"One of another package is known once that is installed.",
            field=field,
        )

    def __getitem__(self, name: str) -> Any:
        """The object of that name.

        Raises:
            ConfigError: there is none, or the package that brings it is broken or brings no such thing.
        """
        name = self.check(name, self.kind)
        if name not in self._loaded:
            try:
                self._loaded[name] = self._load(name)
            except (ImportError, AttributeError) as error:
                if name not in self._brought:
                    raise
                raise ConfigError(
                    f"The {self.kind} {name!r} ({self._brought[name].value}) cannot be loaded: {error}. "
                    "Repair or remove the package that brings it.",
                ) from error
        return self._loaded[name]

    def _load(self, name: str) -> Any:
        if name in self._built_in:
            return pkgutil.resolve_name(self._built_in[name])
        if self._made_of is not None and name in self._made:
            return pkgutil.resolve_name(self._made_of[1])(name)
        found = self._brought[name].load()
        if not isinstance(found, pkgutil.resolve_name(self._type)):
            raise ConfigError(
                f"The {self.kind} {name!r} is a {type(found).__name__}; a package must bring a "
                f"{self._type}. Remove that package, or tell its author."
            )
        return found


def _files(package: str, attribute: str, *names: str) -> dict[str, str]:
    """What is built in, each in a file of its name in one package."""
    return {name: f"{package}.{name.replace('-', '_')}:{attribute}" for name in names}


ENGINES = Registry(
    "engine",
    "paser.engines",
    "paser_core.engines.engine.EngineKind",
    _files("paser_core.engines", "ENGINE", "local", "ray"),
)

CLUSTERINGS = Registry(
    "clustering",
    "paser.clusterings",
    "paser_core.stages.clusterings.method.ClusteringMethod",
    _files(
        "paser_core.stages.clusterings",
        "CLUSTERING",
        "s2ric",
        "nmf-tfidf",
        "lda-tfidf",
        "kmeans-tfidf",
        "spectral-mteb",
        "spectral-bert",
    ),
)

SELECTORS = Registry(
    "selector",
    "paser.selectors",
    "paser_core.selection.Selector",
    _files(
        "paser_core.selection.selectors",
        "SELECTOR",
        "paser",
        "paser-coverage",
        "paser-soft",
        "paser-balanced",
        "paser-balanced-coverage",
        "paser-recoverable",
        "paser-without-s2ric",
        "paser-without-cdais",
        "paser-without-ies",
        "paser-without-ntm",
        "as-published-code",
        "full",
        "random",
        "random-matched",
        "proportional",
        "longest",
        "divergence",
        "ies",
        "k-center",
        "facility-location",
        "ifd",
        "ifd-ppl",
        "nuggets",
        "instruction-mining",
        "rds-plus",
    ),
    formerly={"no-graph": "paser-without-ntm"},
    # Each of them is a selector, too: all of PASER, in these clusters.
    made_of=(CLUSTERINGS, "paser_core.selection.regrouped:paser_in"),
    but=("s2ric",),
)

SCORES = Registry(
    "score",
    "paser.scores",
    "paser_core.runs.scores.Score",
    {
        "ifd": "paser_core.measure.scores.plan:IFD",
        "nuggets": "paser_core.measure.scores.plan:NUGGETS",
        "rds": "paser_core.measure.scores.plan:RDS",
        "instruction-mining": "paser_core.measure.scores.plan:MINING",
        "gains": "paser_core.measure.scores.plan:GAINS",
    },
)

RECOVERIES = Registry(
    "recipe",
    "paser.recoveries",
    "paser_core.recover.recipe.Recipe",
    _files("paser_core.recover.recipes", "RECIPE", "sft", "kd", "kd-sft", "sft-kd"),
)

TASKS = Registry(
    "task",
    "paser.tasks",
    "paser_core.evaluate.Task",
    _files("paser_core.evaluate.tasks", "TASK", "demo", "ppl", "code", "jsonl", "lm-eval"),
)

CHECKS = Registry(
    "check",
    "paser.checks",
    "paser_core.evaluate.Check",
    _files(
        "paser_core.evaluate.checks",
        "CHECK",
        "same-text",
        "exact",
        "contains",
        "number",
        "words",
        "couplet",
        "python-function",
        "program",
    ),
)

COMPRESSIONS = Registry(
    "method",
    "paser.compressions",
    "paser_core.compress.method.Method",
    _files(
        "paser_core.compress.methods",
        "METHOD",
        "magnitude",
        "llm-pruner",
        "slicegpt",
        "wanda",
        "sparsegpt",
        "rtn",
        "gptq",
    ),
)

SIGNALS = Registry(
    "signal",
    "paser.signals",
    "paser_core.stages.divergence.signal.Signal",
    _files(
        "paser_core.stages.divergence.signals",
        "SIGNAL",
        "jsd",
        "kl",
        "kl_reverse",
        "loss_gap",
        "top1",
        "changed_gap",
    ),
)

LIMITS = Registry(
    "limit",
    "paser.limits",
    "paser_core.limits.limit.Limit",
    {
        "acceptance_rate": "paser_core.limits.figures.selecting:ACCEPTANCE",
        "budget_filled": "paser_core.limits.figures.selecting:FILLED",
        "largest_cluster": "paser_core.limits.figures.selecting:LARGEST",
        "invalid": "paser_core.limits.figures.measuring:INVALID",
        "unmeasured": "paser_core.limits.figures.measuring:UNMEASURED",
        "truncated": "paser_core.limits.figures.measuring:TRUNCATED",
        "cds_interval": "paser_core.limits.figures.measuring:INTERVAL",
        "stable_clusters": "paser_core.limits.figures.stable:CLUSTERS",
        "mixed_clusters": "paser_core.limits.figures.stable:MIXED",
        "over_temperature": "paser_core.limits.figures.stable:TEMPERATURE",
        "held_out_exact": "paser_core.limits.figures.apart:EXACT",
        "held_out_near": "paser_core.limits.figures.apart:NEAR",
    },
)
