"""What would have to change for a sample: the budget, a concept, another sample, the temperature."""

from paser_core.explain.whatif.answers import (
    Counterfactual,
    TemperatureOutlook,
    WhatIf,
    counterfactual,
    temperatures_for,
    without_override,
    without_sample,
)
from paser_core.explain.whatif.plain import sentences
