"""The model that is evaluated, loaded when it is first needed."""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Self

import torch

from paser_core.config import Template
from paser_core.errors import enough_memory
from paser_core.evaluate.settings import EvaluateConfig
from paser_core.models import loading
from paser_core.models.checkpoint import fingerprint_of
from paser_core.models.devices import choose_device, choose_dtype
from paser_core.models.live import LiveModel
from paser_core.models.transformers_lm import TransformersLM
from paser_core.models.transformers_tokenizer import TransformersTokenizer
from paser_core.models.writing import ends_of


@dataclass(frozen=True)
class Subject:
    """A model by what it is known by, and the way to get it.

    Args:
        name: as recorded.
        fingerprint: of its weights; None where they are only known once they are downloaded.
        tokenizer: of transformers; it is small and there from the start.
        config: how it is asked.
        get: the model itself, of transformers, on its device.
        positions: most tokens that it can read; None where it names no limit.
    """

    name: str
    fingerprint: str | None
    tokenizer: Any
    config: EvaluateConfig
    get: Callable[[], Any]
    positions: int | None

    @classmethod
    def named(cls, name: str, config: EvaluateConfig) -> Self:
        """A model by folder or hub name; what is wrong with it shows here.

        Raises:
            ModelError: it is no causal language model, or has no tokenizer.
        """
        positions = loading.positions_of(loading.load_model_config(name))
        tokenizer = loading.load_tokenizer(name)
        device = choose_device(config.device, "device")
        dtype = choose_dtype(config.dtype, device)

        @enough_memory(f"{name} does not fit: set dtype to bfloat16, or device to cpu.")
        def get() -> Any:
            return loading.load_causal_lm(name, dtype)[0].to(device)

        found = cls(name, fingerprint_of(name), tokenizer, config, get, positions)
        if found.fingerprint is not None:
            return found
        model = found.model  # of the hub: only what was downloaded has a fingerprint
        return replace(found, get=lambda: model, fingerprint=fingerprint_of(name))

    @classmethod
    def live(cls, model: Any, tokenizer: Any, config: EvaluateConfig) -> Self:
        """A model that the caller has loaded; it stays on its device and in its format.

        Raises:
            ModelError: it is no model of transformers.
        """
        known = LiveModel.of(model, "model")
        own = copy.deepcopy(tokenizer)  # the caller's keeps its own limit of length
        own.model_max_length = loading.NO_LIMIT
        positions = loading.positions_of(known.model.config)
        return cls(known.name, known.fingerprint, own, config, lambda: known.model, positions)

    @cached_property
    def model(self) -> Any:
        """The model of transformers, in evaluation mode."""
        return self.get().eval()

    @cached_property
    def lm(self) -> TransformersLM:
        """The model under teacher forcing."""
        return TransformersLM(self.model, self.name, fingerprint=self.fingerprint)

    @property
    def device(self) -> torch.device:
        """Where it works."""
        device: torch.device = next(self.model.parameters()).device
        return device

    @property
    def template(self) -> Template:
        """The template that writes prompts."""
        if self.config.template is not None:
            return self.config.template
        return Template.CHAT if self.tokenizer.chat_template else Template.ALPACA

    @cached_property
    def writer(self) -> TransformersTokenizer:
        """Writes conversations as compression, recovery and the divergence read them."""
        with loading.explained(self.name, "tokenizer"):
            return TransformersTokenizer(self.tokenizer, self.template, self.config.date, at="")

    @property
    def ends(self) -> tuple[int, ...]:
        """The tokens that end an answer: the tokenizer's, and those of the generation config."""
        return ends_of(self.model, self.tokenizer)

    @property
    def padding(self) -> int:
        """A token to pad with; it is masked, so any will do."""
        pad = self.tokenizer.pad_token_id
        return int(pad) if pad is not None else (self.ends or (0,))[0]
