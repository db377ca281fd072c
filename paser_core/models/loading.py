"""Reading checkpoints with ``transformers``, and saying in one sentence what is wrong with one.

Remote code is never run, and weights are read from safetensors, or with ``weights_only``.
"""

from __future__ import annotations

import contextlib
import json
import logging
import pickle
import struct
import warnings
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import torch

from paser_core.errors import ModelError, first_line
from paser_core.models.bars import without_bars
from paser_core.models.checkpoint import (
    has_adapter,
    library_name,
    local_folder,
    weight_files,
    without_adapter,
)
from paser_core.models.formats import unsupported_folder
from paser_core.models.quantization import quantization_of
from paser_core.text import either, plural
from paser_core.workspace import paths

_LIBRARIES = r"transformers\b|compressed_tensors\b|llmcompressor\b"
_MOST_LAYERS = 10_000  # the deepest models have a few hundred
NO_LIMIT = 10**9


def load_causal_lm(name: str, dtype: torch.dtype | None) -> tuple[Any, tuple[str, ...]]:
    """The model in evaluation mode on the processor, and the weights it has no place for.

    Every weight of the model is read from the checkpoint. An adapter beside it is not applied.

    Args:
        name: folder or hub name.
        dtype: of the weights; None keeps the checkpoint's.

    Raises:
        ModelError: it cannot be found, is not a causal language model, its weights do not fit its
            config, or it needs code or a package that is not here.
    """
    from transformers import AutoModelForCausalLM

    config = load_model_config(name)
    with explained(name, "model"), quiet(), without_adapter(name) as place:
        model, info = AutoModelForCausalLM.from_pretrained(
            place,
            config=config,
            dtype=dtype or "auto",
            output_loading_info=True,
            trust_remote_code=False,
            weights_only=True,
            local_files_only=local_folder(name) is not None,
            **_unpacked(config),
        )
    missing = sorted(info["missing_keys"])
    if missing:
        raise incomplete(name, missing, config)
    return model.eval(), tuple(sorted(info["unexpected_keys"]))


def _unpacked(config: Any) -> dict[str, Any]:
    """How packed weights are loaded that would else be unpacked by the first pass, and not be trained."""
    if quantization_of(config) != "compressed-tensors":
        return {}
    from transformers import CompressedTensorsConfig

    return {"quantization_config": CompressedTensorsConfig(dequantize=True)}


def incomplete(name: str, missing: Sequence[str], config: Any) -> ModelError:
    """The error for a checkpoint without some of the weights that its config asks for."""
    return ModelError(
        f"{name}: {plural(len(missing), 'weight')} that config.json asks for "
        f"{either(len(missing), 'is', 'are')} not in the checkpoint, e.g. "
        f"{missing[0]}; it is incomplete, or no causal language model ({config.model_type}). Copy all "
        "of its files, or give another model."
    )


def text_config(config: Any) -> Any:
    """The part of a config that is about text, where a model reads something else as well."""
    return config.get_text_config() if hasattr(config, "get_text_config") else config


def load_model_config(name: str) -> Any:
    """The ``config.json`` of a causal language model.

    Raises:
        ModelError: there is none, or it describes another kind of model.
    """
    from transformers import AutoConfig
    from transformers.models.auto.modeling_auto import MODEL_FOR_CAUSAL_LM_MAPPING

    folder = local_folder(name)
    if folder is not None:
        _look_into(name, folder)
    with explained(name, "config"), quiet():
        config = AutoConfig.from_pretrained(
            library_name(name),
            trust_remote_code=False,
            local_files_only=folder is not None,
        )
    if type(config) not in MODEL_FOR_CAUSAL_LM_MAPPING or config.is_encoder_decoder:
        raise ModelError(
            f"{name} is a {config.model_type} model, not a causal language model; give a decoder "
            "such as Llama, Mistral, Qwen or GPT-2."
        )
    return config


def _look_into(name: str, folder: Path) -> None:
    """Say of a folder what the library would say less clearly, or after minutes."""
    file = folder / "config.json"
    if not paths.is_file(file):
        if known := unsupported_folder(folder):
            raise ModelError(f"{name}: {known}")
        hint = (
            " It holds an adapter; merge it into its base model first."
            if has_adapter(folder)
            else ""
        )
        raise ModelError(
            f"{name}: the folder has no config.json, so it is not a model.{hint} Copy all files "
            f"of the model, or name another folder."
        )
    try:
        tree = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise ModelError(
            f"{file} cannot be read ({first_line(error)}); copy it again from where the model came."
        ) from error
    if not isinstance(tree, dict):
        raise ModelError(
            f"{file} is {type(tree).__name__}, not an object with the sizes of a model. Copy the file again."
        )
    for key in ("num_hidden_layers", "n_layer", "n_layers", "num_layers"):
        layers = tree.get(key)
        if isinstance(layers, int) and layers > _MOST_LAYERS:
            raise ModelError(
                f"{file}: {key} is {layers:,}, which no model has; correct it, or copy the file again."
            )


def load_tokenizer(name: str) -> Any:
    """The tokenizer of a folder or hub name.

    Raises:
        ModelError: there is none, or it cannot be read.
    """
    from transformers import AutoTokenizer

    folder = local_folder(name)
    if folder is not None and not _has_tokenizer(folder):
        raise ModelError(
            f"{name}: the folder has no tokenizer (tokenizer.json or similar); copy the tokenizer "
            "files of the original model into it."
        )
    with explained(name, "tokenizer"), quiet():
        tokenizer = AutoTokenizer.from_pretrained(
            library_name(name),
            trust_remote_code=False,
            local_files_only=folder is not None,
        )
        # What a sample may have of tokens is ours to say; files have anything here, also lists.
        tokenizer.model_max_length = NO_LIMIT
        tokenizer("Is it one?")
    return tokenizer


def memory_bytes(name: str, dtype: torch.dtype | None) -> int:
    """Memory of the weights once loaded; 0 where the checkpoint is not on disk yet."""
    try:
        files = weight_files(name)
    except OSError:  # not downloaded yet: no guess is better than a wrong one
        return 0
    size = sum(file.stat().st_size for file in files)
    config = load_model_config(name)
    stored = getattr(config, "dtype", None)
    quantized = getattr(config, "quantization_config", None) is not None
    if quantized or dtype is None or not isinstance(stored, torch.dtype):
        return size
    return int(size * dtype.itemsize // stored.itemsize)


def _has_tokenizer(folder: Any) -> bool:
    files = ("tokenizer.json", "tokenizer.model", "vocab.json", "vocab.txt", "spiece.model")
    return any(paths.is_file(folder / file) for file in files)


def positions_of(config: Any) -> int | None:
    """Most tokens that a model can read, as its config says; None where it names no limit."""
    text = text_config(config)
    for key in ("max_position_embeddings", "n_positions", "max_seq_len", "n_ctx"):
        limit = getattr(text, key, None)
        if isinstance(limit, int) and not isinstance(limit, bool) and limit > 0:
            return limit
    return None


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """Nothing of the library's own on the screen: what it has to say is told as a notice."""
    from huggingface_hub.utils import logging as hub_logging
    from transformers.utils import logging as library_logging

    shown, level = library_logging.is_progress_bar_enabled(), library_logging.get_verbosity()
    hub_level = hub_logging.get_verbosity()
    library_logging.disable_progress_bar()
    library_logging.set_verbosity_error()
    hub_logging.set_verbosity(logging.ERROR)  # it tells of every attempt; how it ended is raised
    try:
        with without_bars(), warnings.catch_warnings():
            warnings.filterwarnings("ignore", module=_LIBRARIES)
            yield
    finally:
        library_logging.set_verbosity(level)
        hub_logging.set_verbosity(hub_level)
        if shown:
            library_logging.enable_progress_bar()


@contextlib.contextmanager
def explained(name: str, what: str) -> Iterator[None]:
    """Turn what ``transformers`` raises for a bad checkpoint into one message."""
    from huggingface_hub.errors import HfHubHTTPError
    from safetensors import SafetensorError

    here = local_folder(name) is not None
    try:
        yield
    except ImportError as error:
        raise ModelError(
            f"{name}: the {what} needs a package that is not installed: {first_line(error)}. "
            f"Install it, or give another checkpoint."
        ) from error
    except (SafetensorError, pickle.UnpicklingError, struct.error, EOFError) as error:
        raise ModelError(
            f"{name}: a weight file is damaged or holds more than weights ({first_line(error)}); copy "
            "it again, or save it as safetensors."
        ) from error
    except (HfHubHTTPError, OSError) as error:
        if here:
            raise ModelError(
                f"{name}: the {what} cannot be read: {first_line(error)}. Copy it again, or "
                f"make it readable."
            ) from error
        raise ModelError(
            f"{name}: there is no such folder here, and the hub gave no {what} of that name "
            f"({first_line(error)}). Check the name, the connection, or give a local folder."
        ) from error
    except (torch.OutOfMemoryError, MemoryError, ModelError):
        raise  # nothing is wrong with the checkpoint; who loads it says what to do
    except BaseException as error:
        # Readers of foreign files raise what they like; a panic of Rust is no Exception even.
        if not isinstance(error, Exception) and type(error).__name__ != "PanicException":
            raise
        if "trust_remote_code" in str(error):
            raise ModelError(
                f"{name} brings its own code, which is never run here; give a model that "
                "transformers knows itself."
            ) from error
        raise ModelError(
            f"{name}: the {what} is not one that transformers can load, or it does not fit its "
            f"weights: {first_line(error)}. Copy it again, or give another one."
        ) from error
