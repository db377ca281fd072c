"""KL(original ‖ compressed): what pruning and quantization papers report most."""

from paser_core.stages.divergence.signal import Signal

SIGNAL = Signal(
    "KL divergence",
    "KL",
    "nats",
    "How much the compressed model misses of what the original expects: KL(original ‖ compressed).",
    lambda known: known["kl"],
)
