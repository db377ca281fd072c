"""What lies at a path, asked so that the answer is never an exception.

``Path.is_file`` and its relatives raise where a folder above may not be entered, where a name is
too long for the file system, where a home does not exist. For whoever asks, nothing usable is
there; :func:`trouble` says why.
"""

from __future__ import annotations

import itertools
import os
import stat
from pathlib import Path

_STAMPED = 5000  # files whose time and size are looked at


def is_file(path: str | os.PathLike[str]) -> bool:
    """Whether a file lies at ``path`` and may be looked at."""
    state = _state(path)
    return state is not None and stat.S_ISREG(state.st_mode)


def is_folder(path: str | os.PathLike[str]) -> bool:
    """Whether a folder lies at ``path`` and may be looked at."""
    state = _state(path)
    return state is not None and stat.S_ISDIR(state.st_mode)


def exists(path: str | os.PathLike[str]) -> bool:
    """Whether anything lies at ``path`` and may be looked at."""
    return _state(path) is not None


def entries(folder: Path) -> list[Path]:
    """What lies in a folder, by name; nothing where it may not be listed."""
    try:
        return sorted(folder.iterdir())
    except (OSError, ValueError):
        return []


def size(path: str | os.PathLike[str]) -> int:
    """Bytes of the file at ``path``; 0 where there is none."""
    return version(path)[0]


def version(path: str | os.PathLike[str]) -> tuple[int, int]:
    """Size and time of the last change of a file: another version, other numbers. ``(0, 0)`` for none."""
    state = _state(path)
    return (0, 0) if state is None else (state.st_size, state.st_mtime_ns)


def stamp(path: str) -> tuple[int, ...]:
    """Sizes and times of every file at or below ``path``: other numbers when one changes; empty for none.

    Of a folder with thousands of files, of the first ones that the system names.
    """
    place = Path(path)
    if is_folder(place):
        found = itertools.islice(place.rglob("*"), _STAMPED)
        files = sorted(p for p in found if is_file(p))
    else:
        files = [place] if is_file(place) else []
    return tuple(itertools.chain.from_iterable(map(version, files)))


def trouble(path: str | os.PathLike[str]) -> str | None:
    """Why nobody can tell what lies at ``path``, in a few words; None where that is known.

    A path at which nothing lies is no trouble.
    """
    try:
        os.stat(path)  # noqa: PTH116 - takes text that is no Path
    except (FileNotFoundError, NotADirectoryError):
        return None
    except (OSError, ValueError) as error:
        return (getattr(error, "strerror", None) or str(error))[:200]
    return None


def home(text: str) -> Path:
    """``text`` as a path, with ``~`` put in where there is such a home."""
    path = Path(text)
    try:
        return path.expanduser()
    except (RuntimeError, OSError, ValueError):
        return path


def _state(path: str | os.PathLike[str]) -> os.stat_result | None:
    try:
        return os.stat(path)  # noqa: PTH116 - takes text that is no Path
    except (OSError, ValueError):
        return None
