"""``demo``: the held-out questions of the bundled demo, twelve capabilities with a checker each."""

from __future__ import annotations

from pathlib import Path

from paser_core.errors import EvaluationError
from paser_core.evaluate.questions import prepared
from paser_core.evaluate.settings import EvaluateConfig
from paser_core.evaluate.task import Prepared, Task
from paser_core.evaluate.tasks.jsonl import read_questions
from paser_core.workspace import paths

_FILE = Path(__file__).resolve().parents[3] / "data" / "demo" / "heldout.jsonl"
_LONGEST = 40  # tokens; the longest expected answer has fewer


def _prepare(_: str, config: EvaluateConfig) -> Prepared:
    if not paths.is_file(_FILE):
        raise EvaluationError(
            f"The task demo reads {_FILE}, which is part of the repository and not of an installed "
            "package. Run it in a copy of the repository, or take your own questions: jsonl:FILE."
        )
    return prepared(read_questions(_FILE, config.limit), _LONGEST, config)


TASK = Task("Held-out questions of the demo", _prepare, uses=frozenset({"program_seconds"}))
