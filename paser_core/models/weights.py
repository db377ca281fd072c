"""Whether the weights of a checkpoint are those that its config asks for, without reading them.

The library's own loader runs on tensors without contents, so that names are mapped (renamed, tied,
fused) exactly as it will map them in earnest. What it would only log is told here.
"""

from __future__ import annotations

import copy
import re
from dataclasses import dataclass
from typing import Any

from paser_core.errors import ModelError
from paser_core.models.checkpoint import weight_files
from paser_core.models.headers import Tensor, read_header
from paser_core.models.loading import explained, incomplete, quiet
from paser_core.notices import Notice
from paser_core.text import either, plural

_LAYER = re.compile(r"(?<=\.)\d+(?=\.)")
_DTYPES = {"F64": "float64", "F32": "float32", "F16": "float16", "BF16": "bfloat16", "I64": "int64",
           "I32": "int32", "I16": "int16", "I8": "int8", "U8": "uint8", "BOOL": "bool"}  # fmt: skip


@dataclass(frozen=True)
class Mapping:
    """What the loader makes of the names in a checkpoint."""

    missing: tuple[str, ...]
    unused: tuple[str, ...]
    mismatched: tuple[tuple[str, tuple[int, ...], tuple[int, ...]], ...]  # checkpoint, config


def check_weights(name: str, config: Any, role: str) -> tuple[Notice, ...]:
    """Raise for weights that do not fit the config; else what is worth telling.

    Checkpoints in other formats than safetensors, and quantized ones, are left to the loader.

    Raises:
        ModelError: a file is damaged, a tensor is missing or has another shape than config.json
            makes it.
    """
    files = weight_files(name)
    if not files or any(file.suffix != ".safetensors" for file in files):
        return ()
    tensors: dict[str, Tensor] = {}
    for file in files:
        tensors.update(read_header(file))
    if getattr(config, "quantization_config", None) is not None:
        return ()
    with explained(name, "config"):  # sizes that no model can be built with
        found = _mapping(config, tensors)
    if found is None:
        return ()
    if found.mismatched:
        raise ModelError(_mismatch(name, found, tensors))
    if found.missing:
        raise incomplete(name, found.missing, config)
    notice = unused_weights(name, role, found.unused)
    return () if notice is None else (notice,)


def unused_weights(name: str, role: str, names: tuple[str, ...]) -> Notice | None:
    """What to tell about weights that the model has no place for."""
    if not names:
        return None
    return Notice(
        "unused-weights",
        f"{plural(len(names), 'weight')} of the {role} model ({name}) {either(len(names), 'is', 'are')} not "
        f"used, e.g. {names[0]}: "
        "config.json describes a smaller model than the checkpoint holds. What is measured is the "
        "smaller one; if that is not meant, correct config.json (layers, sizes).",
        count=len(names),
    )


def _mapping(config: Any, tensors: dict[str, Tensor]) -> Mapping | None:
    """The loader's own report on names and shapes; None where this version has none to give."""
    import torch

    try:
        from transformers.conversion_mapping import get_model_conversion_mapping
        from transformers.modeling_utils import LoadStateDictConfig
        from transformers.models.auto.modeling_auto import MODEL_FOR_CAUSAL_LM_MAPPING
    except ImportError:
        return None
    meta = torch.device("meta")
    cls = MODEL_FOR_CAUSAL_LM_MAPPING[type(config)]
    with quiet():
        with meta:
            model = cls(copy.deepcopy(config))
        state = {
            key: torch.empty(
                tensor.shape,
                dtype=getattr(torch, _DTYPES.get(tensor.dtype, "float32")),
                device=meta,
            )
            for key, tensor in tensors.items()
        }
        how = LoadStateDictConfig(
            pretrained_model_name_or_path=None,
            ignore_mismatched_sizes=True,
            device_map={"": meta},
            dtype=torch.float32,
            dtype_plan={},
            weight_mapping=get_model_conversion_mapping(model, None, None),
        )
        found, _ = cls._load_pretrained_model(model, state, None, how)
        model.mark_tied_weights_as_initialized(found)
        model.tie_weights(missing_keys=found.missing_keys, recompute_mapping=False)
        model._adjust_missing_and_unexpected_keys(found)
    return Mapping(
        tuple(sorted(found.missing_keys)),
        tuple(sorted(found.unexpected_keys)),
        tuple(sorted((key, tuple(a), tuple(b)) for key, a, b in found.mismatched_keys)),
    )


def _mismatch(name: str, found: Mapping, tensors: dict[str, Tensor]) -> str:
    key, stored, made = found.mismatched[0]
    more = len(found.mismatched) - 1
    others = f" (and {more} more)" if more else ""
    said = f"{name}: {key} is {stored} in the checkpoint, but {made} by config.json{others}. "
    # The same tensor in every layer: of one size that is not config.json's, or each of its own?
    kind = _LAYER.sub("*", key)
    sizes = {tensor.shape for other, tensor in tensors.items() if _LAYER.sub("*", other) == kind}
    return said + (_EACH_ITS_OWN if len(sizes) > 1 else _OTHER_SIZE)


_EACH_ITS_OWN = (
    "The layers of these weights differ in width, as structured pruning leaves them; a model of "
    "transformers gives every layer the width in config.json. Fill the cut rows and columns with "
    "zeros up to that width, which computes the same, and save it again."
)
_OTHER_SIZE = (
    "The weights are of a model of another size than config.json describes: correct the sizes in "
    "config.json, or copy the config.json that belongs to these weights."
)
