"""Ready-made settings for LLaMA-Factory, axolotl and TRL, and the data-set card.

Facts about the trainers' formats: LLaMA-Factory data/README.md, axolotl docs/dataset-formats, TRL
docs "Dataset formats" and "Scripts Utilities" (ScriptArguments, DatasetMixtureConfig).
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import yaml

from paser_core.export.formats import ExportFormat, TrainingRows
from paser_core.runs import Run
from paser_core.selection import Selection, selector_of
from paser_core.selection.export_files import ExportFile, Part
from paser_core.selection.measures import measure_told
from paser_core.text import share

NAME = "paser_selection"
FOR_TRL = (ExportFormat.MESSAGES, ExportFormat.PROMPT_COMPLETION)
"""What TRL's SFT trainer reads."""

_TAGS = {
    "user": "user_tag",
    "assistant": "assistant_tag",
    "tool": "observation_tag",
    "function_call": "function_tag",
    "system": "system_tag",
}
# What axolotl knows by itself; once `roles` is there, only what it lists.
_AXOLOTL = {"user": ["human", "user"], "assistant": ["gpt", "assistant"], "system": ["system"]}


def dataset_info(made: TrainingRows) -> dict[str, Any]:
    """``dataset_info.json`` of LLaMA-Factory. Once `columns` is there, unlisted ones are dropped."""
    entry: dict[str, Any] = {"file_name": str(ExportFile.TRAIN)}
    beside = {name: name for name in ("system", "history", "tools") if name in made.columns}
    if made.export_format is ExportFormat.ALPACA:
        entry["formatting"] = "alpaca"
        entry["columns"] = {"prompt": "instruction", "query": "input", "response": "output"}
    elif made.export_format is ExportFormat.PROMPT_COMPLETION:
        entry["formatting"] = "alpaca"
        entry["columns"] = {"prompt": "prompt", "response": "completion"}
    elif made.export_format is ExportFormat.MESSAGES:
        # Turns of tools are read by a converter of their own (since LLaMA-Factory 0.9.4).
        entry["formatting"] = "openai" if made.with_tool_turns else "sharegpt"
        entry["columns"] = {"messages": "messages"}
        silent = () if made.with_tool_turns else ("tool",)
        entry["tags"] = {"role_tag": "role", "content_tag": "content"} | {
            _TAGS[speaker]: name for speaker, name in made.tags.items() if speaker not in silent
        }
    else:
        entry["formatting"] = "sharegpt"
        entry["columns"] = {"messages": "conversations"}
        entry["tags"] = {"role_tag": "from", "content_tag": "value"} | {
            _TAGS[speaker]: name for speaker, name in made.tags.items()
        }
    entry["columns"] |= beside
    return {NAME: entry}


def axolotl(made: TrainingRows) -> str:
    """``axolotl.yaml``: the `datasets` section to paste into a config."""
    entry: dict[str, Any] = {"path": str(ExportFile.TRAIN), "ds_type": "json"}
    if made.export_format is ExportFormat.ALPACA:
        entry["type"] = "alpaca_w_system" if "system" in made.columns else "alpaca"
    elif made.export_format is ExportFormat.PROMPT_COMPLETION:
        entry["type"] = {"field_instruction": "prompt", "field_output": "completion"}
        entry["type"]["format"] = "{instruction}"
    elif made.export_format is ExportFormat.MESSAGES:
        entry |= {"type": "chat_template", "field_messages": "messages"}
        entry["message_property_mappings"] = {"role": "role", "content": "content"}
    else:
        entry |= {"type": "chat_template", "field_messages": "conversations"}
        entry["message_property_mappings"] = {"role": "from", "content": "value"}
        if "system" in made.columns:
            entry["field_system"] = "system"
    if entry["type"] == "chat_template" and (roles := _roles(made)):
        entry["roles"] = roles
    if "tools" in made.columns and entry["type"] == "chat_template":
        entry["field_tools"] = "tools"
    note = "datasets of axolotl; paste into your config"
    unread = [name for name in ("history", "tools") if name in made.columns]
    if made.export_format is ExportFormat.ALPACA and unread:
        note += (
            f"\n# axolotl does not read {' and '.join(unread)} here; messages and sharegpt have it"
        )
    return _yaml(note, {"datasets": [entry]})


def _roles(made: TrainingRows) -> dict[str, list[str]]:
    """axolotl's `roles`, where speakers have names that it does not know; else nothing."""
    spoken = {s: name for s, name in made.tags.items() if s in _AXOLOTL}
    if all(name in _AXOLOTL[s] for s, name in spoken.items()):
        return {}
    return {s: list(dict.fromkeys([*known, spoken[s]])) for s, known in _AXOLOTL.items()} | {
        "tool": list(dict.fromkeys(["tool", made.tags["tool"]]))
    }


def trl_sft() -> str:
    """``trl_sft.yaml`` for ``trl sft --config``, for the formats :data:`FOR_TRL`.

    TRL rejects keys that it does not know; a file is named in its data-set mixture.
    """
    # Hyperparameters of the paper's Appendix K for the Alpaca experiments.
    tree = {
        "datasets": [{"path": "json", "data_files": str(ExportFile.TRAIN), "split": "train"}],
        "learning_rate": 1e-4,
        "num_train_epochs": 2,
        "per_device_train_batch_size": 64,
        "use_peft": True,
        "lora_r": 8,
        "report_to": "none",
    }
    return _yaml(
        "settings for: trl sft --config trl_sft.yaml --model_name_or_path YOUR_COMPRESSED_MODEL",
        tree,
    )


def card(run: Run, selection: Selection, made: TrainingRows, without: Collection[Part] = ()) -> str:
    """``README.md``: a Hugging Face data-set card. It speaks of the files that are there.

    Args:
        run: what was selected from, with models.
        selection: that is exported.
        made: the training rows, with what there is to say of them.
        without: parts that are not in the folder.
    """
    n = selection.n_selected
    header = yaml.safe_dump(
        {
            "license": "other",
            "task_categories": ["text-generation"],
            "size_categories": [_size(n)],
            "tags": ["paser", "recovery-training"],
            "configs": [{"config_name": "default", "data_files": str(ExportFile.TRAIN)}],
        },
        sort_keys=False,
    )
    ranking = selection.ranking
    rule = selector_of(ranking.selector)
    said = (*selection.warnings, *(notice.text for notice in made.notices))
    warnings = "".join(f"\n> {sentence}\n" for sentence in said)
    return f"""---
{header}---

# Recovery data selected by {rule.label}

{n:,} of {run.n:,} samples{_purpose(run)}.
{warnings}
| what | value |
|---|---|
| selector | {ranking.selector} |
| score | {rule.meant(ranking.candidates.measure)} |
{_measured(selection)}{_scored(selection)}| format | {made.export_format} |
| budget | {selection.budget:,} |
| accepted of considered | {share(selection.acceptance_rate)} |
| clusters | {len(set(ranking.candidates.labels.tolist()) - {-1})} |
| source data, sha256 | `{run.manifest["data"]["sha256"]}` |
| run fingerprint | `{run.fingerprint}` |

The license is that of the source data; state it in the header before you publish.

{_files(without)}
Rejected samples are not bad answers: do not use them as rejected answers of preference training.

LLM-Pruner's `post_training.py` accepts only paths that contain "alpaca" or "lamini", and by default
keeps 2,000 rows back for validation: rename the folder and lower `--val_set_size` for it.

`selection.yaml` makes this folder again: `paser select --config selection.yaml --out DIR`.
"""


def _measured(selection: Selection) -> str:
    """What damage is, where it is not the paper's."""
    measure = selection.ranking.candidates.measure
    return "" if measure.tempered else f"| damage | {measure_told(measure)} |\n"


def _scored(selection: Selection) -> str:
    made = selection.ranking.candidates.scores
    return "" if made is None else f"| scored by | {made.model}; {made.cost.told()} |\n"


def _purpose(run: Run) -> str:
    if not run.has_models:
        return ""
    models = run.manifest["models"]
    return (
        f", selected to recover `{models['compressed']['name']}` towards\n"
        f"`{models['original']['name']}`"
    )


def _files(without: Collection[Part]) -> str:
    """What the files beside the settings hold."""
    told = "status, rank and cluster" if Part.SCORES in without else "status, reason and scores"
    rejected = (
        "."
        if Part.REJECTED in without
        else "; `rejected.jsonl` has the evidence for every rejection."
    )
    return (
        "`train.jsonl` holds the training rows and nothing else, `train.parquet` the same.\n"
        f"`scores.parquet` has one row for every sample of the source, with {told}{rejected}"
    )


def _yaml(note: str, tree: dict[str, Any]) -> str:
    return f"# {note}\n" + yaml.safe_dump(tree, sort_keys=False)


def _size(n: int) -> str:
    """The hub's size classes."""
    for limit, name in ((1_000, "n<1K"), (10_000, "1K<n<10K"), (100_000, "10K<n<100K")):
        if n < limit:
            return name
    return "100K<n<1M"
