"""What the compression costs on the right answer: the loss of the compressed model less the original's."""

from paser_core.stages.divergence.signal import Signal

SIGNAL = Signal(
    "loss gap",
    "loss gap",
    "nats",
    "How much less likely the token of the response has become: -log p(compressed) + log p(original). "
    "Below 0 where it has become likelier.",
    lambda known: known["loss_gap"],
    signed=True,
)
