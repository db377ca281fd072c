"""Write the report: nobody ever reads half of one."""

from __future__ import annotations

from pathlib import Path

from paser_core.errors import ExportError
from paser_core.workspace.files import sweep, write_file


def write_report(html: str, path: Path) -> Path:
    """Write a report to ``path``; a file that is there already is replaced.

    Raises:
        ExportError: it cannot be written. What was there before is still there.
    """
    sweep(path.parent)
    try:
        write_file(path, html.encode())
    except OSError as error:
        raise ExportError(
            f"{path}: the report cannot be written ({error.strerror}). Choose another place with "
            "--out, or free some space."
        ) from error
    return path
