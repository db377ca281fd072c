"""How probable a model finds a text that it is given: under teacher forcing, in batches."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import torch

from paser_core.errors import enough_memory
from paser_core.evaluate.batches import batches
from paser_core.evaluate.subject import Subject

_LOGITS_AT_ONCE = 1 << 26  # numbers: 256 MB in float32


def negative_log_likelihoods(
    subject: Subject,
    sequences: Sequence[Sequence[int]],
    scored: Sequence[Sequence[bool]],
    most_tokens: int,
) -> Iterator[dict[int, float]]:
    """Sums of −log p in nats over the scored tokens of each sequence, a batch at a time.

    Args:
        subject: the model.
        sequences: ``n`` lists of token ids.
        scored: for each of them, which tokens count; a first token never does, nothing predicts it.
        most_tokens: of a batch.

    Yields:
        The sums of a batch, by number of the sequence.
    """
    rows = [row for row, mask in enumerate(scored) if any(mask[1:])]
    yield dict.fromkeys(set(range(len(sequences))) - set(rows), 0.0)
    for chosen in batches([len(sequences[row]) for row in rows], most_tokens):
        of = [rows[i] for i in chosen]
        with enough_memory("Lower batch_tokens."):
            sums = _batch(subject, [sequences[row] for row in of], [scored[row] for row in of])
        yield dict(zip(of, sums, strict=True))


def _batch(
    subject: Subject, sequences: Sequence[Sequence[int]], scored: Sequence[Sequence[bool]]
) -> list[float]:
    lm, rows, width = subject.lm, len(sequences), max(map(len, sequences))
    ids = torch.full((rows, width), subject.padding)  # (b, t), padded on the right
    mask = torch.zeros((rows, width), dtype=torch.bool)
    positions = torch.zeros((rows, width), dtype=torch.bool)  # whose next token is scored
    for row, (tokens, counts) in enumerate(zip(sequences, scored, strict=True)):
        ids[row, : len(tokens)] = torch.tensor(tokens)
        mask[row, : len(tokens)] = True
        positions[row, : len(tokens) - 1] = torch.tensor(counts[1:], dtype=torch.bool)
    states = lm.states(ids, mask, positions)  # (p, h)
    targets = ids.roll(-1, 1)[positions]  # (p,)
    found = torch.empty(len(targets), dtype=torch.float64)
    step = max(1, _LOGITS_AT_ONCE // lm.vocab_size)
    for start in range(0, len(targets), step):
        logits = lm.logits(states[start : start + step]).float()
        picked = logits.gather(1, targets[start : start + step, None].to(logits.device))[:, 0]
        found[start : start + step] = (logits.logsumexp(1) - picked).double().cpu()
    owner = positions.nonzero()[:, 0]  # (p,)
    sums = torch.zeros(rows, dtype=torch.float64).index_add_(0, owner, found)
    return [float(value) for value in sums]
