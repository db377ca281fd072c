"""A Hugging Face tokenizer with a template: conversations in, ids and what is measured out."""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterator, Sequence
from typing import Any

from paser_core.config import ModelsConfig, Template
from paser_core.models.chat_template import KEYS, ChatTemplate, Part
from paser_core.models.templates import pieces_of
from paser_core.notices import Severity
from paser_core.protocols import Encoded, Remark
from paser_core.records.conversations import Conversation
from paser_core.records.messages import message_text

_UNFINISHED = "\ufffd"  # what a decoder writes for a part of a character
_NO_PLACE = [key for keys in KEYS.values() for key in keys]


class TransformersTokenizer:
    """Writes conversations with a template and turns them into ids.

    With a chat template the ids are those of the text that the template writes, whole, for every
    sample; nothing is added. Texts that spell out a control token are read as trainers read them:
    as the token. That is counted and told.

    Without one, prompt and answer are encoded apart, as trainers do that mask prompts. An answer is
    encoded as it reads after a line break, because the prompt ends with one. So its ids are those
    of the joint text, without a leading space that SentencePiece gives to a text of its own.

    Args:
        tokenizer: of transformers, given as a live object.
        template: what writes a conversation.
        date: what a chat template reads that asks for today's date; ISO.
        at: where template and date are set, for messages: what stands before these words.

    Raises:
        ModelError: the template is ``chat`` and the tokenizer has none.
    """

    def __init__(
        self,
        tokenizer: Any,
        template: Template = Template.ALPACA,
        date: str = ModelsConfig().date,
        at: str = "models.",
    ) -> None:
        self._tokenizer = tokenizer
        self.template = template
        self._date = date
        self._at = at
        self._break = self._encode("\n")
        self._eos: list[int] = [] if tokenizer.eos_token_id is None else [tokenizer.eos_token_id]
        self._control = _control_tokens(tokenizer)
        self._chat: ChatTemplate | None = None
        if template is Template.CHAT:
            self._chat = ChatTemplate(tokenizer, datetime.date.fromisoformat(date), at)

    @property
    def beginning(self) -> int | None:
        """The token for the beginning of a text, where there is one; not every template writes it."""
        token: int | None = self._tokenizer.bos_token_id
        return token

    def encode(self, conversation: Conversation, every_turn: bool = False) -> Encoded:
        remarks = list(self._remarks(conversation))
        if self._chat is None:
            ids, measured = self._in_pieces(conversation, every_turn)
            return Encoded(ids, measured, tuple(remarks))
        rendering = self._chat.read(conversation, every_turn)
        if rendering.joined:
            remarks.append(_JOINED)
        remarks += [_UNWRITTEN[part] for part in rendering.unwritten]
        if rendering.writes_none:
            remarks.append(_NULL_IS_NONE)
        if self._chat.date_is_used:
            remarks.append(_dated(self._date, self._at))
        ids, measured = self._located(rendering.text, rendering.answers)
        return Encoded(ids, measured, tuple(remarks))

    def pieces(self, ids: Sequence[int]) -> list[str]:
        """Text of each token in context; a character of several tokens stands at its last one."""
        pieces: list[str] = []
        # Decoding from a token before keeps the space that a decoder drops at the very start; the
        # window moves on, so the cost is linear.
        start = read = 0
        for end in range(1, len(ids) + 1):
            before = self._decode(ids[start:read])
            after = self._decode(ids[start:end])
            if after.endswith(_UNFINISHED) and end < len(ids) and end - read < 8:
                pieces.append("")
                continue
            pieces.append(after[len(before) :])
            start, read = read, end
        return pieces

    def _in_pieces(
        self, conversation: Conversation, every_turn: bool
    ) -> tuple[list[int], list[bool]]:
        """Ids of prompt, answer, prompt, answer, …, each answer with the end of sequence."""
        pieces = pieces_of(conversation, self.template)
        ids: list[int] = []
        measured: list[bool] = []
        for number, piece in enumerate(pieces):
            if number == 0:
                added: list[int] = list(self._tokenizer(piece.text, verbose=False)["input_ids"])
                if self._eos and added[-1:] == self._eos:
                    added.pop()  # the text goes on
            else:
                added = self._continued(piece.text)
            asked = piece.is_answer and (every_turn or number == len(pieces) - 1)
            if piece.is_answer and added:
                added = added + self._eos
            ids += added
            measured += [asked] * len(added)
        return ids, measured

    def _located(self, text: str, spans: Sequence[tuple[int, int]]) -> tuple[list[int], list[bool]]:
        """Ids of a text, and which of them lie in the spans, given in characters."""
        fast = bool(getattr(self._tokenizer, "is_fast", False))
        encoded = self._tokenizer(
            text, add_special_tokens=False, verbose=False, return_offsets_mapping=fast
        )
        ids = list(encoded["input_ids"])
        offsets = encoded["offset_mapping"] if fast else None
        measured = [False] * len(ids)
        for start, end in spans:
            first = self._token_at(text, start, ids, offsets, is_end=False)
            last = self._token_at(text, end, ids, offsets, is_end=True)
            measured[first:last] = [True] * max(last - first, 0)
        return ids, measured

    def _token_at(
        self, text: str, place: int, ids: list[int], offsets: Any, *, is_end: bool
    ) -> int:
        """The number of tokens before a place in the text; a token across it is in the span."""
        if place <= 0 or place >= len(text):
            return 0 if place <= 0 else len(ids)
        before = self._encode(text[:place])
        if ids[: len(before)] == before:
            return len(before)
        if offsets is not None:
            edge = 0 if is_end else 1
            across = (
                i
                for i, pair in enumerate(offsets)
                if (pair[edge] >= place if is_end else pair[edge] > place)
            )
            return next(across, len(ids))
        same = next(
            i for i, (a, b) in enumerate(zip([*before, -1], [*ids, -2], strict=False)) if a != b
        )
        return same if not is_end else max(same, len(before))

    def _continued(self, text: str) -> list[int]:
        """Ids of a text as it reads after a line break."""
        joint = self._encode("\n" + text)
        size = len(self._break)
        return joint[size:] if joint[:size] == self._break else self._encode(text)

    def _remarks(self, conversation: Conversation) -> Iterator[Remark]:
        """What of a sample is read in another way than it looks, or not at all."""
        said = conversation.messages[: conversation.answer + 1]
        if self._control is not None:
            texts = (message_text(m.get("content")) for m in said)
            spelled = next((hit for text in texts if (hit := self._control.search(text))), None)
            if spelled is not None:
                yield _spelled(spelled[0])
        if self.template is not Template.CHAT and (
            conversation.tools or any(m.get(key) for m in said for key in _NO_PLACE)
        ):
            yield _no_place(self._at)

    def _encode(self, text: str) -> list[int]:
        encoded = self._tokenizer(text, add_special_tokens=False, verbose=False)
        return list(encoded["input_ids"])

    def _decode(self, ids: Sequence[int]) -> str:
        text: str = self._tokenizer.decode(
            list(ids), skip_special_tokens=False, clean_up_tokenization_spaces=False
        )
        return text


def _control_tokens(tokenizer: Any) -> re.Pattern[str] | None:
    """Finds what the tokenizer reads as a control token, spelled out in a text."""
    added = getattr(tokenizer, "added_tokens_decoder", {})
    special = {str(token) for token in added.values() if token.special}
    special |= {str(token) for token in tokenizer.all_special_tokens}
    longest_first = sorted((token for token in special if token), key=lambda t: (-len(t), t))
    return re.compile("|".join(map(re.escape, longest_first))) if longest_first else None


def _spelled(token: str) -> Remark:
    return Remark(
        "control-tokens",
        f"spell out control tokens of the tokenizer in their texts (e.g. {token}). Models and "
        "trainers read them as the tokens themselves, not as text; take them out of the data if "
        "they are not meant.",
    )


def _dated(date: str, at: str) -> Remark:
    return Remark(
        "template-date",
        f"have a date in their prompt, because the chat template writes today's. {date} was used, "
        f"on whatever day the run is made; {at}date sets another.",
        Severity.INFO,
    )


_JOINED = Remark(
    "joined-parts",
    "have messages of several parts, which the chat template does not take; their texts were "
    "joined, one part a line.",
)
_UNWRITTEN = {
    part: Remark(
        f"unwritten-{part.value}",
        f"have {what}, which the chat template does not write: the models are compared without. "
        "Where that matters, give models whose template writes them.",
    )
    for part, what in (
        (Part.TOOLS, "tools"),
        (Part.CALLS, "calls of tools"),
        (Part.REASONING, "reasoning beside their answers"),
    )
}
_NULL_IS_NONE = Remark(
    "null-is-none",
    "have messages whose content is null, for which the chat template writes the word None. Models "
    "and trainers read it so; give these messages an empty text where it is not meant.",
)


def _no_place(at: str) -> Remark:
    return Remark(
        "no-place",
        "have tools or reasoning beside their messages, for which this template has no place: it is "
        f"not in the prompt. Set {at}template to chat for the tokenizer's own template.",
    )
