"""The loss gap where the top token has changed; ``failure`` of it is the chance that an answer breaks.

A greedy answer of the original survives with a probability of about exp(-sum of the loss gap on changed
tokens): where the likeliest token stays, greedy decoding says the same.
"""

from paser_core.stages.divergence.signal import Signal

SIGNAL = Signal(
    "loss gap on changed tokens",
    "loss gap on changed",
    "nats",
    "The loss gap where the likeliest next token has changed, 0 elsewhere.",
    lambda known: known["loss_gap"] * known["top1"],
    signed=True,
)
