"""Where work is done: in this process, piece by piece, or beside it. Knows nothing of runs."""
