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
        built_in: Mapping[str, str],
        formerly: Mapping[str, str] | None = None,
        made_of: tuple[Registry, str] | None = None,
        but: tuple[str, ...] = (),
    ) -> None:
        """See :class:`Registry`.

        Args:
            kind: what a message calls one of them.
            group: entry points of this group are further ones.
            built_in: where each is, by name: ``package.module:attribute``.
            formerly: names that some had before; they are still understood.
            made_of: every name of another registry is one here, too, and this function makes it.
            but: names of that registry that are none here.
        """
        self.kind, self.group = kind, group
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
            ConfigError: there is none, or the package that brings it is broken.
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
        return self._brought[name].load()


_SELECTORS = "paser_core.selection.selectors"
_CLUSTERINGS = "paser_core.stages.clusterings"

CLUSTERINGS = Registry(
    "clustering",
    "paser.clusterings",
    {
        "s2ric": f"{_CLUSTERINGS}.s2ric:CLUSTERING",
        "nmf-tfidf": f"{_CLUSTERINGS}.nmf_tfidf:CLUSTERING",
        "lda-tfidf": f"{_CLUSTERINGS}.lda_tfidf:CLUSTERING",
        "kmeans-tfidf": f"{_CLUSTERINGS}.kmeans_tfidf:CLUSTERING",
        "spectral-mteb": f"{_CLUSTERINGS}.spectral_mteb:CLUSTERING",
        "spectral-bert": f"{_CLUSTERINGS}.spectral_bert:CLUSTERING",
    },
)

SELECTORS = Registry(
    "selector",
    "paser.selectors",
    {
        "paser": f"{_SELECTORS}.paser:SELECTOR",
        "paser-coverage": f"{_SELECTORS}.paser_coverage:SELECTOR",
        "paser-soft": f"{_SELECTORS}.paser_soft:SELECTOR",
        "paser-balanced": f"{_SELECTORS}.paser_balanced:SELECTOR",
        "paser-balanced-coverage": f"{_SELECTORS}.paser_balanced_coverage:SELECTOR",
        "paser-without-s2ric": f"{_SELECTORS}.paser_without_s2ric:SELECTOR",
        "paser-without-cdais": f"{_SELECTORS}.paser_without_cdais:SELECTOR",
        "paser-without-ies": f"{_SELECTORS}.paser_without_ies:SELECTOR",
        "paser-without-ntm": f"{_SELECTORS}.paser_without_ntm:SELECTOR",
        "as-published-code": f"{_SELECTORS}.as_published_code:SELECTOR",
        "full": f"{_SELECTORS}.full:SELECTOR",
        "random": f"{_SELECTORS}.random:SELECTOR",
        "random-matched": f"{_SELECTORS}.random_matched:SELECTOR",
        "proportional": f"{_SELECTORS}.proportional:SELECTOR",
        "longest": f"{_SELECTORS}.longest:SELECTOR",
        "divergence": f"{_SELECTORS}.divergence:SELECTOR",
        "ies": f"{_SELECTORS}.ies:SELECTOR",
        "k-center": f"{_SELECTORS}.k_center:SELECTOR",
        "facility-location": f"{_SELECTORS}.facility_location:SELECTOR",
        "ifd": f"{_SELECTORS}.ifd:SELECTOR",
        "ifd-ppl": f"{_SELECTORS}.ifd_ppl:SELECTOR",
        "nuggets": f"{_SELECTORS}.nuggets:SELECTOR",
        "instruction-mining": f"{_SELECTORS}.instruction_mining:SELECTOR",
        "rds-plus": f"{_SELECTORS}.rds_plus:SELECTOR",
    },
    formerly={"no-graph": "paser-without-ntm"},
    # Each of them is a selector, too: all of PASER, in these clusters.
    made_of=(CLUSTERINGS, "paser_core.selection.regrouped:paser_in"),
    but=("s2ric",),
)

SCORES = Registry(
    "score",
    "paser.scores",
    {
        "ifd": "paser_core.measure.scores.plan:IFD",
        "nuggets": "paser_core.measure.scores.plan:NUGGETS",
        "rds": "paser_core.measure.scores.plan:RDS",
        "instruction-mining": "paser_core.measure.scores.plan:MINING",
    },
)

_RECIPES = "paser_core.recover.recipes"

RECOVERIES = Registry(
    "recipe",
    "paser.recoveries",
    {
        "sft": f"{_RECIPES}.sft:RECIPE",
        "kd": f"{_RECIPES}.kd:RECIPE",
        "kd-sft": f"{_RECIPES}.kd_sft:RECIPE",
        "sft-kd": f"{_RECIPES}.sft_kd:RECIPE",
    },
)

_TASKS = "paser_core.evaluate.tasks"

TASKS = Registry(
    "task",
    "paser.tasks",
    {
        "demo": f"{_TASKS}.demo:TASK",
        "ppl": f"{_TASKS}.ppl:TASK",
        "code": f"{_TASKS}.code:TASK",
        "jsonl": f"{_TASKS}.jsonl:TASK",
        "lm-eval": f"{_TASKS}.lm_eval:TASK",
    },
)

_CHECKS = "paser_core.evaluate.checks"

CHECKS = Registry(
    "check",
    "paser.checks",
    {
        "same-text": f"{_CHECKS}.same_text:CHECK",
        "exact": f"{_CHECKS}.exact:CHECK",
        "contains": f"{_CHECKS}.contains:CHECK",
        "number": f"{_CHECKS}.number:CHECK",
        "words": f"{_CHECKS}.words:CHECK",
        "couplet": f"{_CHECKS}.couplet:CHECK",
        "python-function": f"{_CHECKS}.python_function:CHECK",
        "program": f"{_CHECKS}.program:CHECK",
    },
)

_COMPRESSIONS = "paser_core.compress.methods"

COMPRESSIONS = Registry(
    "method",
    "paser.compressions",
    {
        "magnitude": f"{_COMPRESSIONS}.magnitude:METHOD",
        "llm-pruner": f"{_COMPRESSIONS}.llm_pruner:METHOD",
        "slicegpt": f"{_COMPRESSIONS}.slicegpt:METHOD",
        "wanda": f"{_COMPRESSIONS}.wanda:METHOD",
        "sparsegpt": f"{_COMPRESSIONS}.sparsegpt:METHOD",
        "rtn": f"{_COMPRESSIONS}.rtn:METHOD",
        "gptq": f"{_COMPRESSIONS}.gptq:METHOD",
    },
)

_SIGNALS = "paser_core.stages.divergence.signals"

SIGNALS = Registry(
    "signal",
    "paser.signals",
    {
        "jsd": f"{_SIGNALS}.jsd:SIGNAL",
        "kl": f"{_SIGNALS}.kl:SIGNAL",
        "kl_reverse": f"{_SIGNALS}.kl_reverse:SIGNAL",
        "loss_gap": f"{_SIGNALS}.loss_gap:SIGNAL",
        "top1": f"{_SIGNALS}.top1:SIGNAL",
        "changed_gap": f"{_SIGNALS}.changed_gap:SIGNAL",
    },
)
