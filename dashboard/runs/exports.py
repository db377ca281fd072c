"""What an export will have to say of itself, before it is built."""

from __future__ import annotations

from dashboard.runs.opening import remembered
from dashboard.runs.selections import select
from paser_core.export import ExportFormat, training_rows
from paser_core.notices import Notice
from paser_core.runs import Run
from paser_core.selection import Setting


@remembered(32)
def export_notices(run: Run, setting: Setting, export_format: ExportFormat) -> tuple[Notice, ...]:
    """What the format cannot carry of the selection, and what else there is to say of its rows."""
    return training_rows(run, select(run, setting).rows, export_format).notices
