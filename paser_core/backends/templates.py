"""How an instruction and its input become the prompt of a causal language model."""

from __future__ import annotations

# The prompt of Stanford Alpaca, which LLM-Pruner and the paper train on.
_ALPACA_WITH_INPUT = (
    "Below is an instruction that describes a task, paired with an input that provides further "
    "context. Write a response that appropriately completes the request.\n\n"
    "### Instruction:\n{instruction}\n\n### Input:\n{input}\n\n### Response:\n"
)
_ALPACA_WITHOUT_INPUT = (
    "Below is an instruction that describes a task. Write a response that appropriately completes "
    "the request.\n\n"
    "### Instruction:\n{instruction}\n\n### Response:\n"
)


def alpaca_prompt(instruction: str, input: str) -> str:
    """The Alpaca prompt, in its form with or without input."""
    # Not str.format: the texts may contain braces.
    template = _ALPACA_WITH_INPUT if input.strip() else _ALPACA_WITHOUT_INPUT
    head, rest = template.split("{instruction}")
    if "{input}" not in rest:
        return f"{head}{instruction}{rest}"
    middle, tail = rest.split("{input}")
    return f"{head}{instruction}{middle}{input}{tail}"


def user_text(instruction: str, input: str) -> str:
    """Instruction and input as one message."""
    return f"{instruction}\n\n{input}" if input.strip() else instruction


def plain_prompt(instruction: str, input: str) -> str:
    """Instruction and input as they are; the response starts on a line of its own."""
    return f"{user_text(instruction, input)}\n"
