"""Supervised fine-tuning: the answers of the data."""

from paser_core.recover.losses import negative_log_likelihood
from paser_core.recover.recipe import Phase, Recipe

SFT = Phase("sft", negative_log_likelihood)
RECIPE = Recipe("Supervised fine-tuning", (SFT,))
