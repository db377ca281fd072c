"""Recovery: training a compressed model on a selection."""
