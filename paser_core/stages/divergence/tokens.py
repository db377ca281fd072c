"""Samples as token ids: the conversations of a data set in flat arrays."""

from __future__ import annotations

import dataclasses
import functools
import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from paser_core.errors import ModelError, SampleError
from paser_core.notices import Notice
from paser_core.problems import cure_of
from paser_core.protocols import Encoded, Progress, Remark, Tokenizer, no_progress
from paser_core.records.conversations import Conversation

_NEARLY_ALL = 0.9  # of the samples refused: what is wrong is the template, not the samples
_FIRST = 64  # samples that are tried before that is said


@dataclass(frozen=True)
class Tokenized:
    """Token ids of ``n`` samples, prompts and responses in the order that the models read them.

    A row with a problem has no tokens.
    """

    ids: NDArray[np.int32]  # (total,) one row after the other
    measured: NDArray[np.bool_]  # (total,) which of them are tokens of a response
    offsets: NDArray[np.int64]  # (n + 1,) where each row starts and ends in ``ids``
    truncated: NDArray[np.bool_]  # (n,) the response lost its end
    problems: tuple[str | None, ...]  # (n,) why a row cannot be scored
    prompt_lengths: NDArray[np.int32]  # (n,) tokens before the response, however many; -1 unknown
    full_lengths: NDArray[np.int32]  # (n,) tokens before anything was cut; -1: unknown
    remarks: Mapping[str, tuple[Remark, int]] = field(default_factory=dict)  # and how many samples

    @property
    def lengths(self) -> NDArray[np.int64]:
        """``(n,)`` tokens of each row; 0 for a row that cannot be scored."""
        return np.diff(self.offsets)

    @functools.cached_property
    def response_tokens(self) -> NDArray[np.int32]:
        """``(n,)`` tokens of each row that are measured."""
        sums = np.concatenate([[0], np.cumsum(self.measured)])
        counts: NDArray[np.int32] = np.diff(sums[self.offsets]).astype(np.int32)
        return counts

    @functools.cached_property
    def prompt_tokens(self) -> NDArray[np.int32]:
        """``(n,)`` tokens of each row that are only read."""
        counts: NDArray[np.int32] = (self.lengths - self.response_tokens).astype(np.int32)
        return counts

    @property
    def sha256(self) -> str:
        """Hash of everything that the models read, and of what is measured."""
        digest = hashlib.sha256()
        for array in (self.offsets, self.measured, self.ids):
            digest.update(np.ascontiguousarray(array).data)
        return digest.hexdigest()

    def within(self, vocab_size: int) -> Tokenized:
        """The same, without the samples that have a token beyond a vocabulary."""
        if not self.ids.size or int(self.ids.max()) < vocab_size:
            return self
        owner = np.repeat(np.arange(len(self.problems)), self.lengths)
        outside = np.zeros(len(self.problems), bool)
        outside[owner[self.ids >= vocab_size]] = True
        problems = tuple(
            _outside(int(self.row(row)[0].max()), vocab_size) if outside[row] else problem
            for row, problem in enumerate(self.problems)
        )
        kept = ~outside[owner]
        offsets = np.zeros_like(self.offsets)
        np.cumsum(np.where(outside, 0, self.lengths), out=offsets[1:])
        return dataclasses.replace(
            self,
            ids=self.ids[kept],
            measured=self.measured[kept],
            offsets=offsets,
            problems=problems,
            truncated=self.truncated & ~outside,
        )

    def row(self, row: int) -> tuple[NDArray[np.int32], NDArray[np.bool_]]:
        """Token ids of one sample, and which of them are measured."""
        part = slice(self.offsets[row], self.offsets[row + 1])
        return self.ids[part], self.measured[part]

    def prompt(self, row: int) -> NDArray[np.int32]:
        """Token ids of one sample that are only read."""
        ids, measured = self.row(row)
        return ids[~measured]

    def response(self, row: int) -> NDArray[np.int32]:
        """Token ids of one sample that are measured, as far as it is read."""
        ids, measured = self.row(row)
        return ids[measured]

    def notices(self) -> tuple[Notice, ...]:
        """What the tokenizer remarked on single samples."""
        total = int(np.count_nonzero(self.full_lengths >= 0))
        return tuple(
            Notice(
                remark.code, f"{count:,} of {total:,} samples {remark.text}", remark.severity,
                count, total,
            )
            for remark, count in self.remarks.values()
        )  # fmt: skip


def tokenize(
    conversations: Sequence[Conversation | None],
    tokenizer: Tokenizer,
    max_length: int,
    *,
    every_turn: bool = False,
    vocab_size: int | None = None,
    limit: str | None = None,
    setting: str = "models.template",
    on_progress: Progress = no_progress,
) -> Tokenized:
    """Token ids of every sample, cut at its end where it is longer than ``max_length``.

    Args:
        conversations: ``n`` samples; ``None`` for a row that is known to be invalid, which gets no
            tokens and no new problem.
        tokenizer: serves both models.
        max_length: most tokens of a sample.
        every_turn: measure each answer of the assistant, not the last only.
        vocab_size: width of the vocabulary both models share; ids beyond it are a problem.
        limit: ``max_length`` in words, where it is not the setting of that name.
        setting: where the template is set, for messages.
        on_progress: told after every 256 samples.

    Raises:
        ModelError: (nearly) every sample is refused by the template.
    """
    n = len(conversations)
    limit = limit or f"divergence.max_length = {max_length}"
    ids: list[NDArray[np.int32]] = []
    measured: list[NDArray[np.bool_]] = []
    truncated = np.zeros(n, bool)
    prompts, full = np.full(n, -1, np.int32), np.full(n, -1, np.int32)
    problems: list[str | None] = [None] * n
    refusals: Counter[str] = Counter()
    remarks: dict[str, tuple[Remark, int]] = {}
    tried = 0
    nothing = np.empty(0, np.int32), np.empty(0, bool)
    for row, conversation in enumerate(conversations):
        if row % 256 == 0:
            on_progress(row, n)
        these, mask = nothing
        if conversation is not None:
            tried += 1
            try:
                encoded = tokenizer.encode(conversation, every_turn)
            except SampleError as error:
                problems[row] = str(error)
                refusals[str(error)] += 1
            else:
                these, mask = np.array(encoded.ids, np.int32), np.array(encoded.measured, bool)
                full[row] = len(these)
                prompts[row] = int(np.argmax(mask)) if mask.any() else len(these)
                problems[row] = _problem(these, mask, max_length, vocab_size, limit)
                truncated[row] = problems[row] is None and bool(mask[max_length:].any())
                _count(remarks, encoded)
                if problems[row] is not None:
                    these, mask = nothing
            if tried == _FIRST:
                _raise_if_hopeless(refusals, tried, setting)
        ids.append(these[:max_length])
        measured.append(mask[:max_length])
    on_progress(n, n)
    _raise_if_hopeless(refusals, tried, setting)
    offsets = np.zeros(n + 1, np.int64)
    np.cumsum([len(these) for these in ids], out=offsets[1:])
    return Tokenized(
        np.concatenate([nothing[0], *ids]),
        np.concatenate([nothing[1], *measured]),
        offsets,
        truncated,
        tuple(problems),
        prompts,
        full,
        remarks,
    )


def _count(remarks: dict[str, tuple[Remark, int]], encoded: Encoded) -> None:
    for remark in encoded.remarks:
        first, count = remarks.get(remark.code, (remark, 0))
        remarks[remark.code] = (first, count + 1)


def _raise_if_hopeless(refusals: Counter[str], tried: int, setting: str) -> None:
    refused = refusals.total()
    if refused and refused >= _NEARLY_ALL * tried:
        said, count = refusals.most_common(1)[0]
        other = f" Give data that the template takes, or set {setting} to alpaca or none."
        remedy = other if cure_of(said) else ""  # the template's refusal may say what to do
        raise ModelError(
            f"{refused:,} of {tried:,} samples cannot be written by the template. "
            f"{said.rstrip('.')} ({count:,} samples).{remedy}"
        )


def _problem(
    ids: NDArray[np.int32],
    measured: NDArray[np.bool_],
    max_length: int,
    vocab_size: int | None,
    limit: str,
) -> str | None:
    if not measured.any():
        return "The response has no tokens."
    if measured[0]:
        return "The prompt has no tokens, so the first response token has nothing to follow."
    first = int(np.argmax(measured))
    if first >= max_length:
        return f"The prompt has {first} tokens, which leaves no room for a response within {limit}."
    if vocab_size is not None and ids.max() >= vocab_size:
        return _outside(int(ids.max()), vocab_size)
    return None


def _outside(token: int, vocab_size: int) -> str:
    return f"Token {token} is outside the {vocab_size} tokens that both models know."
