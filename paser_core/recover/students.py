"""The model that is trained: loaded, made trainable, and given back as an ordinary one."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from paser_core.config import DType
from paser_core.errors import ModelError, enough_memory
from paser_core.models import loading
from paser_core.models.checkpoint import fingerprint_of, local_folder
from paser_core.models.dequantized import METHOD, load_dequantized, without_quantization
from paser_core.models.devices import choose_device, choose_dtype
from paser_core.models.quantization import quantization_of
from paser_core.recover.settings import FULL_UP_TO, Adapter, RecoverConfig
from paser_core.workspace import paths
from paser_core.workspace.kinds import COMPRESSION


@dataclass(frozen=True)
class Compression:
    """What ``compression.json`` beside a compressed model says; nothing where there is none."""

    tree: Mapping[str, Any]
    folder: Path | None = None  # where it lies

    @classmethod
    def of(cls, name: str) -> Compression:
        """That of a model by name.

        Raises:
            ModelError: the file is there and cannot be read.
        """
        folder = local_folder(name)
        file = None if folder is None else folder / COMPRESSION
        if file is None or not file.exists():
            return cls({})
        try:
            tree = json.loads(file.read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise ModelError(
                f"{file} cannot be read ({error}). Copy it again, or take it away and name the original "
                "model with --original."
            ) from error
        return cls(tree if isinstance(tree, dict) else {}, folder)

    @property
    def method(self) -> str | None:
        """How it was compressed."""
        return str(self.tree["method"]) if self.tree.get("method") else None

    @property
    def promises_zeros(self) -> bool:
        """Whether zeros are what the compression is about; where nothing is said, zeros are believed."""
        return "pattern" not in self.tree or self.tree["pattern"] is not None

    @property
    def original(self) -> str | None:
        """Name of the model before it was compressed, by which it can be read from here.

        It is looked for where it lies seen from the compressed model, and under the name that it had
        when it was compressed. Where there are two, that with the recorded weights is the one.
        """
        known = self.tree.get("original")
        if not isinstance(known, Mapping) or not known.get("name"):
            return None
        name, path = str(known["name"]), known.get("path")
        if self.folder is None or not isinstance(path, str):
            return name
        beside = Path(os.path.normpath(self.folder.resolve() / path))
        if not paths.is_folder(beside):
            return name
        here = paths.home(name)
        if paths.is_folder(here) and (
            here.resolve() == beside.resolve()
            or (self.fingerprint is not None and fingerprint_of(name) == self.fingerprint)
        ):
            return name
        return str(beside)

    @property
    def fingerprint(self) -> str | None:
        """Of the weights of that model."""
        known = self.tree.get("original")
        if isinstance(known, Mapping) and known.get("fingerprint"):
            return str(known["fingerprint"])
        return None


def adapter_of(config: RecoverConfig, parameters: int, quantized: bool) -> Adapter:
    """What is trained, where that is left open."""
    if config.adapter is not Adapter.AUTO:
        return config.adapter
    return Adapter.FULL if parameters <= FULL_UP_TO and not quantized else Adapter.LORA


def parameters_of(config: Any) -> int:
    """How many weights a model has, without making them."""
    from transformers import AutoModelForCausalLM

    with torch.device("meta"):
        model = AutoModelForCausalLM.from_config(without_quantization(config))
    return int(sum(weight.numel() for weight in model.parameters()))


def check_student(name: str, config: Any) -> str | None:
    """Whether a checkpoint can be trained; how it is quantized, if it is.

    Raises:
        ModelError: it is quantized in a way that is not opened for training.
    """
    method = quantization_of(config)
    if method is not None and method != METHOD:
        raise ModelError(
            f"{name} is quantized with {method}; what can be trained is {METHOD}, and models that are "
            "not quantized. Save it dequantized, and give that."
        )
    return method


def load_student(name: str, config: RecoverConfig, adapter: Adapter) -> Any:
    """The model, its weights as they are trained: float32 where they are, else as the settings say.

    Raises:
        ModelError: it cannot be loaded, or does not fit into memory.
    """
    device = choose_device(config.device, "device")
    dtype = choose_dtype(config.dtype, device)
    if adapter is Adapter.FULL or (config.dtype is DType.AUTO and device.type == "cpu"):
        dtype = torch.float32
    with enough_memory(
        f"{name} does not fit: set dtype to bfloat16, adapter to lora or device to cpu."
    ):
        if quantization_of(loading.load_model_config(name)) is not None:
            return load_dequantized(name, dtype)
        model, _ = loading.load_causal_lm(name, dtype)
    return model


def bits_of(config: Any) -> int | None:
    """Bits of a quantized weight, as the config says."""
    tree = config.quantization_config
    tree = tree if isinstance(tree, dict) else tree.to_dict()
    groups = (tree.get("config_groups") or {}).values()
    found = [(group.get("weights") or {}).get("num_bits") for group in groups]
    return next((int(bits) for bits in found if bits), None)


def stored_dtype(name: str) -> torch.dtype:
    """The format of the checkpoint's weights, or of those that it has not quantized."""
    known = getattr(loading.load_model_config(name), "dtype", None)
    return known if isinstance(known, torch.dtype) else torch.float32


def save(model: Any, tokenizer_of: str, folder: Path, dtype: torch.dtype) -> None:
    """Write the model and its tokenizer as ``from_pretrained`` reads them.

    Args:
        model: without an adapter.
        tokenizer_of: name of the model whose tokenizer it has.
        folder: where to.
        dtype: of the stored weights.
    """
    # The Trainer has turned it off.
    model.config.use_cache = getattr(loading.load_model_config(tokenizer_of), "use_cache", True)
    model.config.dtype = dtype
    tokenizer = loading.load_tokenizer(tokenizer_of)
    tokenizer.model_max_length = tokenizer.init_kwargs.get("model_max_length", loading.NO_LIMIT)
    with loading.quiet():
        model.to("cpu", dtype).save_pretrained(folder)
        tokenizer.save_pretrained(folder)
