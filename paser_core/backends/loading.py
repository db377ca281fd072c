"""Reading checkpoints with ``transformers``, and saying in one sentence what is wrong with one.

Remote code is never run, and weights are read from safetensors, or with ``weights_only``.
"""

from __future__ import annotations

import contextlib
import logging
import pickle
import struct
from collections.abc import Iterator
from typing import Any

import torch

from paser_core import paths
from paser_core.backends.checkpoint import library_name, local_folder, weight_files
from paser_core.errors import ModelError

logger = logging.getLogger(__name__)


def load_causal_lm(name: str, dtype: torch.dtype | None) -> Any:
    """The model in evaluation mode on the processor, every weight read from the checkpoint.

    Args:
        name: folder or hub name.
        dtype: of the weights; None keeps the checkpoint's.

    Raises:
        ModelError: it cannot be found, is not a causal language model, its weights do not fit its
            config, or it needs code or a package that is not here.
    """
    from transformers import AutoModelForCausalLM

    config = load_model_config(name)
    with _explained(name, "model"), _quiet():
        model, info = AutoModelForCausalLM.from_pretrained(
            library_name(name),
            config=config,
            dtype=dtype or "auto",
            output_loading_info=True,
            trust_remote_code=False,
            weights_only=True,
            local_files_only=local_folder(name) is not None,
        )
    missing = sorted(info["missing_keys"])
    if missing:
        raise ModelError(
            f"{name}: {len(missing)} weights that config.json asks for are not in the checkpoint, "
            f"e.g. {missing[0]}; it is incomplete, or no causal language model "
            f"({config.model_type})."
        )
    if info["unexpected_keys"]:
        extra = sorted(info["unexpected_keys"])
        logger.warning("%s: %d weights are not used, e.g. %s", name, len(extra), extra[0])
    return model.eval()


def load_model_config(name: str) -> Any:
    """The ``config.json`` of a causal language model.

    Raises:
        ModelError: there is none, or it describes another kind of model.
    """
    from transformers import AutoConfig
    from transformers.models.auto.modeling_auto import MODEL_FOR_CAUSAL_LM_MAPPING

    folder = local_folder(name)
    if folder is not None and not paths.is_file(folder / "config.json"):
        adapter = paths.is_file(folder / "adapter_config.json")
        hint = " It holds an adapter; merge it into its base model first." if adapter else ""
        raise ModelError(f"{name}: the folder has no config.json, so it is not a model.{hint}")
    with _explained(name, "config"):
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
    with _explained(name, "tokenizer"):
        return AutoTokenizer.from_pretrained(
            library_name(name),
            trust_remote_code=False,
            local_files_only=folder is not None,
        )


def memory_bytes(name: str, dtype: torch.dtype | None) -> int:
    """Memory of the weights once loaded; 0 where the checkpoint is not on disk yet."""
    if local_folder(name) is None:
        try:
            files = weight_files(name)
        except OSError:  # not downloaded yet: no guess is better than a wrong one
            return 0
    else:
        files = weight_files(name)
    size = sum(file.stat().st_size for file in files)
    config = load_model_config(name)
    stored = getattr(config, "dtype", None)
    quantised = getattr(config, "quantization_config", None) is not None
    if quantised or dtype is None or not isinstance(stored, torch.dtype):
        return size
    return int(size * dtype.itemsize // stored.itemsize)


def _has_tokenizer(folder: Any) -> bool:
    files = ("tokenizer.json", "tokenizer.model", "vocab.json", "vocab.txt", "spiece.model")
    return any(paths.is_file(folder / file) for file in files)


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """No progress bar of the library's own: a run shows one of its stages."""
    from transformers.utils import logging as library_logging

    shown = library_logging.is_progress_bar_enabled()
    library_logging.disable_progress_bar()
    try:
        yield
    finally:
        if shown:
            library_logging.enable_progress_bar()


@contextlib.contextmanager
def _explained(name: str, what: str) -> Iterator[None]:
    """Turn what ``transformers`` raises for a bad checkpoint into one message."""
    from huggingface_hub.errors import HfHubHTTPError
    from safetensors import SafetensorError

    here = local_folder(name) is not None
    try:
        yield
    except ImportError as error:
        raise ModelError(
            f"{name}: the {what} needs a package that is not installed: {_first_line(error)}"
        ) from error
    except (SafetensorError, pickle.UnpicklingError, struct.error, EOFError) as error:
        raise ModelError(
            f"{name}: a weight file is damaged or holds more than weights ({_first_line(error)}); copy "
            "it again, or save it as safetensors."
        ) from error
    except (HfHubHTTPError, OSError) as error:
        if here:
            raise ModelError(f"{name}: the {what} cannot be read: {_first_line(error)}") from error
        raise ModelError(
            f"{name}: there is no such folder here, and the hub gave no {what} of that name "
            f"({_first_line(error)}). Check the name, the connection, or give a local folder."
        ) from error
    except torch.OutOfMemoryError:
        raise  # nothing is wrong with the checkpoint; who loads it says what to do
    except (ValueError, KeyError, RuntimeError, TypeError, AttributeError) as error:
        if "trust_remote_code" in str(error):
            raise ModelError(
                f"{name} brings its own code, which is never run here; give a model that "
                "transformers knows itself."
            ) from error
        raise ModelError(
            f"{name}: the {what} is not one that transformers can load, or it does not fit its "
            f"weights: {_first_line(error)}"
        ) from error


def _first_line(error: BaseException) -> str:
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return lines[0][:300] if lines else type(error).__name__
