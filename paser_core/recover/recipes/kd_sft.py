"""Distillation, then supervised fine-tuning: half of the steps each."""

from paser_core.recover.recipe import Recipe
from paser_core.recover.recipes.kd import KD
from paser_core.recover.recipes.sft import SFT

RECIPE = Recipe("Distillation, then supervised fine-tuning", (KD, SFT))
