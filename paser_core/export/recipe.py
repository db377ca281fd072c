"""``selection.yaml``: everything that makes a selection again."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from paser_core.config import ConceptsConfig, SelectionConfig, parse_section, to_tree
from paser_core.errors import ConfigError, SelectionError, nearest
from paser_core.export.formats import ExportFormat
from paser_core.run import Run
from paser_core.selection import Overrides


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

    def check(self, run: Run) -> None:
        """Refuse a run that is not the one the recipe was written for.

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
            SelectionError: an id does not exist in the run.
        """
        if not self.forced_in and not self.forced_out:
            return Overrides()
        rows = {str(identifier): row for row, identifier in enumerate(run.samples["id"])}
        for identifier in (*self.forced_in, *self.forced_out):
            if identifier not in rows:
                raise SelectionError(
                    f"The forced sample '{identifier}' does not exist in this run."
                )
        return Overrides(
            tuple(rows[i] for i in self.forced_in), tuple(rows[i] for i in self.forced_out)
        )

    def dump(self) -> str:
        """YAML text; equal recipes give equal bytes."""
        head = "# Makes this selection again: paser select --config selection.yaml --out DIR\n"
        tree = {
            "run": self.run,
            "fingerprint": self.fingerprint,
            "format": str(self.export_format),
            "selection": to_tree(self.selection),
            "concepts": to_tree(self.concepts),
            "forced_in": list(self.forced_in),
            "forced_out": list(self.forced_out),
        }
        return head + yaml.safe_dump(tree, sort_keys=False, allow_unicode=True)


_FIELDS = ("run", "fingerprint", "format", "selection", "concepts", "forced_in", "forced_out")


def load_recipe(path: Path) -> Recipe:
    """Read a ``selection.yaml``.

    Raises:
        ConfigError: it cannot be read, or a field is unknown or wrong.
    """
    try:
        tree = yaml.safe_load(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ConfigError(f"{path}: there is no such file.") from None
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise ConfigError(f"{path}: this is not a readable YAML file ({error}).") from error
    if not isinstance(tree, dict):
        raise ConfigError(f"{path}: a selection.yaml is a mapping of fields.")
    for key in tree:
        if key not in _FIELDS:
            raise ConfigError(
                f"{path}: {key} is not a known field.{nearest(str(key), _FIELDS)} Known: "
                f"{', '.join(_FIELDS)}."
            )
    if not isinstance(tree.get("run"), str):
        raise ConfigError(f"{path}: the field run is missing; it names the run folder.")
    return Recipe(
        run=tree["run"],
        fingerprint=tree.get("fingerprint"),
        selection=parse_section(SelectionConfig, tree.get("selection") or {}, "selection"),
        concepts=parse_section(ConceptsConfig, tree.get("concepts") or {}, "concepts"),
        export_format=parse_format(tree.get("format") or ExportFormat.ALPACA),
        forced_in=_ids(tree.get("forced_in"), "forced_in"),
        forced_out=_ids(tree.get("forced_out"), "forced_out"),
    )


def parse_format(name: Any) -> ExportFormat:
    """An :class:`ExportFormat` by name.

    Raises:
        ConfigError: there is no such format.
    """
    if str(name) in set(ExportFormat):
        return ExportFormat(str(name))
    raise ConfigError(
        f"The format is {name!r}; accepted: {', '.join(ExportFormat)}.{nearest(str(name), ExportFormat)}"
    )


def _ids(value: Any, name: str) -> tuple[str, ...]:
    if value is None:
        return ()
    if not isinstance(value, list):
        raise ConfigError(f"{name} is {value!r}; it must be a list of sample ids.")
    return tuple(str(v) for v in value)
