"""Whether the likeliest token is another one: what greedy decoding notices of a compression."""

from paser_core.stages.divergence.signal import Signal

SIGNAL = Signal(
    "changed top token",
    "changed top token",
    "",
    "1 where the likeliest next token is not that of the original model, else 0.",
    lambda known: known["top1"],
)
