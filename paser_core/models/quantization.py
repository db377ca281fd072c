"""What a quantized checkpoint needs: named before any work, not after the other stages."""

from __future__ import annotations

import importlib.util
from typing import Any

from paser_core.errors import ModelError, first_line

# As transformers asks for them: what is imported, and what pip installs.
PACKAGES: dict[str, dict[str, str]] = {
    "bitsandbytes": {"bitsandbytes": "bitsandbytes", "accelerate": "accelerate"},
    "gptq": {"gptqmodel": "gptqmodel", "optimum": "optimum"},
    "awq": {"gptqmodel": "gptqmodel", "accelerate": "accelerate"},
    "compressed-tensors": {"compressed_tensors": "compressed-tensors"},
    "hqq": {"hqq": "hqq", "accelerate": "accelerate"},
    "aqlm": {"aqlm": "aqlm[gpu,cpu]", "accelerate": "accelerate"},
    "quanto": {"optimum.quanto": "optimum-quanto", "accelerate": "accelerate"},
    "torchao": {"torchao": "torchao"},
    "auto-round": {"auto_round": "auto-round"},
    "quark": {"quark": "amd-quark"},
    "eetq": {"kernels": "kernels", "accelerate": "accelerate"},
    "fbgemm_fp8": {"fbgemm_gpu": "fbgemm-gpu-genai", "accelerate": "accelerate"},
    "fp8": {"accelerate": "accelerate"},
    "mxfp4": {"kernels": "kernels", "accelerate": "accelerate"},
    "bitnet": {"accelerate": "accelerate"},
    "vptq": {"vptq": "vptq", "accelerate": "accelerate"},
    "spqr": {"spqr_quant": "spqr_quant[gpu]", "accelerate": "accelerate"},
    "higgs": {"flute": "flute-kernel", "fast_hadamard_transform": "fast_hadamard_transform",
              "accelerate": "accelerate"},
    "fp_quant": {"fp_quant": "fp_quant"},
    "sinq": {"sinq": "sinq"},
}  # fmt: skip


def quantization_of(config: Any) -> str | None:
    """How a checkpoint was quantized, as its config says; None where it was not."""
    described = getattr(config, "quantization_config", None)
    if described is None:
        return None
    tree: dict[str, Any] = described if isinstance(described, dict) else vars(described)
    method = tree.get("quant_method")
    if method is None and (tree.get("load_in_4bit") or tree.get("load_in_8bit")):
        return "bitsandbytes"
    return str(getattr(method, "value", method) or "an unnamed method")


def check_quantization(name: str, config: Any) -> None:
    """Find out whether a quantized checkpoint can be loaded here, without reading its weights.

    Raises:
        ModelError: a package or a device is missing, or transformers does not know the method.
    """
    method = quantization_of(config)
    if method is None:
        return
    missing = [
        package for module, package in PACKAGES.get(method, {}).items() if not _is_installed(module)
    ]
    if missing:
        raise ModelError(
            f"{name} is quantized with {method}, which needs "
            f"{' and '.join(missing)}: pip install {' '.join(missing)}. Or give the model as "
            "weights that are not quantized (save it dequantized)."
        )
    from transformers.quantizers.auto import AUTO_QUANTIZER_MAPPING, AutoHfQuantizer

    known = {key.removesuffix("_4bit").removesuffix("_8bit") for key in AUTO_QUANTIZER_MAPPING}
    if method not in known:
        raise ModelError(
            f"{name} is quantized with {method}, which transformers does not load (it knows "
            f"{', '.join(sorted(known))}). Save the model dequantized, or in one of these."
        )
    try:
        AutoHfQuantizer.from_config(
            config.quantization_config, pre_quantized=True
        ).validate_environment(device_map=None, weights_only=True)
    # The checks of each method raise ImportError, RuntimeError or ValueError; but they read the settings
    # of other people's files, of which anything can be missing or of another type.
    except Exception as error:
        raise ModelError(
            f"{name} is quantized with {method}, which cannot be used here: {first_line(error)}. "
            "Give the model dequantized."
        ) from error


def _is_installed(module: str) -> bool:
    try:
        return importlib.util.find_spec(module) is not None
    except ModuleNotFoundError:  # of a parent package
        return False
