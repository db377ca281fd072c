"""Training rows in the formats that trainers read, and nothing but what they read.

Extra columns have broken trainers, so scores go into a file of their own, keyed by id.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from typing import Any

from paser_core.run import Run


class ExportFormat(StrEnum):
    """How a training row looks."""

    ALPACA = "alpaca"
    MESSAGES = "messages"
    PROMPT_COMPLETION = "prompt-completion"
    SHAREGPT = "sharegpt"


def training_rows(
    run: Run, rows: Iterable[int], export_format: ExportFormat
) -> list[dict[str, Any]]:
    """The samples with these row numbers, in this order, ready for JSON."""
    columns = (run.samples[c].tolist() for c in ("instruction", "input", "output"))
    instructions, inputs, outputs = columns
    make = _MAKERS[export_format]
    return [make(instructions[i], inputs[i], outputs[i]) for i in rows]


def _question(instruction: str, text: str) -> str:
    """The input follows the instruction after an empty line, as chat data has it."""
    return f"{instruction}\n\n{text}" if text.strip() else instruction


def _alpaca(instruction: str, text: str, output: str) -> dict[str, Any]:
    return {"instruction": instruction, "input": text, "output": output}


def _messages(instruction: str, text: str, output: str) -> dict[str, Any]:
    return {
        "messages": [
            {"role": "user", "content": _question(instruction, text)},
            {"role": "assistant", "content": output},
        ]
    }


def _prompt_completion(instruction: str, text: str, output: str) -> dict[str, Any]:
    return {"prompt": _question(instruction, text), "completion": output}


def _sharegpt(instruction: str, text: str, output: str) -> dict[str, Any]:
    return {
        "conversations": [
            {"from": "human", "value": _question(instruction, text)},
            {"from": "gpt", "value": output},
        ]
    }


_MAKERS = {
    ExportFormat.ALPACA: _alpaca,
    ExportFormat.MESSAGES: _messages,
    ExportFormat.PROMPT_COMPLETION: _prompt_completion,
    ExportFormat.SHAREGPT: _sharegpt,
}
