"""The panels of one page: two selections side by side."""
