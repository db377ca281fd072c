"""What ``recovery.json`` says of a training, and what a person is told of its weights."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from paser_core.models.checkpoint import local_folder
from paser_core.models.compression import describe_checkpoint
from paser_core.recover.masks import Sparsity
from paser_core.recover.request import Work
from paser_core.recover.settings import Adapter
from paser_core.recover.training import Course

ADAPTER = "adapter"  # the folder of an adapter that stands alone


@dataclass(frozen=True)
class Begun:
    """What is known of the model when the training begins."""

    adapter: Adapter
    parameters: int
    trained: int
    masked: bool
    sparsity: Sparsity
    before: float  # loss of the check rows
    bits: int | None  # of a quantized weight


def facts_of(work: Work, course: Course, begun: Begun) -> dict[str, Any]:
    """What recovery.json says, before the result is looked at."""
    assert work.checkpoints is not None
    manifest, config, history = work.checkpoints.manifest, work.config, course.history
    source = work.request.source
    ended = [history.of_phase(number) for number in range(len(history.phases))]
    return {
        "status": None,
        "method": config.method,
        "title": work.recipe.title,
        "adapter": str(begun.adapter),
        "template": str(work.material.template),
        "settings": manifest["config"],
        "compressed": dict(work.models["compressed"])
        | {"compression": dict(work.compression.tree)},
        "original": work.models.get("original"),
        "data": {
            "source": work.material.records.source,
            "sha256": work.material.records.sha256,
            **work.material.counts,
            "chosen": dict(source.chosen),
        },
        "parameters": {"all": begun.parameters, "trained": begun.trained},
        "steps": {
            "total": len(work.steps),
            "done": len(history.losses),
            "phases": [
                {"loss": phase.name, "steps": steps}
                for phase, steps in zip(work.recipe.phases, history.phases, strict=True)
            ],
        },
        "tokens": {"read": history.tokens, "response": history.response_tokens},
        "seconds": round(history.seconds, 2),
        "loss": {
            "smoothed_over": history.window,
            "start": [_mean(losses[: history.window]) for losses in ended],
            "end": [_mean(losses[-history.window :]) for losses in ended],
            "checked_on": int(sum(len(rows) for rows in work.steps[: history.window])),
            "before": begun.before,
            "after": None,
            "steps": [round(x, 6) if math.isfinite(x) else None for x in history.losses],
        },
        "sparsity": {"before": begun.sparsity.to_tree(), "masked": begun.masked},
        "versions": manifest["versions"] | {"paser": manifest["version"]},
    }


def told_of(work: Work, begun: Begun, facts: dict[str, Any]) -> list[str]:
    """What a person has to know of the weights that were saved."""
    name, saved = work.request.compressed, facts["saved"]
    said = []
    if work.quantized is not None:
        said.append(
            f"{name} has {begun.bits} bits a weight ({saved['before']}); what is saved are its "
            f"unpacked weights with what was learned ({saved['after']}). To have {begun.bits} bits again, "
            "compress it again."
        )
        if begun.adapter is Adapter.LORA:
            said.append(
                f"The adapter alone is in {ADAPTER}/. To put it beside the {begun.bits}-bit weights, load "
                "them with quantization_config=CompressedTensorsConfig(dequantize=True), and then "
                f'PeftModel.from_pretrained(model, "…/{ADAPTER}").'
            )
    return said


def described(name: str) -> str:
    """A checkpoint in words; where it lies on a hub, its name."""
    folder = local_folder(name)
    return str((folder and describe_checkpoint(folder)) or name)


def _mean(values: Sequence[float]) -> float | None:
    mean = sum(values) / len(values) if values else math.nan
    return round(mean, 6) if math.isfinite(mean) else None
