"""Write docs/config.md, docs/config.schema.json and the settings in docs/recover.md, docs/evaluate.md and
docs/check.md out of what the fields say of themselves.

python scripts/config_docs.py
"""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import Any

from paser_core import config
from paser_core.evaluate.settings import EvaluateConfig
from paser_core.limits import section as limits_section
from paser_core.recover.cost import TrainingConfig
from paser_core.recover.settings import RecoverConfig

DOCS = Path(__file__).resolve().parent.parent / "docs"
PAGE, SCHEMA = DOCS / "config.md", DOCS / "config.schema.json"
RECOVER, EVALUATE, CHECK = DOCS / "recover.md", DOCS / "evaluate.md", DOCS / "check.md"
_SETTINGS = "## Settings\n"

_HEAD = """# The config file

One YAML file describes a run. Every field has a default, so the smallest file names only the data:

```yaml
data: {path: pool.jsonl}
```

`paser run CONFIG --out RUN --set seed=1 --set models.original=…` overrides single fields. An unknown
field is an error that names the nearest known one. Paths are relative to the current directory. The
config as applied is kept in the run's `manifest.json`.

An editor completes and checks the file by `config.schema.json`, e.g. with the first line
`# yaml-language-server: $schema=docs/config.schema.json`.

Both are written by `python scripts/config_docs.py` from `paser_core/config/`; a test keeps them equal.
"""

_GOALS = """## Goals

Not in the file: a budget by what it reaches, as in `paser select RUN --goal covered=0.7` or
`run.budget_for(covered=0.7)`. The `selection.yaml` of the export has the budget that was found. Covered is
the share of the measured damage that the selected samples carry; damage of what is rejected counts, too.
"""


_TRAINING = """## Training

Not in the file, as it has no part in what is selected: what a budget costs, as in `paser select RUN --goal
gpu_hours=2 --training tokens_per_second=9000` or `run.budget_for(gpu_hours=2, training={"device": "H100"})`.
GPU hours are tokens × epochs / tokens a second / 3600. The tokens are those of prompts and responses as the
models read them, padding left out. How many a second is what you say; else an estimate for the device you
name, which counts neither padding nor attention; else what the last finished recovery of the run took. Where
none of these is there, it is not guessed.
"""


def sections(cls: Any = config.RunConfig, path: str = "") -> list[tuple[str, Any]]:
    """Every dataclass of the config with its dotted name, the run itself first."""
    found = [(path, cls)]
    for name, hint, _ in config.fields_of(cls):
        if dataclasses.is_dataclass(hint):
            found += sections(hint, name)
    return found


def page() -> str:
    """The whole page."""
    parts = [_HEAD, *(_section(path, cls) for path, cls in sections())]
    goals = _section("goal", config.GoalConfig).split("\n\n", 1)[1]
    training = _section("training", TrainingConfig).split("\n\n", 1)[1]
    return "\n".join([*parts, _GOALS, goals, _TRAINING, training])


def schema() -> str:
    """The JSON schema of the whole file."""
    tree = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "The config of a paser run",
        **config.json_schema(config.RunConfig),
    }
    return json.dumps(tree, indent=2, ensure_ascii=False) + "\n"


def recover_page(text: str) -> str:
    """The page on recoveries with its settings as they are."""
    return _with_settings(text, RecoverConfig, "")


def evaluate_page(text: str) -> str:
    """The page on evaluations with its settings as they are."""
    return _with_settings(text, EvaluateConfig, "evaluate")


def check_page(text: str) -> str:
    """The page on limits with its settings as they are."""
    return _with_settings(text, limits_section(), "")


def _with_settings(text: str, cls: Any, path: str) -> str:
    """A page with its settings, which are its last section."""
    table = _section(path, cls).split("\n\n", 1)[1]
    return f"{text.partition(_SETTINGS)[0]}{_SETTINGS}\n{table}"


def _section(path: str, cls: Any) -> str:
    described = config.describe(cls)
    rows = ["| field | default | accepted | what | why |", "|---|---|---|---|---|"]
    for name, hint, field in config.fields_of(cls):
        if name in described:
            said = described[name]
            default, accepted, what = _value(said.default), said.accepted, said.help
        else:
            word = f", or its `{hint.word}` alone" if hint.word else ""
            default, accepted, what = "", f"a section, see `{name}`{word}", ""
        why = field.metadata["why"]
        rows.append(f"| `{field.name}` | {default} | {accepted} | {what} | {why} |")
    title = f"`{path}`" if path else "Sections"
    return f"## {title}\n\n" + "\n".join(rows) + "\n"


def _value(value: Any) -> str:
    if value is None:
        return "null"
    return f"`{list(value) if isinstance(value, tuple) else value}`"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
    SCHEMA.write_text(schema(), encoding="utf-8")
    RECOVER.write_text(recover_page(RECOVER.read_text(encoding="utf-8")), encoding="utf-8")
    EVALUATE.write_text(evaluate_page(EVALUATE.read_text(encoding="utf-8")), encoding="utf-8")
    CHECK.write_text(check_page(CHECK.read_text(encoding="utf-8")), encoding="utf-8")
