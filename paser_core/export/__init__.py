"""The export folder: what a trainer reads, what an auditor reads, and what makes it again."""

from paser_core.export.content import Part
from paser_core.export.formats import ExportFormat, training_rows
from paser_core.export.recipe import Recipe, load_recipe
from paser_core.export.write import ExportSummary, archive, write_export

__all__ = [
    "ExportFormat",
    "ExportSummary",
    "Part",
    "Recipe",
    "archive",
    "load_recipe",
    "training_rows",
    "write_export",
]
