"""Runs and their answers for the pages, shared by every session."""
