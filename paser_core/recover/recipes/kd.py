"""Distillation: what the original model expects at every token of the answers."""

from paser_core.recover.losses import divergence_from_original
from paser_core.recover.recipe import Phase, Recipe

KD = Phase("kd", divergence_from_original, needs_original=True)
RECIPE = Recipe("Distillation", (KD,))
