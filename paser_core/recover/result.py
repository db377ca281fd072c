"""The stage that trains, and what becomes of the weights: saved, read back, looked at, published."""

from __future__ import annotations

import gc
import math
import os
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import torch

from paser_core.errors import RecoveryError
from paser_core.models import loading
from paser_core.models.checkpoint import local_folder
from paser_core.models.compression import describe_checkpoint
from paser_core.models.devices import choose_dtype
from paser_core.notices import Notice
from paser_core.recover.batches import Steps, at_responses, followers, padded, parts_of
from paser_core.recover.history import TWICE, History
from paser_core.recover.lora import merged, save_adapter, with_adapter
from paser_core.recover.masks import Masks, Sparsity, count
from paser_core.recover.outcome import DIVERGED, DONE, RECOVERY
from paser_core.recover.recipe import Predicted
from paser_core.recover.settings import Adapter, Targets
from paser_core.recover.students import (
    adapter_of,
    bits_of,
    load_student,
    parameters_of,
    save,
    stored_dtype,
)
from paser_core.recover.targets import read_targets, with_targets
from paser_core.recover.training import Course, saving, takes_positions, train
from paser_core.recover.work import DivergedError, Work, check_steps
from paser_core.text import percent
from paser_core.workspace.files import digest_of_file, disk_errors, sync
from paser_core.workspace.keys import key_of
from paser_core.workspace.store import PARTS, Store

_ADAPTER = "adapter"
_CONFIG = "config.json"  # published last: without it the folder is no model


@dataclass(frozen=True)
class _Begun:
    """What is known of the model when the training begins."""

    adapter: Adapter
    parameters: int
    trained: int
    masked: bool
    sparsity: Sparsity
    before: float  # loss of the check rows
    bits: int | None  # of a quantized weight


def write_model(work: Work, report: Callable[..., None]) -> Sequence[str]:
    """Train, and make the folder a model; returns its files.

    Raises:
        DivergedError: the loss went wrong; nothing but recovery.json is written.
    """
    assert work.checkpoints is not None
    store = work.checkpoints.store
    _withdraw(work, store)
    if work.config.targets is Targets.ORIGINAL:
        learned = with_targets(work.material.tokenized, read_targets(store))
        work = replace(work, material=replace(work.material, tokenized=learned))
        check_steps(work)
    course = _course(work, report)
    model, begun = _begin(work, course)
    train(model, course, _folder_of(work, store))
    trouble = course.history.trouble()
    facts = _facts(work, course, begun)
    if trouble is not None:
        _diverged(work, facts, trouble)
    place = store.path(PARTS) / "model"
    with saving(place):
        shutil.rmtree(place, ignore_errors=True)
        if begun.adapter is Adapter.LORA:
            if not begun.masked:  # one with masks is none that peft can load
                save_adapter(model, work.request.compressed, place / _ADAPTER)
            model = merged(model)
        save(model, work.request.compressed, place, stored_dtype(work.request.compressed))
    del model
    gc.collect()
    device = work.device
    with torch.inference_mode():
        back, _ = loading.load_causal_lm(str(place), choose_dtype(work.config.dtype, device))
        after, sparsity = _check_loss(back.to(device), work, course), count(back)
    facts["loss"]["after"] = after if math.isfinite(after) else None
    if not after <= TWICE * begun.before:
        said = f"{after:.3g}" if math.isfinite(after) else "no number"
        _diverged(
            work,
            facts,
            f"the loss of the trained model is {said}, more than twice that of the model before "
            f"({begun.before:.3g}), on the same rows",
        )
    facts["sparsity"]["after"] = sparsity.to_tree()
    facts["sparsity"]["kept"] = _is_kept(begun.sparsity, sparsity)
    if begun.masked and not facts["sparsity"]["kept"]:
        raise RecoveryError(
            f"{store.folder}: zeros were lost although they were masked ({begun.sparsity.zeros:,} before, "
            f"{sparsity.zeros:,} after). Nothing is published; please report this."
        )
    facts["status"] = DONE
    facts["saved"] = {
        "before": _described(work.request.compressed),
        "after": _described(str(place)),
        "adapter": (place / _ADAPTER).is_dir(),
    }
    facts["said"] = _said(work, begun, facts)
    return _publish(work, store, place, facts)


def _course(work: Work, report: Callable[..., None]) -> Course:
    config = work.config
    phases = work.recipe.steps(len(work.steps))
    steps = Steps(work.steps, work.material.tokenized, config.batch_tokens)

    def told(done: int, total: int, loss: float) -> None:
        report(done, total, loss=round(loss, 5) if math.isfinite(loss) else None)

    history = History.of(phases, config.batch)
    return Course(work.recipe, history, steps, config, None, on_step=told)


def _begin(work: Work, course: Course) -> tuple[Any, _Begun]:
    """Load the models, look at them, and get the one ready that is trained."""
    assert work.checkpoints is not None
    config, request = work.config, work.request
    known = loading.load_model_config(request.compressed)
    parameters = parameters_of(known)
    adapter = adapter_of(config, parameters, work.quantized is not None)
    model = load_student(request.compressed, config, adapter)
    if any(phase.needs_original for phase in work.recipe.phases):
        course.original = _load_original(work)
    sparsity = count(model)
    zeros = Masks(model)
    keeps = work.quantized is None and work.compression.promises_zeros and len(zeros) > 0
    notices = list(_of_zeros(work, adapter, sparsity, keeps))
    work.checkpoints.note("training", notices)
    masked = keeps and config.keep_sparsity
    device = work.device
    with torch.inference_mode():
        before = _check_loss(model.to(device), work, course)
    if adapter is Adapter.LORA:
        model = with_adapter(model, config, masked)
    else:
        course.masks = zeros if masked else None
        model.requires_grad_(True)
    trained = sum(p.numel() for p in model.parameters() if p.requires_grad)
    bits = None if work.quantized is None else bits_of(known)
    return model, _Begun(adapter, parameters, trained, masked, sparsity, before, bits)


def _of_zeros(work: Work, adapter: Adapter, sparsity: Sparsity, keeps: bool) -> Sequence[Notice]:
    """What becomes of the zeros where they do not stay.

    Raises:
        RecoveryError: an adapter would be merged into a sparse model without masks.
    """
    share = percent(sparsity.zeros, sparsity.weights)
    if keeps and not work.config.keep_sparsity:
        if adapter is Adapter.LORA:
            raise RecoveryError(
                f"keep_sparsity is false: merging a LoRA adapter would fill the zeros of "
                f"{work.request.compressed} ({share} of the weights), and there would be nothing left of "
                "the compression. Leave keep_sparsity true, or set adapter to full for a dense model."
            )
        text = (
            f"{share} of the weights are zero and may be filled, because keep_sparsity is false: the "
            "result is a dense model, as large and as slow as the original."
        )
        return [Notice("zeros-not-kept", text)]
    if not keeps and work.quantized is None and sparsity.share > 0.01:
        text = (
            f"{share} of the weights are zero, but compression.json promises no pattern of zeros: they "
            "are trained like all others."
        )
        return [Notice("zeros-not-promised", text)]
    return []


def _load_original(work: Work) -> Any:
    assert work.original is not None
    model = load_student(work.original, work.config, Adapter.LORA)
    return model.requires_grad_(False).eval().to(work.device)


def _check_loss(model: Any, work: Work, course: Course) -> float:
    """Mean loss of the last phase at the rows of the first steps, without dropout.

    The same rows before and after: the difference is the training's, not the rows'.
    """
    phase = course.recipe.phases[-1]
    keeps, total, tokens = takes_positions(model), 0.0, 0
    device = next(model.parameters()).device
    model.eval()
    for rows in _check_rows(work, course):
        part = {
            name: tensor.to(device)
            for name, tensor in padded(work.material.tokenized, rows).items()
        }
        known = None
        if phase.needs_original:
            where = next(course.original.parameters()).device
            there = {name: tensor.to(where) for name, tensor in part.items()}
            known = at_responses(course.original, there, takes_positions(course.original)).to(
                device
            )
        student = at_responses(model, part, keeps)
        losses = phase.loss(Predicted(student, known, followers(part), course.config.temperature))
        total += float(losses.double().sum())
        tokens += len(losses)
    return total / tokens


def _check_rows(work: Work, course: Course) -> list[Any]:
    lengths = work.material.tokenized.lengths
    parts: list[Any] = []
    for rows in work.steps[: course.history.window]:
        parts += parts_of(rows, lengths, work.config.batch_tokens)
    return parts


def _facts(work: Work, course: Course, begun: _Begun) -> dict[str, Any]:
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
        "compressed": work.models["compressed"] | {"compression": dict(work.compression.tree)},
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


def _mean(values: Sequence[float]) -> float | None:
    mean = sum(values) / len(values) if values else math.nan
    return round(mean, 6) if math.isfinite(mean) else None


def _is_kept(before: Sparsity, after: Sparsity) -> bool:
    return after.zeros >= before.zeros and after.semi_structured >= before.semi_structured


def _described(name: str) -> str:
    """A checkpoint in words; where it lies on a hub, its name."""
    folder = local_folder(name)
    return str((folder and describe_checkpoint(folder)) or name)


def _said(work: Work, begun: _Begun, facts: dict[str, Any]) -> list[str]:
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
                f"The adapter alone is in {_ADAPTER}/: "
                f'PeftModel.from_pretrained(AutoModelForCausalLM.from_pretrained("{name}"), '
                f'"…/{_ADAPTER}") puts it beside the {begun.bits}-bit weights.'
            )
    return said


def _diverged(work: Work, facts: dict[str, Any], trouble: str) -> None:
    """Record the status, take the state of the training away, and end."""
    assert work.checkpoints is not None
    store = work.checkpoints.store
    why = (
        f"The training diverged: {trouble}. No model is saved. Lower lr "
        f"({work.config.lr:g}), or give it more rows or a larger batch."
    )
    facts |= {"status": DIVERGED, "why": why}
    store.write_json(RECOVERY, facts)
    shutil.rmtree(store.path(PARTS), ignore_errors=True)
    raise DivergedError(why)


def _folder_of(work: Work, store: Store) -> Path:
    """Where the state of this very training is kept; that of another is taken away."""
    parts = store.path(PARTS)
    folder = parts / f"training-{key_of(work.facts)}"
    for other in parts.glob("training-*"):
        if other != folder:
            shutil.rmtree(other, ignore_errors=True)
    with disk_errors(folder):
        folder.mkdir(parents=True, exist_ok=True)
    return folder


def _publish(work: Work, store: Store, place: Path, facts: dict[str, Any]) -> Sequence[str]:
    """Move the files of the model into the folder, the one last that makes it a model."""
    assert work.checkpoints is not None
    files = (str(p.relative_to(place)) for p in place.rglob("*") if p.is_file())
    names = sorted(files, key=lambda name: (name == _CONFIG, name))
    work.checkpoints.manifest["publishing"] = names
    work.checkpoints.save()
    store.write_json(RECOVERY, facts)
    with disk_errors(store.folder):
        for name in names:
            store.written[name] = digest_of_file(place / name)
            with (place / name).open("rb") as file:
                os.fsync(file.fileno())
            store.path(name).parent.mkdir(exist_ok=True)
            (place / name).replace(store.path(name))
        sync(store.folder)
    del work.checkpoints.manifest["publishing"]
    return names


def _withdraw(work: Work, store: Store) -> None:
    """Take away what an earlier start had published of a model before it was killed."""
    assert work.checkpoints is not None
    with disk_errors(store.folder):
        for name in work.checkpoints.manifest.pop("publishing", ()):
            store.path(name).unlink(missing_ok=True)
