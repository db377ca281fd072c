"""The panels of one page: the run in figures, and the models that were recovered with it."""
