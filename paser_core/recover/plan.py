"""The stages of a recovery, and what its folder says it is: known without the libraries that train."""

from __future__ import annotations

from paser_core.recover.outcome import RECOVERY
from paser_core.workspace.checkpoints import Stage
from paser_core.workspace.kinds import FolderKind

KIND = FolderKind.RECOVERY  # in the manifest
TARGETS = "targets.parquet"

ANSWERS = Stage(
    "targets",
    files=(TARGETS,),
    needs=(),
    sections=("samples", "models.original", "settings.max_length", "settings.dtype"),
    work="paser_core.recover.targets:write_targets",
    title="Answers",
    doing="Asking the original model",
    unit="samples",
)
TRAINING = Stage(
    "training",
    files=(RECOVERY,),
    needs=("targets",),
    sections=("settings", "samples", "models"),
    work="paser_core.recover.result:write_model",
    title="Training",
    doing="Training on the selection",
    unit="steps",
)


def stages_of(asks_original: bool) -> tuple[Stage, ...]:
    """What a recovery goes through; ``asks_original``: the original model's answers are learned."""
    return (ANSWERS, TRAINING) if asks_original else (TRAINING,)
