"""One file a page: read the view, call the panels, nothing else."""
