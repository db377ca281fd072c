"""The panels of one page: the audit of the clusters."""
