"""A Hugging Face tokenizer with a prompt template, and whether two tokenizers agree."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from paser_core.backends.templates import alpaca_prompt, plain_prompt, user_text
from paser_core.config import Template
from paser_core.errors import ModelError

# Words, digits, code, white space, accents, scripts and emoji: where tokenizers differ in practice.
_PROBES = (
    "The quick brown fox didn't jump over 1,234.5 lazy dogs.\n\n### Response:\n",
    "def f(x):\n\treturn {'a': x ** 2}  # twice   spaced",
    "Zürich, naïve café — “quotes” … 東京 Привет مرحبا 😀",
    " leading and trailing ",
)
_UNFINISHED = "\ufffd"  # what a decoder writes for a part of a character


class TransformersTokenizer:
    """Templates samples and turns them into ids.

    The response is encoded as it reads after a line break, because every template but a chat
    template ends with one. So its ids are those of the joint text, without a leading space that
    SentencePiece tokenizers give to a text of its own.

    Raises:
        ModelError: the template is ``chat`` and the tokenizer has none that fits.
    """

    def __init__(self, tokenizer: Any, template: Template = Template.ALPACA) -> None:
        self._tokenizer = tokenizer
        self._template = template
        self._break = self._encode("\n")
        self._eos: list[int] = [] if tokenizer.eos_token_id is None else [tokenizer.eos_token_id]
        self._after_prompt, self._after_response = "", ""
        if template is Template.CHAT:
            self._after_prompt, self._after_response = self._turn()

    @property
    def template(self) -> Template:
        """The template that makes prompts."""
        return self._template

    def prompt_ids(self, instruction: str, input: str) -> list[int]:
        """Ids of the templated prompt, with the special tokens that the tokenizer starts with."""
        if self._template is Template.CHAT:
            # The chat template writes its special tokens itself.
            return self._encode(self._chat(user_text(instruction, input)) + self._after_prompt)
        prompt = alpaca_prompt if self._template is Template.ALPACA else plain_prompt
        encoded = self._tokenizer(prompt(instruction, input), verbose=False)
        ids: list[int] = list(encoded["input_ids"])
        return ids[:-1] if self._eos and ids[-1:] == self._eos else ids  # the text goes on

    def response_ids(self, output: str) -> list[int]:
        """Ids of the response, then what ends a turn; empty if the text itself has no token."""
        joint = self._encode("\n" + output)
        size = len(self._break)
        ids = joint[size:] if joint[:size] == self._break else self._encode(output)
        if not ids:
            return []
        if self._template is Template.CHAT:
            return ids + self._encode(self._after_response)
        return ids + self._eos

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

    def _encode(self, text: str) -> list[int]:
        encoded = self._tokenizer(text, add_special_tokens=False, verbose=False)
        return list(encoded["input_ids"])

    def _decode(self, ids: Sequence[int]) -> str:
        text: str = self._tokenizer.decode(
            list(ids), skip_special_tokens=False, clean_up_tokenization_spaces=False
        )
        return text

    def _chat(self, user: str) -> str:
        text: str = self._tokenizer.apply_chat_template(
            [{"role": "user", "content": user}], tokenize=False, add_generation_prompt=True
        )
        return text

    def _turn(self) -> tuple[str, str]:
        """What the template writes between prompt and response, and after the response."""
        if not self._tokenizer.chat_template:
            raise ModelError(
                "models.template is chat, but the tokenizer has no chat template; set it to alpaca "
                "or none."
            )
        mark = "THE RESPONSE"
        prompt = self._chat("Hi")
        full: str = self._tokenizer.apply_chat_template(
            [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": mark}],
            tokenize=False,
        )
        if not full.startswith(prompt) or mark not in full[len(prompt) :]:
            raise ModelError(
                "The tokenizer's chat template does not continue its prompt with the response; set "
                "models.template to alpaca or none."
            )
        between, after = full[len(prompt) :].split(mark, 1)
        return between, after


def check_agreement(original: Any, compressed: Any, template: Template) -> tuple[str, ...]:
    """Raise unless both tokenizers give every sample the same ids; else what is worth noting.

    Tokens that only one of them has are accepted where they come after all others (an enlarged
    vocabulary): no text of the shared part is encoded with them unless it spells one out.

    Raises:
        ModelError: with the first difference found and an example.
    """
    ours, theirs = original.get_vocab(), compressed.get_vocab()
    notes: list[str] = []
    for token, i in ours.items():
        if token in theirs and theirs[token] != i:
            _disagree(f"token {token!r} is number {i} for the original and {theirs[token]} for the"
                      " compressed model")  # fmt: skip
    shared = {i for token, i in ours.items() if token in theirs}
    for vocabulary, other, role in ((ours, theirs, "original"), (theirs, ours, "compressed")):
        extra = {token: i for token, i in vocabulary.items() if token not in other}
        if not extra:
            continue
        example = min(extra, key=lambda token: extra[token])
        if not shared or extra[example] < max(shared):
            _disagree(f"token {example!r} (number {extra[example]}) is known to the {role} only")
        notes.append(
            f"The tokenizer of the {role} model has {len(extra)} more tokens, from {example!r} on; "
            "the shared part of the vocabulary is compared."
        )
    if template is Template.CHAT and original.chat_template != compressed.chat_template:
        _disagree("their chat templates differ")
    _same_rules(original, compressed)
    for text in _PROBES:
        a, b = original(text)["input_ids"], compressed(text)["input_ids"]
        if a != b:
            at = next((i for i, (x, y) in enumerate(zip(a, b, strict=False)) if x != y), min(len(a), len(b)))  # fmt: skip  # noqa: E501
            _disagree(
                f"the text {text!r} becomes {original.convert_ids_to_tokens(a[at : at + 3])} for "
                f"the original and {compressed.convert_ids_to_tokens(b[at : at + 3])} for the "
                f"compressed model at token {at}"
            )
    if template is not Template.CHAT and original.eos_token_id != compressed.eos_token_id:
        _disagree(
            f"the response ends with {original.eos_token!r} for the original and "
            f"{compressed.eos_token!r} for the compressed model"
        )
    return tuple(notes)


def _same_rules(original: Any, compressed: Any) -> None:
    """Compare merges: the one rule that a few probe texts could miss."""
    merges = []
    for tokenizer in (original, compressed):
        backend = getattr(tokenizer, "backend_tokenizer", None)
        if backend is None:  # a tokenizer in Python: the probe texts decide
            return
        merges.append(json.loads(backend.to_str())["model"].get("merges", []))
    for rank, (a, b) in enumerate(zip(*merges, strict=False)):
        if a != b:
            _disagree(f"merge rule {rank} is {a!r} for the original and {b!r} for the compressed "
                      "model")  # fmt: skip
    if len(merges[0]) != len(merges[1]):
        longer = max(merges, key=len)
        example = longer[min(map(len, merges))]
        _disagree(f"they have {len(merges[0])} and {len(merges[1])} merge rules, e.g. {example!r} "
                  "is known to one only")  # fmt: skip


def _disagree(difference: str) -> None:
    raise ModelError(
        f"The tokenizers of the two models disagree: {difference}. Both models must read the same "
        "ids; give a compressed model that was made from this original, with its tokenizer files."
    )
