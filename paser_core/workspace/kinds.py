"""What a folder is, where it is no run: exports, evaluations and the like have a manifest, too."""

from __future__ import annotations

import json
from enum import StrEnum
from functools import lru_cache
from pathlib import Path

from paser_core.workspace import paths
from paser_core.workspace.checkpoints import MANIFEST

COMPRESSION = "compression.json"  # what `paser compress` says of the model beside it
_MOST_BYTES = 64 * 2**20  # as of a run: more is no manifest


class FolderKind(StrEnum):
    """``kind`` in the manifest of what is no run."""

    EXPORT = "paser-export"
    EVALUATION = "evaluation"
    RECOVERY = "recovery"
    SCORES = "paser-scores"
    COMPRESSED = "compressed"  # has no manifest: its compression.json says so


_TOLD = {
    FolderKind.EXPORT: "an export",
    FolderKind.EVALUATION: "an evaluation",
    FolderKind.RECOVERY: "a recovered model",
    FolderKind.SCORES: "scores of a run",
    FolderKind.COMPRESSED: "a compressed model",
}


def kind_of(folder: Path) -> str | None:
    """What else than a run a folder is; None for a run, a damaged manifest and everything unknown."""
    manifest = folder / MANIFEST
    if not paths.is_file(manifest):
        return FolderKind.COMPRESSED if paths.is_file(folder / COMPRESSION) else None
    return _kind_in(str(manifest), paths.version(manifest))


@lru_cache(1024)
def _kind_in(manifest: str, version: tuple[int, int]) -> str | None:
    """Read once for every version of the file: the dashboard asks at every move of a slider."""
    if version[0] > _MOST_BYTES:
        return None
    try:
        tree = json.loads(Path(manifest).read_bytes())
    except (OSError, ValueError, RecursionError):  # whoever opens it is told
        return None
    kind = tree.get("kind") if isinstance(tree, dict) else None
    return kind if isinstance(kind, str) else None


def told(kind: str) -> str:
    """A kind in words, with its article.

    >>> told("paser-export"), told("recipe")
    ('an export', 'a folder of the kind “recipe”')
    """
    known = {str(name): text for name, text in _TOLD.items()}
    return known.get(kind, f"a folder of the kind “{kind[:60]}”")
