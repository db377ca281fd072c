"""Whether the tokenizers of two models give every sample the same ids."""

from __future__ import annotations

import json
from typing import Any

from paser_core.config import Template
from paser_core.errors import ModelError
from paser_core.notices import Notice, Severity

# Words, digits, code, white space, accents, scripts and emoji: where tokenizers differ in practice.
_PROBES = (
    "The quick brown fox didn't jump over 1,234.5 lazy dogs.\n\n### Response:\n",
    "def f(x):\n\treturn {'a': x ** 2}  # twice   spaced",
    "Zürich, naïve café — “quotes” … 東京 Привет مرحبا 😀",
    " leading and trailing ",
)


def check_agreement(original: Any, compressed: Any, template: Template) -> tuple[Notice, ...]:
    """Raise unless both tokenizers give every sample the same ids; else what is worth noting.

    Tokens that only one of them has are accepted where they come after all others (an enlarged
    vocabulary): no text of the shared part is encoded with them unless it spells one out.

    Raises:
        ModelError: with the first difference found and an example.
    """
    ours, theirs = original.get_vocab(), compressed.get_vocab()
    notices: list[Notice] = []
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
        text = (
            f"The tokenizer of the {role} model has {len(extra)} more tokens, from {example!r} on; "
            "the shared part of the vocabulary is compared."
        )
        notices.append(Notice("vocabulary", text, Severity.INFO, len(extra), len(vocabulary)))
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
    return tuple(notices)


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
