"""``selection.yaml``: everything that makes a selection again."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Self

import numpy as np
import yaml

from paser_core.config import (
    ConceptsConfig,
    SelectionConfig,
    coerced,
    option,
    read_yaml,
    to_tree,
)
from paser_core.errors import ConfigError, SelectionError, nearest, shortened
from paser_core.export.content import Part, parse_parts
from paser_core.export.formats import ExportFormat
from paser_core.review import ReviewState
from paser_core.runs import Run
from paser_core.selection import Overrides
from paser_core.workspace.staging import recover


@dataclass(frozen=True)
class Recipe:
    """One setting of the knobs on one run."""

    run: str  # path of the run folder, as it was given
    fingerprint: str | None  # of the run's content; None: whatever run is there
    selection: SelectionConfig
    concepts: ConceptsConfig
    export_format: ExportFormat = ExportFormat.ALPACA
    forced_in: tuple[str, ...] = field(default=())  # sample ids, in the order they enter
    forced_out: tuple[str, ...] = field(default=())
    names: tuple[tuple[int, str], ...] = field(default=())  # clusters that people named
    without: tuple[Part, ...] = field(default=())  # left out of the folder, in the order of Part

    def with_review(self, state: ReviewState) -> Self:
        """The recipe with what people decided: from here on it needs no database to be replayed."""
        return replace(
            self,
            forced_in=state.forced_in,
            forced_out=state.forced_out,
            names=tuple(sorted(state.names.items())),
        )

    def check(self, run: Run) -> None:
        """Reject a run that is not the one the recipe was written for.

        Raises:
            SelectionError: the fingerprints differ.
        """
        if self.fingerprint is not None and self.fingerprint != run.fingerprint:
            raise SelectionError(
                f"{run.path}: this is not the run that the selection was made on (its content "
                "differs). Name the right run, or select anew without --config."
            )

    def overrides(self, run: Run) -> Overrides:
        """Forced samples as row numbers.

        Raises:
            SelectionError: an id does not exist in the run, is forced both ways, or belongs to a
                sample that cannot be trained on.
        """
        if not self.forced_in and not self.forced_out:
            return Overrides()
        rows = {str(identifier): row for row, identifier in enumerate(run.samples["id"])}
        for identifier in (*self.forced_in, *self.forced_out):
            if identifier not in rows:
                raise SelectionError(
                    f"The forced sample '{identifier}' does not exist in this run. Release it, or "
                    "take it out of selection.yaml."
                )
        for identifier in set(self.forced_in) & set(self.forced_out):
            raise SelectionError(
                f"The sample '{identifier}' is forced in and forced out; decide for one."
            )
        measured = np.isfinite(run.divergence_at(1.0))
        for identifier in self.forced_in if run.has_models else ():
            row = rows[identifier]
            if run.problems[row] is not None or not measured[row]:
                raise SelectionError(
                    f"The sample '{identifier}' cannot be forced in: "
                    f"{run.problems[row] or 'it was not scored by the models'}. Release it, or "
                    "take it out of selection.yaml."
                )
        return Overrides(
            tuple(dict.fromkeys(rows[i] for i in self.forced_in)),
            tuple(dict.fromkeys(rows[i] for i in self.forced_out)),
        )

    def names_on(self, run: Run) -> tuple[str, ...]:
        """``(K,)`` cluster names: a person's where there is one, else the automatic one.

        Raises:
            SelectionError: a named cluster does not exist in the run.
        """
        names = list(run.names)
        for cluster, name in self.names:
            if not 0 <= cluster < len(names):
                raise SelectionError(
                    f"names has cluster {cluster}; this run has clusters 0 to {len(names) - 1}. "
                    f"Take it out of selection.yaml."
                )
            names[cluster] = name
        return tuple(names)

    def dump(self) -> str:
        """YAML text; equal recipes give equal bytes."""
        head = "# Makes this selection again: paser select --config selection.yaml --out DIR\n"
        tree = {
            "run": self.run,
            "fingerprint": self.fingerprint,
            "format": str(self.export_format),
            "selection": to_tree(self.selection) | {"budget": _plain(self.selection.budget)},
            "concepts": to_tree(self.concepts),
            "forced_in": list(self.forced_in),
            "forced_out": list(self.forced_out),
            "names": dict(self.names),
        }
        if self.without:  # said where it is so: a whole folder has the file it always had
            tree["without"] = [str(part) for part in self.without]
        return head + yaml.safe_dump(tree, sort_keys=False, allow_unicode=True)


def _plain(budget: float | str) -> float | str:
    """A count without a decimal point, so that 800 and 800.0, which are equal, read the same."""
    return budget if isinstance(budget, str) or budget <= 1 else int(budget)


_FIELDS = (
    "run",
    "fingerprint",
    "format",
    "selection",
    "concepts",
    "forced_in",
    "forced_out",
    "names",
    "without",
)


def load_recipe(path: Path) -> Recipe:
    """Read a ``selection.yaml``.

    Raises:
        ConfigError: it cannot be read, or a field is unknown or wrong.
    """
    recover(path.absolute().parent)  # an export whose exchange was cut short
    text = read_yaml(path)
    with text.places():
        return _recipe(text.mapping("a selection.yaml"))


def _recipe(tree: dict[str, Any]) -> Recipe:
    for key in tree:
        if key not in _FIELDS:
            raise ConfigError(
                f"{key} is not a known field.{nearest(str(key), _FIELDS)} Known: "
                f"{', '.join(_FIELDS)}.",
                field=str(key),
            )
    if not isinstance(tree.get("run"), str):
        raise ConfigError(
            f"run is {shortened(tree.get('run'))}; give the run folder: `run: runs/mine`.",
            field="run",
        )
    return Recipe(
        run=tree["run"],
        fingerprint=coerced(str | None, tree.get("fingerprint"), "fingerprint"),
        selection=coerced(SelectionConfig, tree.get("selection"), "selection"),
        concepts=coerced(ConceptsConfig, tree.get("concepts"), "concepts"),
        export_format=parse_format(tree.get("format") or ExportFormat.ALPACA),
        forced_in=_ids(tree.get("forced_in"), "forced_in"),
        forced_out=_ids(tree.get("forced_out"), "forced_out"),
        names=_names(tree.get("names")),
        without=_parts(tree.get("without")),
    )


def parse_format(name: Any) -> ExportFormat:
    """An :class:`ExportFormat` by name.

    Raises:
        ConfigError: there is no such format.
    """
    return option(ExportFormat, name, "format")


def _ids(value: Any, name: str) -> tuple[str, ...]:
    if value is None:
        return ()
    if not isinstance(value, list) or not all(
        isinstance(v, str | int) and not isinstance(v, bool) for v in value
    ):
        raise ConfigError(
            f"{name} is {shortened(value)}; it must be a list of sample ids. Put an id that reads "
            "as something else in quotes.",
            field=name,
        )
    return tuple(str(v) for v in value)


def _parts(value: Any) -> tuple[Part, ...]:
    if value is None:
        return ()
    if not isinstance(value, list):
        raise ConfigError(
            f"without is {shortened(value)}; it must be a list of: {', '.join(Part)}.",
            field="without",
        )
    return parse_parts(value)


def _names(value: Any) -> tuple[tuple[int, str], ...]:
    if value is None:
        return ()
    if not isinstance(value, dict) or not all(
        isinstance(k, int) and isinstance(name, str) for k, name in value.items()
    ):
        raise ConfigError(
            f"names is {shortened(value)}; it must be a mapping of cluster numbers to names.",
            field="names",
        )
    return tuple(sorted(value.items()))
