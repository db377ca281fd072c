"""``selection.yaml``: everything that makes an export again: run, setting, and how it is written."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from paser_core.config import Section, coerced, dump_yaml, option, read_yaml, setting, to_tree
from paser_core.errors import ConfigError, SelectionError, nearest, shortened
from paser_core.export.formats import ExportFormat
from paser_core.review import Correction
from paser_core.runs import Run
from paser_core.runs.corrected import CorrectedRun, corrected
from paser_core.selection import Setting
from paser_core.selection.export_files import Part
from paser_core.workspace.staging import recover


def _names(value: Any, path: str) -> tuple[tuple[int, str], ...]:
    known = {} if value is None else dict(value) if isinstance(value, tuple) else value
    if not isinstance(known, Mapping) or not all(
        isinstance(k, int) and isinstance(name, str) for k, name in known.items()
    ):
        raise ConfigError(
            f"{path} is {shortened(value)}; it must be a mapping of cluster numbers to names.",
            field=path,
        )
    return tuple(sorted(known.items()))


def _parts(value: Any, path: str) -> tuple[Part, ...]:
    """Each once and in the order of :class:`Part`, so that equal choices are equal."""
    known = () if value is None else value
    if not isinstance(known, list | tuple):
        raise ConfigError(
            f"{path} is {shortened(value)}; it must be a list of: {', '.join(Part)}.", field=path
        )
    parts = {option(Part, name, path) for name in known}
    return tuple(part for part in Part if part in parts)


@dataclass(frozen=True)
class ExportConfig(Section, at=""):
    """How a selection is written to its folder, whatever was selected."""

    format: ExportFormat = setting(ExportFormat.ALPACA, "of the training rows")
    names: tuple[tuple[int, str], ...] = setting((), "clusters that people named", read=_names)
    without: tuple[Part, ...] = setting((), "parts that are left out of the folder", read=_parts)

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

    @classmethod
    def of_tree(cls, tree: Mapping[str, Any]) -> Self:
        """Out of a selection.yaml, where a missing or empty field is as usual."""
        known: dict[str, Any] = {name: tree.get(name) for name in ("names", "without")}
        return cls(tree.get("format") or ExportFormat.ALPACA, **known)


_FIELDS = (
    "run",
    "fingerprint",
    "format",
    "selection",
    "concepts",
    "scores",
    "forced_in",
    "forced_out",
    "names",
    "corrections",
    "without",
)


def dump_selection(run: Run, setting: Setting, export: ExportConfig) -> str:
    """YAML text; equal inputs give equal bytes. It needs no database of decisions to be replayed."""
    head = "# Makes this selection again: paser select --config selection.yaml --out DIR\n"
    tree = {
        "run": str(run.path),
        "fingerprint": run.fingerprint,
        "format": str(export.format),
        **setting.to_tree(),
        "names": dict(export.names),
    }
    if isinstance(run, CorrectedRun):
        tree["corrections"] = [_tree_of(c) for c in run.corrections]
    if export.without:  # said where it is so: a whole folder has the file it always had
        tree["without"] = to_tree(export)["without"]
    return head + dump_yaml(tree)


def read_selection(path: Path, at: Path | None = None) -> tuple[Run, Setting, ExportConfig]:
    """Read a ``selection.yaml``, and open the run that it was made on.

    ``at`` is where the run is now; None: where the file says.

    Raises:
        ConfigError: the file cannot be read, or a field is unknown or wrong.
        RunError: there is no finished run.
        SelectionError: the run is not the one that the file was written for.
    """
    recover(path.absolute().parent)  # an export whose exchange was cut short
    text = read_yaml(path)
    with text.places():
        tree = text.mapping("a selection.yaml")
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
        fingerprint = coerced(str | None, tree.get("fingerprint"), "fingerprint")
        setting, export = Setting.of_tree(tree), ExportConfig.of_tree(tree)
        corrections = _corrections(tree.get("corrections"))
    run = Run.open(at or Path(tree["run"]))
    if fingerprint is not None and fingerprint != run.fingerprint:
        raise SelectionError(
            f"{run.path}: this is not the run that the selection was made on (its content "
            "differs). Name the right run, or select anew without --config."
        )
    return corrected(run, corrections), setting, export


def _tree_of(correction: Correction) -> dict[str, Any]:
    if correction.cluster is not None:
        return {"cluster": correction.cluster, "into": correction.into}
    named = {"name": correction.name} if correction.name else {}
    return {"samples": list(correction.samples), "into": correction.into, **named}


def _corrections(value: Any) -> tuple[Correction, ...]:
    """What people changed of the clusters, in the order in which it is made."""
    known = [] if value is None else value
    if not isinstance(known, list):
        raise _wrong(value)
    made = []
    for entry in known:
        if not isinstance(entry, dict) or set(entry) - {"cluster", "samples", "into", "name"}:
            raise _wrong(entry)
        cluster, samples = entry.get("cluster"), entry.get("samples", [])
        into, name = entry.get("into"), entry.get("name", "")
        numbers = [into] if cluster is None else [into, cluster]
        right = all(isinstance(k, int) and not isinstance(k, bool) and k >= 0 for k in numbers)
        texts = isinstance(samples, list) and all(isinstance(i, str | int) for i in samples)
        if (
            not right
            or not texts
            or not isinstance(name, str)
            or (cluster is None) != bool(samples)
        ):
            raise _wrong(entry)
        made.append(Correction(int(entry["into"]), cluster, tuple(map(str, samples)), name))
    return tuple(made)


def _wrong(value: Any) -> ConfigError:
    return ConfigError(
        f"corrections has {shortened(value)}; accepted: a list of entries with into (the number of a "
        "cluster) and either cluster (a number) or samples (ids), and the name of a new cluster.",
        field="corrections",
    )
