"""How much memory a process and all that came from it take, read from /proc.

No limit of the kernel's is on the sum over processes without rights or a group of one's own, so the
keeper looks. Pages that processes share are counted once, or a program would be charged for its
Python as often as it forks.
"""

from __future__ import annotations

import os
import re
from pathlib import Path

_PROC = Path("/proc")
_TELLS_CHILDREN = (_PROC / f"self/task/{os.getpid()}/children").exists()  # some kernels do not
_SHARED_OUT = re.compile(rb"^Pss:\s+(\d+) kB", re.MULTILINE)


def taken(root: int, most: int) -> int:
    """Bytes of memory that a process and its descendants take, as far as it matters.

    A sum that is quickly read counts shared pages for each process; only where that is above ``most``
    the exact one is read, which the kernel has to work out. 0 where there is no /proc.

    Args:
        root: a process.
        most: what may be taken.
    """
    family = _family(root)
    if not _PROC.is_dir():
        return 0
    quick = sum(map(_resident, family))
    return quick if quick <= most else sum(map(_proportional, family))


def _family(root: int) -> list[int]:
    """A process and all that came from it; whoever is orphaned is the first one's of its space."""
    found, new = [], [root]
    while new:
        found += new
        new = [child for process in new for child in _children(process)]
    return found


def _children(process: int) -> list[int]:
    if not _TELLS_CHILDREN:
        return [child for child in _all() if _parent(child) == process]
    found: list[int] = []
    try:
        tasks = os.listdir(f"/proc/{process}/task")  # noqa: PTH208 - names are enough
    except OSError:  # it has ended
        return found
    for task in tasks:
        found += map(int, _read(process, f"task/{task}/children").split())
    return found


def _all() -> list[int]:
    return [int(name) for name in os.listdir(_PROC) if name.isdigit()]  # noqa: PTH208


def _parent(process: int) -> int | None:
    """Behind the name, which may have anything in it: the state, and the number of the parent."""
    said = _read(process, "stat").rpartition(b")")[2].split()
    return int(said[1]) if len(said) > 1 else None


def _resident(process: int) -> int:
    numbers = _read(process, "statm").split()
    return int(numbers[1]) * os.sysconf("SC_PAGE_SIZE") if len(numbers) > 1 else 0


def _proportional(process: int) -> int:
    said = _SHARED_OUT.search(_read(process, "smaps_rollup"))
    return 1024 * int(said[1]) if said else _resident(process)


def _read(process: int, name: str) -> bytes:
    """A file of the kernel's about a process; nothing where it has ended, or may not be looked at."""
    try:
        return (_PROC / str(process) / name).read_bytes()
    except OSError:
        return b""
