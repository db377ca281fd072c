"""What a recovery is trained and measured with: the fields of a form, and what is said of the tasks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from dashboard import labels
from dashboard.drafts.form import knobs_of
from dashboard.drafts.typed import absolute
from dashboard.serving import DEMO, started_in
from dashboard.widgets.fields import field
from dashboard.widgets.waiting import ALL_ROWS, look
from paser_core.evaluate.preview import preview_tasks
from paser_core.evaluate.settings import EvaluateConfig
from paser_core.recover.settings import RecoverConfig
from paser_core.runs import Run

FIELDS = ("method", "adapter", "epochs", "lr")
_TASKS_HELP = (
    "demo: the questions of the bundled demo. jsonl:FILE: your own, a line each with question, answer "
    "and check. ppl:FILE: perplexity of a text. code:FILE: problems with tests. lm-eval:NAME: a task of "
    "EleutherAI's harness. Several with commas between them; empty: the model is trained and not measured."
)


def recovery_settings(key: str, fields: Sequence[str] = FIELDS) -> dict[str, Any]:
    """What differs from the usual, by option of ``paser recover``; ``key`` begins those of the widgets."""
    known = knobs_of(RecoverConfig)
    chosen: dict[str, Any] = {}
    for path, cell in zip(fields, st.columns(len(fields)), strict=True):
        with cell:
            value = field(known[path], f"{key}{path}", why=True)
        if value is not None and value != known[path].default:
            chosen[path] = value
    return chosen


def tasks_asked(run: Run, key: str, at: Any) -> tuple[str, ...]:
    """What is measured, with absolute paths: it is read from another directory."""
    text = at.text_input(
        "Tasks",
        value="demo" if run.path.resolve() == DEMO else "",
        key=f"{key}tasks",
        persist_state="session",
        placeholder="demo, jsonl:questions.jsonl, ppl:text.txt",
        help=_TASKS_HELP,
    )
    specs = (spec.strip() for spec in (text or "").split(","))
    return tuple(dict.fromkeys(_whole(spec) for spec in specs if spec))


def _whole(spec: str) -> str:
    name, colon, argument = spec.partition(":")
    return f"{name}:{absolute(argument, started_in())}" if colon else spec


def checked(tasks: tuple[str, ...]) -> dict[str, Mapping[str, Any]]:
    """What determines the result of each task; the sentence about one that cannot be measured."""
    if not tasks:
        return {}
    found = look(
        preview_tasks,
        tasks,
        EvaluateConfig(),
        what="Reading the tasks",
        files=[task.partition(":")[2] for task in tasks if ":" in task],
        bounds=ALL_ROWS,
    )
    listed = [f"{labels.count(task.n)} {task.unit} of {task.spec}" for task in found]
    st.caption(labels.plain(f"Measured on {labels.listing(listed)}."))
    return {task.spec: task.facts for task in found}
