"""Supervised fine-tuning, then distillation: half of the steps each."""

from paser_core.recover.recipe import Recipe
from paser_core.recover.recipes.kd import KD
from paser_core.recover.recipes.sft import SFT

RECIPE = Recipe("Supervised fine-tuning, then distillation", (SFT, KD))
