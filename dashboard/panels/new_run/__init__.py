"""The panels of one page: the form for a run, and the runs in work."""
