"""The tokenizer's own chat template: the text it writes for a conversation, and where answers stand.

A template is a program of other people's. It may refuse a conversation, never end, look into the
answer (think blocks, trimming), merge messages or write today's date. What it writes is never
rebuilt: the text is the template's, whole. Only where an answer starts and ends is found out.
"""

from __future__ import annotations

import contextlib
import datetime
import enum
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from paser_core.errors import ModelError, SampleError, first_line
from paser_core.models.time_limit import OutOfTimeError, time_limit
from paser_core.records.conversations import Conversation
from paser_core.records.messages import message_text

SECONDS = 5.0  # for one conversation; ten thousand messages take a tenth of it
LONGEST = 20_000_000  # characters of one conversation
_PATIENCE = 3  # conversations that may run out of time before the run stops
_MARKS = re.compile(r"\{%-?\s*generation\s*-?%\}")
# Two answers that share neither their first nor their last character, with each other or a usual one.
_STAND_INS = ("\u00a7A\u00b6", "\u00b60\u00a7")

Messages = Sequence[Mapping[str, Any]]


class Part(enum.Enum):
    """What a conversation may have beside the texts of its messages; a template may not know it."""

    TOOLS = "tools"
    CALLS = "calls"
    REASONING = "reasoning"


# By which keys of a message.
KEYS = {Part.CALLS: ("tool_calls",), Part.REASONING: ("reasoning_content", "reasoning", "thinking")}


@dataclass(frozen=True)
class Rendering:
    """What a template writes for a conversation."""

    text: str
    answers: tuple[tuple[int, int], ...]  # start and end of what is measured, in characters
    joined: bool = False  # contents of several parts were joined: the template takes texts only
    unwritten: tuple[Part, ...] = ()  # what the conversation has and the text does not
    writes_none: bool = False  # a content that is null is the word None in the text


class ChatTemplate:
    """A tokenizer's chat template with a fixed date.

    Args:
        tokenizer: of transformers.
        date: what the template reads for today's.
        at: where the settings stand, for messages: ``models.`` in front of ``template``.

    Raises:
        ModelError: the tokenizer has none.
    """

    def __init__(self, tokenizer: Any, date: datetime.date, at: str = "models.") -> None:
        self._setting = f"{at}template"
        if not tokenizer.chat_template:
            raise ModelError(
                f"{self._setting} is chat, but the tokenizer has no chat template; set it to alpaca or "
                "none."
            )
        self._tokenizer = tokenizer
        self._date = datetime.datetime.combine(date, datetime.time(12))
        self.date_is_used = False
        self._hung = 0

    def read(self, conversation: Conversation, every_turn: bool = False) -> Rendering:
        """The text of a conversation up to its answer, and where the measured answers stand.

        Raises:
            SampleError: the template refuses the conversation, or its answer cannot be found in
                what it writes.
            ModelError: the template does not end.
        """
        messages: Messages = conversation.messages[: conversation.answer + 1]
        tools = None if conversation.tools is None else list(conversation.tools)
        messages, text, joined = self._whole(messages, tools)
        turns = [
            i
            for i, m in enumerate(messages)
            if m.get("role") == "assistant" and message_text(m.get("content"))
        ]
        if not every_turn:
            turns = turns[-1:]
        marked = self._marked(messages, tools, text)
        if marked is not None and every_turn:
            answers = marked
        elif marked is not None:
            start, _ = self._turn(messages, tools, turns[-1], text)
            answers = tuple((max(a, start), b) for a, b in marked if b > start)
        else:
            answers = tuple(self._turn(messages, tools, turn, text) for turn in turns)
        return Rendering(
            text,
            answers,
            joined,
            tuple(self._unwritten(messages, tools, text)),
            self._writes_none(messages, tools, text),
        )

    def _unwritten(self, messages: Messages, tools: Any, text: str) -> Iterator[Part]:
        """The parts without which the template writes the same."""
        if tools and self._try(messages, None) == text:
            yield Part.TOOLS
        for part, keys in KEYS.items():
            if any(m.get(key) for m in messages for key in keys):
                without = [{k: v for k, v in m.items() if k not in keys} for m in messages]
                if self._try(without, tools) == text:
                    yield part

    def _writes_none(self, messages: Messages, tools: Any, text: str) -> bool:
        """Whether a content of null, as calls of tools have it, becomes a word."""
        filled = [{**m, "content": ""} if m.get("content", "") is None else m for m in messages]
        if filled == list(messages):
            return False
        other = self._try(filled, tools)
        return other is not None and text.count("None") > other.count("None")

    def _whole(self, messages: Messages, tools: Any) -> tuple[Messages, str, bool]:
        """The messages as the template takes them, what it writes, and whether parts were joined."""
        in_parts = [m["content"] for m in messages if isinstance(m.get("content"), list)]
        if not in_parts:
            return messages, self.render(messages, tools), False
        try:
            text = self.render(messages, tools)
            if not any(str(content) in text for content in in_parts):
                return messages, text, False
        except SampleError:
            pass
        plain = [
            {**m, "content": message_text(m["content"])}
            if isinstance(m.get("content"), list)
            else m
            for m in messages
        ]
        return plain, self.render(plain, tools), True

    def render(self, messages: Messages, tools: Any = None, *, ask: bool = False) -> str:
        """What the template writes; with ``ask`` as far as the next answer.

        Raises:
            SampleError: the template refuses, with its own message.
            ModelError: it ran out of time again and again.
        """
        with self._refusals():
            text: str = self._tokenizer.apply_chat_template(
                list(messages),
                tools=tools,
                tokenize=False,
                add_generation_prompt=ask,
                strftime_now=self._now,
            )
        if len(text) > LONGEST:
            raise SampleError(
                f"The chat template writes {len(text):,} characters; at most {LONGEST:,} are read."
            )
        return text

    @contextlib.contextmanager
    def _refusals(self) -> Iterator[None]:
        """Turn whatever a template raises into one sentence, with its own message."""
        try:
            with time_limit(SECONDS):
                yield
        except OutOfTimeError:
            self._hung += 1
            said = f"The chat template did not end within {SECONDS:.0f} s"
            if self._hung >= _PATIENCE:
                raise ModelError(
                    f"{said} for {self._hung} samples; set {self._setting} to alpaca or none, or "
                    "mend chat_template in the tokenizer's files."
                ) from None
            raise SampleError(f"{said}.") from None
        except MemoryError:
            raise SampleError(
                "The chat template needs more memory than there is for this sample. Shorten it, "
                f"or choose another {self._setting}."
            ) from None
        except Exception as error:  # a program of other people's raises what it likes
            raise SampleError(
                f"The chat template refuses the conversation: {first_line(error).rstrip('.')}. Give "
                f"it in a form the template takes, or choose another {self._setting}."
            ) from error

    def _now(self, form: str) -> str:
        self.date_is_used = True
        return self._date.strftime(form)

    def _marked(
        self, messages: Messages, tools: Any, text: str
    ) -> tuple[tuple[int, int], ...] | None:
        """What stands between the generation marks of the template; None where it has none."""
        from transformers.utils.chat_template_utils import render_jinja_template

        template = self._tokenizer.get_chat_template(None, tools)
        if not _MARKS.search(template):
            return None
        with self._refusals():
            texts, marks = render_jinja_template(
                conversations=[list(messages)],
                tools=tools,
                chat_template=template,
                return_assistant_tokens_mask=True,
                **{**self._tokenizer.special_tokens_map, "strftime_now": self._now},
            )
        spans = tuple((int(a), int(b)) for a, b in marks[0] if b > a)
        # Within a macro the library counts wrongly; then the comparison below says it better.
        right = texts[0] == text and all(0 <= a < b <= len(text) for a, b in spans)
        return spans if right and spans else None

    def _turn(self, messages: Messages, tools: Any, turn: int, text: str) -> tuple[int, int]:
        """Start and end of one answer in ``text``, which may go on after it."""
        is_last = turn == len(messages) - 1
        # By prefix, as trainers do: all that the template writes before, when asked for an answer.
        if "add_generation_prompt" in self._tokenizer.get_chat_template(None, tools):
            before = self._try(messages[:turn], tools, ask=True)
            whole = text if is_last else self._try(messages[: turn + 1], tools)
            if before is None or whole is None:
                return self._by_exchange(messages, tools, turn, text)
            if whole.startswith(before) and text.startswith(whole):
                return len(before), len(whole)
        return self._by_exchange(messages, tools, turn, text)

    def _by_exchange(self, messages: Messages, tools: Any, turn: int, text: str) -> tuple[int, int]:
        """Find an answer by what changes in the text when another one stands in for it.

        For templates that do not know an opening for an answer, or write another one than that
        which the answer gets (think blocks), or drop parts of earlier answers.
        """
        role = messages[turn]["role"]
        others = []
        for answer in _STAND_INS:
            changed = [*messages[:turn], {"role": role, "content": answer}, *messages[turn + 1 :]]
            other = self._try(changed, tools)
            if other is not None and answer in other:
                others.append(other)
        is_last = turn == len(messages) - 1
        if len(others) == len(_STAND_INS):
            start = min(_shared(text, other) for other in others)
            if is_last:
                return start, len(text)
            shared = min(_shared(text[::-1], other[::-1]) for other in others)
            closing = self._closing(messages[:turn], tools, role)
            end = max(len(text) - shared, start)
            return start, end + (len(closing) if text.startswith(closing, end) else 0)
        content = message_text(messages[turn].get("content")).strip()
        start = text.rfind(content)
        if start < 0:
            raise SampleError(
                "The answer cannot be found in what the chat template writes, so it cannot be told "
                f"from the prompt; set {self._setting} to alpaca or none."
            )
        return start, len(text) if is_last else start + len(content)

    def _closing(self, before: Messages, tools: Any, role: str) -> str:
        """What the template writes after an answer."""
        alone = self._try([*before, {"role": role, "content": _STAND_INS[0]}], tools)
        return "" if alone is None else alone.rpartition(_STAND_INS[0])[2]

    def _try(self, messages: Messages, tools: Any, *, ask: bool = False) -> str | None:
        """What the template writes for a part of a conversation; None where it refuses it."""
        if not messages:
            return None
        try:
            return self.render(messages, tools, ask=ask)
        except SampleError:
            return None


def _shared(one: str, other: str) -> int:
    """Characters that two texts begin with in common."""
    pairs = enumerate(zip(one, other, strict=False))
    return next((i for i, (a, b) in pairs if a != b), min(len(one), len(other)))
