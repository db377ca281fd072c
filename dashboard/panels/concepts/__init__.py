"""The panels of one page: the concept graph."""
