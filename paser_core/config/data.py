"""What is read, and how."""

from __future__ import annotations

import re
from dataclasses import dataclass

from paser_core.config.options import OnError
from paser_core.config.section import AUTO, Section, setting, subsection
from paser_core.errors import ConfigError, shortened

_LANGUAGE = re.compile(r"auto|[a-z]{2,3}")


@dataclass(frozen=True)
class FieldMap(Section, at="data.fields"):
    """Which column holds what. ``None``: recognized from the shape of the data."""

    instruction: str | None = setting(
        None, "what is asked", label="Instruction", help="The column with what is asked."
    )
    input: str | None = setting(
        None,
        "what it is asked about; many data sets have none",
        label="Input",
        help="The column with what it is asked about; many data sets have none.",
    )
    output: str | None = setting(
        None,
        "the response that the models are compared on",
        label="Output",
        help="The column with the response that the two models are compared on.",
    )
    id: str | None = setting(
        None,
        "your own name of a sample; rows are numbered where there is none",
        label="Id",
        help="Your own name of a sample, unique. Rows are numbered where there is none.",
    )
    messages: str | None = setting(
        None,
        "a conversation; instead of instruction, input and output",
        label="Messages",
        help="A column of conversations, instead of instruction, input and output.",
    )
    system: str | None = setting(
        None,
        'the system prompt, part of the prompt; "" for no column',
        label="System prompt",
        help="A column of system prompts, which become part of the prompt.",
    )
    history: str | None = setting(
        None,
        'earlier turns, [question, answer] each; part of the prompt; "" for no column',
        label="History",
        help="A column of earlier turns, which become part of the prompt.",
    )
    tools: str | None = setting(
        None,
        'the tools the model may call; part of the prompt; "" for no column',
        label="Tools",
        help="A column of the tools that may be called, which become part of the prompt.",
    )


@dataclass(frozen=True)
class DataConfig(Section, at="data"):
    """Which samples, and how they are read."""

    path: str | None = setting(
        None,
        "file, folder or hub name; the one thing without a sensible default",
        label="Data",
        help="A json, jsonl, csv or parquet file, a folder of them, or a data set.",
    )
    name: str | None = setting(
        None,
        "which configuration, where a Hugging Face data set has several",
        label="Configuration",
        help="Which one, where a data set has several; the others have none to choose.",
    )
    split: str = setting(
        "train",
        "the split that instruction data sets keep their rows in",
        label="Split",
        help="The part of the data set that is read; most keep theirs in train.",
    )
    fields: FieldMap = subsection(FieldMap, "common shapes are recognized")
    limit: int | None = setting(
        None,
        "read only the first rows: for a quick look at a large pool",
        label="Only the first rows",
        help="Reads no more than so many: a quick look at a large pool.",
        low=1,
    )
    on_error: OnError = setting(
        OnError.FAIL,
        "a broken line may mean a broken file; skip leaves it out, counted",
        label="Skip broken lines",
        help="Leaves out lines that cannot be read, and counts them.",
    )
    language: str = setting(
        AUTO,
        "auto: told sample by sample, by letters and stop words; or an ISO 639-1 code for all",
        label="Language",
        help="Empty: told sample by sample. Or one code for all: en, fr, th and so on.",
    )

    def check(self) -> None:
        if not _LANGUAGE.fullmatch(self.language):
            raise ConfigError(
                f"data.language is {shortened(self.language)}; it must be auto or a code of ISO "
                "639-1 in small letters, such as en, fr or th.",
                field="data.language",
            )
