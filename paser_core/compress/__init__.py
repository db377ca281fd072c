"""Compressing a model: from a checkpoint and a method to a checkpoint and what was counted in it."""
