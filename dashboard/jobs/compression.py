"""The command that makes the compressed model before a run."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dashboard.jobs.folders import MODELS, Step
from paser_core.config import DataConfig, RunConfig, to_tree

_OPTIONS = ("sparsity", "ratio", "bits")  # of the command; other settings go by --set


@dataclass(frozen=True)
class Compression:
    """What is asked for."""

    method: str
    settings: Mapping[str, Any]  # those that differ from the usual
    reads: bool  # calibration text: the pool of the run


def compressed_folder(place: Path, name: str) -> Path:
    """Where the compressed model of a run goes, in the folder for new runs."""
    return place / MODELS / name


def compression_step(compression: Compression, config: RunConfig) -> Step:
    """``paser compress`` of the run's original, to where its config has the compressed model.

    Args:
        compression: method and settings.
        config: of the run; both models are named.
    """
    models, data = config.models, config.data
    assert models.original is not None
    assert models.compressed is not None
    words = ["compress", models.original, "--method", compression.method]
    for name, value in compression.settings.items():
        words += [f"--{name}", str(value)] if name in _OPTIONS else ["--set", f"{name}={value}"]
    if compression.reads and data.path is not None:
        words += ["--calibration", data.path, "--template", str(models.template)]
        for name, value in _unusual(to_tree(data), to_tree(DataConfig())):
            if name not in ("path", "limit", "language"):
                words += ["--set", f"data.{name}={value}"]
    return Step((*words, "--out", models.compressed))


def _unusual(
    tree: Mapping[str, Any], usual: Mapping[str, Any], where: str = ""
) -> Iterator[tuple[str, Any]]:
    for name, value in tree.items():
        if isinstance(value, Mapping):
            yield from _unusual(value, usual[name], f"{where}{name}.")
        elif value != usual[name]:
            yield f"{where}{name}", value
