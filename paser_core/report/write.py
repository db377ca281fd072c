"""Write the report beside its place, then rename it: nobody ever reads half of one."""

from __future__ import annotations

import contextlib
import os
import tempfile
from pathlib import Path

from paser_core.errors import ExportError


def write_report(html: str, path: Path) -> Path:
    """Write a report to ``path``; a file that is there already is replaced.

    Raises:
        ExportError: it cannot be written. What was there before is still there.
    """
    temporary: Path | None = None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(prefix=f".{path.name}-", dir=path.parent)
        temporary = Path(name)
        with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as file:
            file.write(html)
            file.flush()
            os.fsync(file.fileno())
        os.chmod(temporary, 0o644)  # noqa: PTH101 - mkstemp made it private
        temporary.replace(path)
    except OSError as error:
        if temporary is not None:
            with contextlib.suppress(OSError):
                temporary.unlink()
        raise ExportError(
            f"{path}: the report cannot be written ({error.strerror}). Choose another place with "
            "--out, or free some space."
        ) from error
    return path
