"""Causal language models of the ``transformers`` library, under teacher forcing.

Two doors: :func:`load_pair` and :func:`load_model` take names; :class:`TransformersLM` and
:func:`pair_of` take live objects.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Any

import torch

from paser_core.config import ModelsConfig, Residency
from paser_core.errors import ModelError, enough_memory
from paser_core.models import loading
from paser_core.models.agreement import check_agreement
from paser_core.models.checkpoint import fingerprint as fingerprint_of_files
from paser_core.models.checkpoint import weight_files
from paser_core.models.devices import choose_device, choose_dtype, free_bytes
from paser_core.models.transformers_tokenizer import TransformersTokenizer
from paser_core.models.weights import unused_weights
from paser_core.notices import Notice, Severity
from paser_core.protocols import ModelPair

_HEADROOM = 1.25  # weights times this: activations, logits and the allocator's own needs


class TransformersLM:
    """A causal language model, given as a live object.

    Args:
        model: any ``AutoModelForCausalLM``; it is put into evaluation mode.
        name: as recorded in the run.
        device: where the body works; by default where it is now.
        reload: makes the same model again after :meth:`release`; without it the body waits in main
            memory.
        files: its weight files, of which the fingerprint is made.
        unused: names of weights in them that the model has no place for.
        fingerprint: of its weights, where it is known already.

    Raises:
        ModelError: later tokens change earlier predictions, so the model is not causal.
    """

    def __init__(
        self,
        model: Any,
        name: str | None = None,
        *,
        device: torch.device | None = None,
        reload: Callable[[], Any] | None = None,
        files: tuple[Any, ...] = (),
        unused: tuple[str, ...] = (),
        fingerprint: str | None = None,
    ) -> None:
        self.name = name or getattr(model, "name_or_path", "") or type(model).__name__
        self._device = device or next(model.parameters()).device
        self._reload = reload
        self._files = files
        self.unused = unused
        self._fingerprint = fingerprint
        self._model: Any = model.to(self._device).eval()
        self.resident = True
        self.positions = loading.positions_of(model.config)  # most tokens that it can read
        self._head: Any = None
        # ``splits``: only response positions go through the vocabulary projection.
        self.splits, self.vocab_size, self.state_bytes = self._probe()
        if self.splits:
            self._head = self._model.get_output_embeddings()

    @property
    def fingerprint(self) -> str:
        if self._fingerprint is None:
            self._fingerprint = (
                fingerprint_of_files(self._files) if self._files else hash_weights(self._present())
            )
        return self._fingerprint

    def states(
        self, ids: torch.Tensor, mask: torch.Tensor, positions: torch.Tensor, after: Any = None
    ) -> torch.Tensor:
        """What ``logits`` needs, of one micro-batch.

        Args:
            ids: ``(b, t)`` int64, padded on the right.
            mask: ``(b, t)`` which of them are no padding.
            positions: ``(b, t)`` where the next token is to be predicted.
            after: what :meth:`keep` kept of the texts before these; it is added to.
        """
        model = self._present()
        ids, positions = ids.to(self._device), positions.to(self._device)
        # Without padding the mask says nothing, and attention has a faster path without it.
        attention = None if bool(mask.all()) else mask.to(self._device, torch.long)
        read = {"use_cache": False} if after is None else {"past_key_values": after}
        with torch.inference_mode():
            if self.splits:
                out = model.base_model(input_ids=ids, attention_mask=attention, **read)[0]
            else:
                out = model(input_ids=ids, attention_mask=attention, **read).logits
            states: torch.Tensor = out[positions]
        return states

    def keep(self, ids: torch.Tensor) -> Any:
        """What the model keeps of ``(b, t)`` texts without padding, for ``states(after=…)``."""
        body = self._present().base_model
        with torch.inference_mode():
            return body(input_ids=ids.to(self._device), use_cache=True).past_key_values

    def hidden(self, ids: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        """``(b, t, h)`` last hidden states of ``(b, t)`` texts, padded on the right."""
        model = self._present()
        ids, attention = ids.to(self._device), mask.to(self._device, torch.long)
        with torch.inference_mode():
            if model.base_model is not model:
                out = model.base_model(input_ids=ids, attention_mask=attention, use_cache=False)
                hidden: torch.Tensor = out[0]
            else:
                out = model(
                    input_ids=ids,
                    attention_mask=attention,
                    use_cache=False,
                    output_hidden_states=True,
                )
                hidden = out.hidden_states[-1]
        return hidden

    def logits(self, states: torch.Tensor) -> torch.Tensor:
        if self._head is None:
            return states
        with torch.inference_mode():
            logits: torch.Tensor = self._head(states.to(self._device))
        return logits

    def release(self) -> None:
        if self._reload is not None:
            self._model = None  # the projection stays: states become logits later
            self.resident = False
        elif self._device.type != "cpu" and self.resident:
            self._model.to("cpu")
            if self._head is not None:
                self._head.to(self._device)
            self.resident = False
        if self._device.type == "cuda":
            torch.cuda.empty_cache()

    def _present(self) -> Any:
        if not self.resident:
            if self._model is None and self._reload is not None:
                self._model = self._reload().eval()
                if self.splits:
                    self._head = self._model.get_output_embeddings()
            self._model.to(self._device)
            self.resident = True
        return self._model

    def _probe(self) -> tuple[bool, int, int]:
        """Whether body and projection can run apart; width of the logits; bytes of a state.

        Some architectures scale or cap their logits after the projection. The two ways of computing
        are therefore compared on a few tokens, and must agree to the last bit.
        """
        ids = torch.tensor([[0, 1, 2, 1], [0, 1, 2, 0]], device=self._device)
        with torch.inference_mode():
            logits = self._model(input_ids=ids, use_cache=False).logits
            # Rounding is all that a later token may change.
            rounding = max(1e-4, 8 * torch.finfo(logits.dtype).eps)
            tolerance = rounding * float(logits.abs().max())
            if float((logits[0, :3] - logits[1, :3]).abs().max()) > tolerance:
                raise ModelError(
                    f"{self.name}: a later token changes earlier predictions, so this is not a "
                    "causal language model; give a decoder such as Llama or Mistral."
                )
            width = int(logits.shape[-1])
            whole = (False, width, int(width * logits.element_size()))
            head, body = self._model.get_output_embeddings(), self._model.base_model
            if head is None or body is self._model:
                return whole
            hidden = body(input_ids=ids, use_cache=False)[0]
            if hidden.shape[-1] != getattr(head, "in_features", hidden.shape[-1]):
                return whole
            if not torch.allclose(head(hidden), logits, rtol=0.0, atol=0.0, equal_nan=True):
                return whole
            return True, width, int(hidden.shape[-1] * hidden.element_size())


def hash_weights(model: Any) -> str:
    """sha256 over names, types, shapes and values of a live model's weights, hexadecimal."""
    digest = hashlib.sha256()
    for name, tensor in sorted(model.state_dict().items()):
        digest.update(f"{name} {tensor.dtype} {tuple(tensor.shape)}".encode())
        digest.update(tensor.detach().cpu().contiguous().view(-1).view(torch.uint8).numpy())
    return digest.hexdigest()


def load_model(name: str, config: ModelsConfig | None = None) -> TransformersLM:
    """A model by folder or hub name, on the device and in the format that ``config`` asks for.

    Raises:
        ModelError: it cannot be found or loaded, or is not a causal language model.
    """
    config = config or ModelsConfig()
    device = choose_device(config.device)
    dtype = choose_dtype(config.dtype, device)

    @enough_memory(
        f"{name} does not fit: set models.residency to alternate, models.dtype to bfloat16 or "
        "models.device to cpu."
    )
    def load() -> tuple[Any, tuple[str, ...]]:
        model, unused = loading.load_causal_lm(name, dtype)
        return model.to(device), unused

    model, unused = load()
    return TransformersLM(
        model,
        name,
        device=device,
        reload=lambda: load()[0],
        files=weight_files(name),
        unused=unused,
    )


def load_pair(config: ModelsConfig) -> ModelPair:
    """Both models of a run and the tokenizer that serves them.

    Raises:
        ModelError: a model cannot be loaded, or the tokenizers disagree.
    """
    original_name, compressed_name = both_names(config)
    # Tokenizers first: a disagreement shows in a second, before gigabytes are read.
    tokenizer, notices = agreed_tokenizer(config)
    alternate = not _both_fit(config)
    original = load_model(original_name, config)
    if alternate:
        original.release()
    compressed = load_model(compressed_name, config)
    return pair_of(original, compressed, tokenizer, alternate=alternate, notices=notices)


def pair_of(
    original: TransformersLM,
    compressed: TransformersLM,
    tokenizer: TransformersTokenizer,
    *,
    alternate: bool = False,
    notices: tuple[Notice, ...] = (),
) -> ModelPair:
    """A pair from live objects; notes logits of different width, which their shared part serves.

    Args:
        original: before compression.
        compressed: after it.
        tokenizer: of both.
        alternate: whether they take turns on the device, where both do not fit.
        notices: what was noted when they were loaded.
    """
    widths = original.vocab_size, compressed.vocab_size
    if widths[0] != widths[1]:
        text = (
            f"The original model predicts {widths[0]} tokens and the compressed one {widths[1]}; "
            f"the first {min(widths)} are compared."
        )
        notices = (*notices, Notice("vocabulary", text, Severity.INFO, min(widths), max(widths)))
    for role, model in (("original", original), ("compressed", compressed)):
        notice = unused_weights(model.name, role, model.unused)
        notices = notices if notice is None else (*notices, notice)
    limits = [p for p in (original.positions, compressed.positions) if p is not None]
    return ModelPair(
        original, compressed, tokenizer, alternate, notices, min(limits) if limits else None
    )


def both_names(config: ModelsConfig) -> tuple[str, str]:
    """The names of both models.

    Raises:
        ModelError: one is not given.
    """
    if config.original is None or config.compressed is None:
        raise ModelError(
            "models.original and models.compressed are both needed to compute divergences. Set both."
        )
    return config.original, config.compressed


def agreed_tokenizer(
    config: ModelsConfig,
) -> tuple[TransformersTokenizer, tuple[Notice, ...]]:
    """The tokenizer that serves both models, and what is worth noting about the other one.

    Raises:
        ModelError: one cannot be loaded, or they disagree.
    """
    original, compressed = (loading.load_tokenizer(name) for name in both_names(config))
    with loading.explained(str(config.original), "tokenizer"):
        notices = check_agreement(original, compressed, config.template)
        return TransformersTokenizer(original, config.template, config.date), notices


def _both_fit(config: ModelsConfig) -> bool:
    if config.residency is not Residency.AUTO:
        return config.residency is Residency.BOTH
    device = choose_device(config.device)
    dtype = choose_dtype(config.dtype, device)
    needed = sum(loading.memory_bytes(name, dtype) for name in both_names(config))
    return needed * _HEADROOM <= free_bytes(device)
