"""Names of work: they become folders, so they hold nothing that means anything to a file system."""

from __future__ import annotations

import re
from pathlib import Path

from dashboard.jobs.folders import JOBS, RESERVED
from paser_core.errors import ConfigError
from paser_core.workspace import paths

_ACCEPTED = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
_LONGEST = 64


def check_name(name: str, folder: Path) -> None:
    """Raise :class:`ConfigError` unless ``folder / name`` can be new work."""
    if not name:
        raise ConfigError("The name is empty; the folder is called that. Give one.")
    if not _ACCEPTED.fullmatch(name) or len(name) > _LONGEST or name.endswith("."):
        raise ConfigError(
            f"The name '{name[:80]}' cannot be used: letters, digits, '-', '_' and '.', at most "
            f"{_LONGEST} of them, with a letter or digit first."
        )
    if name.casefold() in _taken(folder):
        raise ConfigError(f"The name '{name}' is taken. Try '{_free(name, folder)}'.")


def default_name(source: str, folder: Path) -> str:
    """A name for a run on this data, free in ``folder``: ``/data/My pool.jsonl`` → ``My-pool``."""
    stem = Path(source.rstrip("/")).name
    stem = re.sub(r"\.(jsonl|ndjson|json|csv|parquet)$", "", stem, flags=re.IGNORECASE)
    words = re.sub(r"[^A-Za-z0-9._]+", "-", stem).strip("-._")
    return _free(words[: _LONGEST - 8].rstrip("-._") or "run", folder)


def _free(name: str, folder: Path) -> str:
    taken = _taken(folder)
    number, free = 1, name
    while free.casefold() in taken:
        number += 1
        free = f"{name}-{number}"
    return free


def _taken(folder: Path) -> set[str]:
    """Names in use, in lower case: some file systems do not tell A from a."""
    places = [p for p in (folder, folder / JOBS) if paths.is_folder(p)]
    return {*RESERVED, *(p.name.casefold() for place in places for p in place.iterdir())}
