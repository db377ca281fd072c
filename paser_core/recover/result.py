"""The stage that trains, and what becomes of the weights: saved, read back, looked at, published."""

from __future__ import annotations

import gc
import math
import shutil
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import torch

from paser_core.errors import RecoveryError, enough_memory
from paser_core.models import loading
from paser_core.models.devices import choose_dtype
from paser_core.recover.batches import Steps
from paser_core.recover.checking import check_loss
from paser_core.recover.history import History, too_much
from paser_core.recover.lora import merged, save_adapter, with_adapter
from paser_core.recover.masks import Masks, Sparsity, count
from paser_core.recover.outcome import DIVERGED, DONE, RECOVERY, DivergedError
from paser_core.recover.publishing import folder_of, publish, withdraw
from paser_core.recover.record import ADAPTER, Begun, described, facts_of, told_of
from paser_core.recover.request import Work, check_steps
from paser_core.recover.saves import saving
from paser_core.recover.settings import Adapter, Targets
from paser_core.recover.students import (
    bits_of,
    load_student,
    save,
    stored_dtype,
)
from paser_core.recover.targets import read_targets, with_targets
from paser_core.recover.training import Course, train
from paser_core.recover.zeros import keeps_zeros, notices_of_zeros
from paser_core.workspace.keys import key_of
from paser_core.workspace.store import PARTS


def write_model(work: Work, report: Callable[..., None]) -> Sequence[str]:
    """Train, and make the folder a model; returns its files.

    Raises:
        DivergedError: the loss went wrong; nothing but recovery.json is written.
    """
    assert work.checkpoints is not None
    checkpoints = work.checkpoints
    store = checkpoints.store
    withdraw(checkpoints)
    if work.config.targets is Targets.ORIGINAL:
        learned = with_targets(work.material.tokenized, read_targets(store))
        work = replace(work, material=replace(work.material, tokenized=learned))
        check_steps(work)
    course = _course(work, report)
    model, begun = _begin(work, course)
    with enough_memory(
        "Lower batch_tokens, set adapter to lora, or train on a device with more memory; the same "
        "command goes on from the last checkpoint."
    ):
        train(model, course, folder_of(store, key_of(work.facts)))
    facts = facts_of(work, course, begun)
    if course.history.trouble is not None:
        _diverged(work, facts, course.history.trouble)
    place = store.path(PARTS) / "model"
    with saving(place):
        shutil.rmtree(place, ignore_errors=True)
        if begun.adapter is Adapter.LORA:
            if not begun.masked:  # one with masks is none that peft can load
                save_adapter(model, work.request.compressed, place / ADAPTER)
            model = merged(model)
        save(model, work.request.compressed, place, stored_dtype(work.request.compressed))
    del model
    gc.collect()
    device = work.device
    with torch.inference_mode():
        back, _ = loading.load_causal_lm(str(place), choose_dtype(work.config.dtype, device))
        after, sparsity = check_loss(back.to(device), work, course), count(back)
    facts["loss"]["after"] = after if math.isfinite(after) else None
    if too_much(after, begun.before):
        said = f"{after:.3g}" if math.isfinite(after) else "no number"
        _diverged(
            work,
            facts,
            f"the loss of the trained model is {said}, more than twice that before the training "
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
        "before": described(work.request.compressed),
        "after": described(str(place)),
        "adapter": (place / ADAPTER).is_dir(),
    }
    facts["said"] = told_of(work, begun, facts)
    return publish(checkpoints, place, facts)


def _course(work: Work, report: Callable[..., None]) -> Course:
    config = work.config
    phases = work.recipe.steps(len(work.steps))
    steps = Steps(work.steps, work.material.tokenized, config.batch_tokens)

    def told(done: int, total: int, loss: float) -> None:
        report(done, total, loss=round(loss, 5) if math.isfinite(loss) else None)

    history = History.of(phases, config.batch)
    return Course(work.recipe, history, steps, config, None, on_step=told)


def _begin(work: Work, course: Course) -> tuple[Any, Begun]:
    """Load the models, look at them, and get the one ready that is trained."""
    assert work.checkpoints is not None
    config, request = work.config, work.request
    known = loading.load_model_config(request.compressed)
    parameters, adapter = work.parameters, work.adapter
    model = load_student(request.compressed, config, adapter)
    if any(phase.needs_original for phase in work.recipe.phases):
        course.original = _load_original(work)
    sparsity = count(model)
    zeros = Masks(model)
    keeps = keeps_zeros(work) and len(zeros) > 0
    notices = list(notices_of_zeros(work, sparsity, keeps))
    work.checkpoints.note("training", notices)
    masked = keeps and config.keep_sparsity
    device = work.device
    with torch.inference_mode():
        before = check_loss(model.to(device), work, course)
    if not math.isfinite(before):
        raise RecoveryError(
            f"{request.compressed}: the loss is no number before anything is trained. Set dtype to "
            "float32, or look for broken weights in the checkpoint."
        )
    course.before = before
    course.loss_now = lambda now: check_loss(now, work, course)
    if adapter is Adapter.LORA:
        model = with_adapter(model, config, masked)
    else:
        course.masks = zeros if masked else None
        model.requires_grad_(True)
    trained = sum(p.numel() for p in model.parameters() if p.requires_grad)
    bits = None if work.quantized is None else bits_of(known)
    return model, Begun(adapter, parameters, trained, masked, sparsity, before, bits)


def _load_original(work: Work) -> Any:
    assert work.original is not None
    model = load_student(work.original, work.config, Adapter.LORA)
    return model.requires_grad_(False).eval().to(work.device)


def _is_kept(before: Sparsity, after: Sparsity) -> bool:
    return after.zeros >= before.zeros and after.semi_structured >= before.semi_structured


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
