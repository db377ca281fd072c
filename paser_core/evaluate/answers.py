"""Answers of a model to many prompts at once: greedy, or drawn with a seed.

Padding has no weight in what a prompt's answer is (:mod:`~paser_core.models.writing`). What remains is
rounding: a sum over a batch of another size may differ in its last bits, and where the two
best tokens are that close the answer can change. Such answers are counted (``close``). Drawn tokens
follow from seed, prompt and step alone, never from what else is in the batch (the Gumbel-max way of
drawing: the largest of logit + Gumbel noise).
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import torch

from paser_core.errors import enough_memory
from paser_core.evaluate.batches import batches
from paser_core.evaluate.subject import Subject
from paser_core.models.writing import written_by

_CLOSE = 1e-4  # of a logit: ten times what batches of another size change in float32


@dataclass(frozen=True)
class Prompt:
    """What a model reads, and how long its answer may be."""

    ids: tuple[int, ...]
    most: int  # tokens of the answer
    name: str = ""  # what its draws follow from, beside the seed


@dataclass(frozen=True)
class Answer:
    """What a model wrote."""

    text: str
    tokens: int  # its end included
    cut: bool  # it is as long as it may be and has no end
    close: bool  # at some step the two best tokens were so close that rounding may decide


@dataclass(frozen=True)
class Sampling:
    """How tokens are drawn."""

    temperature: float
    top_p: float
    seed: int


def answers(
    subject: Subject, prompts: Sequence[Prompt], most_tokens: int, sampling: Sampling | None = None
) -> Iterator[dict[int, Answer]]:
    """Answers to all prompts, a batch at a time.

    Args:
        subject: the model.
        prompts: ``n`` of them, each with at least one token.
        most_tokens: of a batch, answers included.
        sampling: None: greedy.

    Yields:
        The answers of a batch, by number of the prompt.
    """
    for rows in batches([len(p.ids) + p.most for p in prompts], most_tokens):
        with enough_memory("Lower batch_tokens."):
            made = _batch(subject, [prompts[row] for row in rows], sampling)
        yield dict(zip(rows, made, strict=True))


def _batch(subject: Subject, prompts: Sequence[Prompt], sampling: Sampling | None) -> list[Answer]:
    watch = _Watch([p.name for p in prompts], sampling)
    written = written_by(
        subject.model,
        [p.ids for p in prompts],
        [p.most for p in prompts],
        subject.ends,
        subject.padding,
        watch,
    )
    return [
        _answer(subject, tokens, margins)
        for tokens, margins in zip(written, watch.by_row(), strict=True)
    ]


def _answer(subject: Subject, tokens: list[int], margins: list[float]) -> Answer:
    text: str = subject.tokenizer.decode(
        tokens, skip_special_tokens=True, clean_up_tokenization_spaces=False
    )
    close = min(margins[: len(tokens)], default=1.0) < _CLOSE
    return Answer(text, len(tokens), not tokens or tokens[-1] not in subject.ends, close)


class _Watch:
    """Called with the scores of every step: draws where that is asked, and sees how close it was."""

    def __init__(self, names: Sequence[str], sampling: Sampling | None) -> None:
        self._sampling = sampling
        self._margins: list[torch.Tensor] = []  # of each step, (b,)
        seed = 0 if sampling is None else sampling.seed
        self._chances = [_generator(seed, name) for name in names] if sampling is not None else []

    def __call__(self, _: torch.Tensor, scores: torch.Tensor) -> torch.Tensor:
        if self._sampling is not None:
            scores = self._drawn(scores.float(), self._sampling)
        best = scores.float().topk(2, 1).values
        self._margins.append((best[:, 0] - best[:, 1]).cpu())
        return scores

    def by_row(self) -> list[list[float]]:
        """The distance of the two best tokens at each step, by row."""
        found: list[list[float]] = torch.stack(self._margins, 1).tolist()
        return found

    def _drawn(self, scores: torch.Tensor, sampling: Sampling) -> torch.Tensor:
        """Scores whose largest is the token that is drawn."""
        scores = scores / sampling.temperature
        order = scores.sort(dim=1, descending=True, stable=True).indices
        ranked = scores.gather(1, order)
        before = ranked.softmax(1).cumsum(1) - ranked.softmax(1)
        ranked = ranked.masked_fill(before >= sampling.top_p, -torch.inf)
        kept = torch.empty_like(scores).scatter_(1, order, ranked)
        noise = torch.stack([torch.rand(scores.shape[1], generator=g) for g in self._chances])
        gumbel = -torch.log(-torch.log(noise.clamp(1e-20, 1 - 1e-7)))
        return kept + gumbel.to(kept.device)


def _generator(seed: int, name: str) -> torch.Generator:
    digest = hashlib.sha256(f"{seed}\0{name}".encode()).digest()
    return torch.Generator().manual_seed(int.from_bytes(digest[:8], "big") >> 1)
