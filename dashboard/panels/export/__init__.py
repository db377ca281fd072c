"""The panels of one page: the export, the report, and a recovery on the selection."""
