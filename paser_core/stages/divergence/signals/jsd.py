"""The paper's signal (Eq. 4): the Jensen–Shannon divergence of the next-token distributions."""

from paser_core.stages.divergence.signal import Signal

SIGNAL = Signal(
    "Jensen–Shannon divergence",
    "JSD",
    "bits",
    "How far apart the predictions of the two models are, from 0 (the same) to 1 (nothing in common).",
    lambda known: known["jsd"],
)
