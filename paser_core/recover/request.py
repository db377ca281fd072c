"""What is asked for, and everything that is looked at before the work starts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from paser_core import __version__
from paser_core.config import to_tree
from paser_core.errors import ModelError, RecoveryError
from paser_core.models import loading
from paser_core.models.agreement import check_agreement
from paser_core.models.check import check_model
from paser_core.models.checkpoint import fingerprint_of
from paser_core.models.devices import choose_device
from paser_core.notices import Notice, Severity
from paser_core.recover.batches import plan
from paser_core.recover.data import Material, Source, read_material, template_of
from paser_core.recover.losses import negative_log_likelihood
from paser_core.recover.recipe import Recipe
from paser_core.recover.settings import Adapter, RecoverConfig, Targets
from paser_core.recover.students import (
    Compression,
    adapter_of,
    check_student,
    parameters_of,
    stored_dtype,
)
from paser_core.registry import RECOVERIES
from paser_core.text import either, listed, plural
from paser_core.workspace.checkpoints import VERSION, Checkpoints

_STATE = 12  # bytes of a weight in a checkpoint
_NO_PART = ("checkpoint_seconds", "data")  # of the settings: neither decides what comes out


@dataclass(frozen=True)
class Request:
    """What is asked for."""

    compressed: str
    source: Source
    config: RecoverConfig
    original: str | None = None


@dataclass
class Work:
    """What is known before the training starts, and where it goes on."""

    request: Request
    recipe: Recipe
    compression: Compression
    original: str | None  # None: it is not needed
    material: Material
    tokenizer: Any  # of transformers
    quantized: str | None
    models: Mapping[str, Mapping[str, str | None]]  # name and fingerprint by role
    notices: tuple[Notice, ...]
    checkpoints: Checkpoints | None = None

    @property
    def config(self) -> RecoverConfig:
        """The settings."""
        return self.request.config

    @property
    def device(self) -> torch.device:
        """Where the models work."""
        return choose_device(self.config.device, "device")

    @property
    def steps(self) -> list[NDArray[np.int64]]:
        """The rows of every step."""
        config = self.config
        return plan(self.material.rows, config.batch, config.epochs, config.seed)

    @cached_property
    def parameters(self) -> int:
        """Weights of the model."""
        return parameters_of(loading.load_model_config(self.request.compressed))

    @property
    def adapter(self) -> Adapter:
        """What is trained."""
        return adapter_of(self.config, self.parameters, self.quantized is not None)

    @property
    def room(self) -> int:
        """Bytes on the disk: the result, and two checkpoints while one takes the other's place."""
        result = self.parameters * int(stored_dtype(self.request.compressed).itemsize)
        # Weights and two moments in float32; an adapter is small beside the model.
        state = self.parameters * _STATE if self.adapter is Adapter.FULL else 0
        return result + 2 * state

    @property
    def facts(self) -> dict[str, Any]:
        """Everything that determines the result."""
        tree = {k: v for k, v in to_tree(self.config).items() if k not in _NO_PART}
        tree["template"] = str(self.material.template)
        models = {
            role: known["fingerprint"] or known["name"] for role, known in self.models.items()
        }
        return {
            VERSION: __version__,
            "samples": self.material.tokenized.sha256,
            **{f"settings.{name}": value for name, value in tree.items()},
            **{f"models.{role}": value for role, value in models.items()},
        }


def look(request: Request) -> Work:
    """Look at models, data and settings, and see that there is something to train.

    Raises:
        PaserError: there is not, or something does not fit.
    """
    config = request.config
    recipe: Recipe = RECOVERIES[config.method]
    compression = Compression.of(request.compressed)
    original = _original(request, recipe, compression)
    model_config, notices = check_model(request.compressed, "compressed")
    quantized = check_student(request.compressed, model_config)
    tokenizer = loading.load_tokenizer(request.compressed)
    configs = {"compressed": model_config}
    models = {"compressed": _known(request.compressed)}
    if original is not None:
        configs["original"], found = _check_original(request, original)
        notices = (*notices, *found)
        theirs = loading.load_tokenizer(original)
        template = template_of(request.source, config, tokenizer)
        with loading.explained(original, "tokenizer"):
            notices = (*notices, *check_agreement(theirs, tokenizer, template))
        models["original"] = _known(original)
        notices = (*notices, *_other_original(models, compression))
    if original is None and request.original is not None:
        notices = (*notices, *_original_not_asked(request))
    material = read_material(request.source, config, tokenizer, configs)
    notices = (*notices, *material.notices)
    work = Work(
        request, recipe, compression, original, material, tokenizer, quantized, models, notices
    )
    check_steps(work)
    return replace(work, notices=(*notices, *idle_settings(work)))


def _original(request: Request, recipe: Recipe, compression: Compression) -> str | None:
    """Name of the original where it is needed."""
    needed = recipe.needs_original or request.config.targets is Targets.ORIGINAL
    if not needed:
        return None
    name = request.original or compression.original
    if name is None:
        why = f"method {request.config.method}" if recipe.needs_original else "targets original"
        raise RecoveryError(
            f"{request.compressed}: {why} asks the original model, and no compression.json here names "
            "it. Name it with --original."
        )
    return name


def _check_original(request: Request, name: str) -> tuple[Any, tuple[Notice, ...]]:
    """Its config and notices.

    Raises:
        ModelError: it was named, and is no model.
        RecoveryError: only the compressed model's record names it, and it is not here.
    """
    try:
        return check_model(name, "original")
    except ModelError as error:
        if request.original is not None:
            raise
        raise RecoveryError(
            f"{request.compressed}: its compression.json names {name} as the original, seen from where it "
            f"was compressed; it cannot be read from here. Say where it is with --original. ({error})"
        ) from error


def _original_not_asked(request: Request) -> tuple[Notice, ...]:
    """What to know of an original that was named and that nothing asks; a mistyped one is told.

    Raises:
        ModelError: it is no model.
    """
    assert request.original is not None
    check_model(request.original, "original")
    text = (
        f"{request.original} was given as the original, and is not read: method {request.config.method} "
        "learns the answers of the data. Set targets to original to learn its answers, or method to kd "
        "to learn its predictions."
    )
    return (Notice("original-not-asked", text, Severity.INFO),)


def idle_settings(work: Work) -> tuple[Notice, ...]:
    """A notice of settings that were changed and have no part in this training."""
    usual, config = RecoverConfig(), work.config
    without: list[tuple[str, tuple[str, ...]]] = []
    if work.adapter is Adapter.FULL:
        without.append(("adapter is full", ("rank", "alpha", "dropout")))
    if all(phase.loss is negative_log_likelihood for phase in work.recipe.phases):
        without.append((f"method is {config.method}", ("temperature",)))
    told = []
    for because, names in without:
        if idle := [name for name in names if getattr(config, name) != getattr(usual, name)]:
            text = f"{listed(idle)} {either(len(idle), 'has', 'have')} no effect: {because}."
            told.append(Notice("idle-settings", text))
    return tuple(told)


def _known(name: str) -> dict[str, str | None]:
    return {"name": name, "fingerprint": fingerprint_of(name)}


def _other_original(
    models: Mapping[str, Mapping[str, str | None]], compression: Compression
) -> tuple[Notice, ...]:
    """A notice where the original is not the one that was compressed, as far as that is known."""
    known, found = compression.fingerprint, models["original"]["fingerprint"]
    if known is None or found is None or known == found:
        return ()
    text = (
        f"{models['original']['name']} has other weights than the model that "
        f"{models['compressed']['name']} was compressed from, as its compression.json says. What is "
        "learned are the answers or predictions of this one."
    )
    return (Notice("other-original", text),)


def check_steps(work: Work) -> None:
    """See that there is something to train on.

    Raises:
        RecoveryError: there is no step, or fewer than the recipe has losses.
    """
    rows, total = len(work.material.rows), len(work.steps)
    if not total:
        read = len(work.material.records.frame)
        why = next((n.text for n in work.notices if n.code == "rows-left-out"), "")
        raise RecoveryError(
            f"{work.material.records.source}: none of the {plural(read, 'row')} can be trained on, so there "
            f"is no training step. {why} Give other rows, or change template or max_length."
        )
    phases = work.recipe.steps(total)
    if min(phases) < 1:
        raise RecoveryError(
            f"{plural(rows, 'row')} in batches of {work.config.batch} {either(rows, 'gives', 'give')} "
            f"{plural(total, 'training step')}, and {work.config.method} needs one for each of its "
            f"{len(phases)} losses. Lower batch, or raise epochs or the budget."
        )
