"""Samples as token ids: prompts and responses of a data set in flat arrays."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from paser_core.protocols import Progress, Tokenizer, no_progress


@dataclass(frozen=True)
class Tokenised:
    """Token ids of ``n`` samples; a row's ids are its prompt followed by its response.

    A row with a problem has no tokens.
    """

    ids: NDArray[np.int32]  # (total,) one row after the other
    offsets: NDArray[np.int64]  # (n + 1,) where each row starts and ends in ``ids``
    prompt_tokens: NDArray[np.int32]  # (n,)
    response_tokens: NDArray[np.int32]  # (n,)
    truncated: NDArray[np.bool_]  # (n,) the response lost its end
    problems: tuple[str | None, ...]  # (n,) why a row cannot be scored

    @property
    def lengths(self) -> NDArray[np.int64]:
        """``(n,)`` prompt and response tokens together; 0 for a row that cannot be scored."""
        return np.diff(self.offsets)

    @property
    def sha256(self) -> str:
        """Hash of everything that the models read, and of where each response starts."""
        digest = hashlib.sha256()
        for array in (self.offsets, self.prompt_tokens, self.ids):
            digest.update(np.ascontiguousarray(array).data)
        return digest.hexdigest()

    def prompt(self, row: int) -> NDArray[np.int32]:
        """Token ids of one prompt."""
        start = self.offsets[row]
        return self.ids[start : start + self.prompt_tokens[row]]

    def response(self, row: int) -> NDArray[np.int32]:
        """Token ids of one response, as far as it is scored."""
        return self.ids[self.offsets[row] + self.prompt_tokens[row] : self.offsets[row + 1]]


def tokenise(
    instructions: Sequence[str],
    inputs: Sequence[str],
    outputs: Sequence[str],
    tokenizer: Tokenizer,
    max_length: int,
    *,
    vocab_size: int | None = None,
    skip: NDArray[np.bool_] | None = None,
    on_progress: Progress = no_progress,
) -> Tokenised:
    """Token ids of every sample, the response cut where the sample is longer than ``max_length``.

    Args:
        instructions: ``n`` texts, as are ``inputs`` and ``outputs``.
        inputs: may be empty strings.
        outputs: the responses.
        tokenizer: serves both models.
        max_length: most tokens of prompt and response together.
        vocab_size: width of the vocabulary both models share; ids beyond it are a problem.
        skip: ``(n,)`` rows that are known to be invalid; they get no tokens and no new problem.
        on_progress: told after every 256 samples.
    """
    n = len(outputs)
    rows: list[list[int]] = []
    prompt_tokens, response_tokens = np.zeros(n, np.int32), np.zeros(n, np.int32)
    truncated = np.zeros(n, bool)
    problems: list[str | None] = [None] * n
    for row, (instruction, input_, output) in enumerate(
        zip(instructions, inputs, outputs, strict=True)
    ):
        if row % 256 == 0:
            on_progress(row, n)
        rows.append([])
        if skip is not None and skip[row]:
            continue
        prompt = tokenizer.prompt_ids(instruction, input_)
        response = tokenizer.response_ids(output)
        room = max_length - len(prompt)
        problems[row] = _problem(prompt, response, max_length, vocab_size)
        if problems[row] is None:
            truncated[row] = len(response) > room
            rows[-1] = prompt + response[:room]
            prompt_tokens[row] = len(prompt)
            response_tokens[row] = min(len(response), room)
    on_progress(n, n)
    offsets = np.zeros(n + 1, np.int64)
    np.cumsum([len(ids) for ids in rows], out=offsets[1:])
    flat = np.fromiter((i for ids in rows for i in ids), np.int32, count=int(offsets[-1]))
    return Tokenised(flat, offsets, prompt_tokens, response_tokens, truncated, tuple(problems))


def _problem(
    prompt: list[int], response: list[int], max_length: int, vocab_size: int | None
) -> str | None:
    if not prompt:
        return "The prompt has no tokens, so the first response token has nothing to follow."
    if not response:
        return "The response has no tokens."
    if len(prompt) >= max_length:
        return (
            f"The prompt has {len(prompt)} tokens, which leaves no room for a response within "
            f"divergence.max_length = {max_length}."
        )
    if vocab_size is not None and max(*prompt, *response) >= vocab_size:
        return (
            f"Token {max(*prompt, *response)} is outside the {vocab_size} tokens that both models "
            "know."
        )
    return None
