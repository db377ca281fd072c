"""Where work is done: beside the process that asks for it. Knows nothing of runs."""
