"""Scores that a model is run for, as a resumable stage of its own beside a finished run.

:mod:`plan` says what each is determined by, :mod:`make` does the work in its folder, the others are the
work itself. Reading them needs none of this: :mod:`paser_core.runs.scores`.
"""
