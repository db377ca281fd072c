"""The export folder: what a trainer reads, what an auditor reads, and what makes it again."""

from paser_core.export.formats import ExportFormat, training_rows
from paser_core.export.selection_yaml import ExportConfig, read_selection
from paser_core.export.write import ExportSummary, archive, write_export
from paser_core.selection.export_files import Part
