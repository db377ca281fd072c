"""KL(compressed ‖ original): large where the compressed model says what the original would not."""

from paser_core.stages.divergence.signal import Signal

SIGNAL = Signal(
    "reverse KL divergence",
    "reverse KL",
    "nats",
    "How much the compressed model expects of what the original would not say: KL(compressed ‖ original).",
    lambda known: known["kl_reverse"],
)
