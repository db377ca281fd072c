"""The data as the stages see it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import pyarrow.parquet as pq
from numpy.typing import NDArray

from paser_core.config import AUTO, EmbeddingConfig, RunConfig, SharedText, Turns
from paser_core.language import Speech, Told
from paser_core.notices import Notice, Severity
from paser_core.records import Records
from paser_core.records.conversations import Conversation, user_text
from paser_core.runs import OUR_COLUMNS, Files
from paser_core.stages.boilerplate import without_shared
from paser_core.workspace import paths
from paser_core.workspace.store import Store


@dataclass(frozen=True)
class Input:
    """The data as the stages see it."""

    records: Records
    texts: tuple[str, ...]  # (n,) what is embedded
    conversations: Sequence[Conversation | None]  # (n,) what the models read; None: invalid
    rows: NDArray[np.int64]  # (v,) row numbers of the valid samples

    told: Sequence[str] = ()  # (n,) what the language of each is told by
    language: str | None = None  # that somebody said all have
    shared: tuple[Notice, ...] = ()  # what was left out of the texts

    @classmethod
    def of(cls, records: Records, config: RunConfig) -> Input:
        """The texts that stand for the samples, without what many of them share."""
        frame = records.frame
        asked = zip(frame["instruction"], frame["input"], strict=True)
        rows = np.flatnonzero(records.valid)
        texts, whole, shared = embedded_texts(asked, records.conversations, rows, config.embedding)
        told = Told(texts, whole, frame["output"].array)
        language = None if config.data.language == AUTO else config.data.language
        shared += _unembedded(records, rows, config.embedding)
        return cls(records, tuple(texts), records.conversations, rows, told, language, shared)

    @cached_property
    def speech(self) -> Speech:
        """The languages of all ``n`` texts."""
        return Speech.of(self.told, self.language)

    def speech_of(self, rows: NDArray[np.int64]) -> Speech:
        """The languages of some rows, as a pool of their own."""
        if len(rows) == len(self.texts):
            return self.speech
        return Speech.of([self.told[i] for i in rows], self.language)

    def readable(self, store: Store) -> Input:
        """Without the samples that the encoder could not read."""
        problems = reading_problems(store, len(self.texts))
        unread = np.array([problem is not None for problem in problems], bool)
        return replace(self, rows=self.rows[~unread[self.rows]]) if unread.any() else self


def embedded_texts(
    asked: Iterable[tuple[str, str]],
    conversations: Sequence[Conversation | None],
    rows: NDArray[np.int64],
    config: EmbeddingConfig,
) -> tuple[list[str], tuple[str, ...], tuple[Notice, ...]]:
    """What stands for the samples, the same before shared text was left out, and what that was.

    Args:
        asked: ``(n,)`` instruction and input.
        conversations: ``(n,)``; only read where earlier turns count.
        rows: the valid samples.
        config: which turns, and whether shared text counts.
    """
    texts = [user_text(instruction, extra, "\n") for instruction, extra in asked]
    if config.turns is Turns.ALL:
        earlier = [earlier_turns(c) for c in conversations]
        texts = ["\n".join((*e, t)) for e, t in zip(earlier, texts, strict=True)]
    whole = tuple(texts)
    if config.shared is SharedText.KEEP:
        return texts, whole, ()
    stripped = without_shared([texts[row] for row in rows])
    for row, text in zip(rows.tolist(), stripped.texts, strict=True):
        texts[row] = text
    return texts, whole, stripped.notices


def _unembedded(
    records: Records, rows: NDArray[np.int64], config: EmbeddingConfig
) -> tuple[Notice, ...]:
    """Said where the models read more of a conversation than the map and the clusters know."""
    every = config.turns is Turns.ALL
    longer, valid = records.conversations.longer, set(rows.tolist())
    number = sum(row in valid and _has_more(c, every) for row, c in longer.items())
    if not number:
        return ()
    what = "a system prompt" if every else "earlier turns or a system prompt"
    why = "" if every else " (embedding.turns is last)"
    text = (
        f"{number:,} of {len(rows):,} samples have {what}: both models read that, map and clusters go "
        f"without it{why}."
    )
    return (Notice("context-unembedded", text, Severity.INFO, number, len(rows)),)


def _has_more(conversation: Conversation, every: bool) -> bool:
    """Whether something stands before the last question that is not embedded."""
    before = conversation.messages[: conversation.answer]
    system = any(m["role"] == "system" for m in before)
    return system or (not every and sum(m["role"] == "user" for m in before) > 1)


def earlier_turns(conversation: Conversation | None) -> list[str]:
    """What was said before the last question, system prompts left out."""
    if conversation is None:
        return []
    before = [m for m in conversation.messages[: conversation.answer] if m["role"] != "system"]
    asked = max((i for i, m in enumerate(before) if m["role"] == "user"), default=0)
    return [m["content"] for m in before[:asked] if isinstance(m.get("content"), str)]


def reading_problems(store: Store, n: int) -> list[str | None]:
    """``n`` reasons why the encoder could not read a sample; none where nothing is known."""
    path = store.path(Files.READING)
    if not paths.is_file(path):
        return [None] * n
    problems: list[str | None] = pq.read_table(path, columns=["problem"])["problem"].to_pylist()
    return problems


def user_columns(records: Records) -> dict[str, str]:
    """The user's columns, and how they are called in the run: ours keep their names."""
    names: dict[str, str] = {}
    for column in records.user_columns:
        name = column
        while name in OUR_COLUMNS or name in names.values():
            name = f"{name}_user"
        names[column] = name
    return names
