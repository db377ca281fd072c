"""Formats of weights that people have and transformers does not load: named, with the way out."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

_GGUF = (
    "GGUF is not supported: its blocks of integers are those of llama.cpp, and the logits are "
    "needed here. Convert it first, which gives every weight the value that the GGUF stands for: "
    "pip install gguf accelerate, then in Python: from transformers import AutoModelForCausalLM, "
    'AutoTokenizer; AutoModelForCausalLM.from_pretrained("{folder}", gguf_file="{file}")'
    '.save_pretrained("converted"); AutoTokenizer.from_pretrained("{folder}", gguf_file="{file}")'
    '.save_pretrained("converted"). Then give the folder converted.'
)
_SAVE = "Save the model with transformers (save_pretrained) and give that folder."
_FORMATS = {
    ".gguf": _GGUF,
    ".ggml": f"GGML is a format of llama.cpp of old, and is not supported. {_SAVE}",
    ".onnx": f"ONNX is not supported. {_SAVE}",
    ".tflite": f"TensorFlow Lite is not supported. {_SAVE}",
    ".h5": f"Weights of TensorFlow (h5) are not supported. {_SAVE}",
    ".msgpack": f"Weights of Flax (msgpack) are not supported. {_SAVE}",
    ".engine": f"TensorRT engines are not supported. {_SAVE}",
    ".nemo": "Checkpoints of NeMo are not supported. Convert it to a Hugging Face folder first.",
    ".ckpt": "Checkpoints of a trainer (ckpt) are not supported. Convert it to a Hugging Face "
    "folder first.",
    ".pth": "Weights of PyTorch alone (pth), as Meta gives them, are not supported. Convert them "
    "to a Hugging Face folder first.",
    ".pt": "Weights of PyTorch alone (pt) are not supported. Convert them to a Hugging Face folder "
    "first.",
    ".mlmodel": f"Core ML is not supported. {_SAVE}",
    ".mlpackage": f"Core ML is not supported. {_SAVE}",
}


def unsupported_file(file: Path) -> str | None:
    """What to do about one file that was given as a model; None for a format that is not known."""
    return _sentence(file, ".gguf" if _is_gguf(file) else file.suffix.casefold())


def unsupported_folder(folder: Path) -> str | None:
    """What to do about a folder without weights that transformers loads; None: nothing is known."""
    try:
        files = sorted(folder.iterdir())
    except OSError:
        return None
    # By the order of the table: a GGUF says more than a checkpoint of the trainer beside it.
    for suffix in _FORMATS:
        for file in files:
            if file.suffix.casefold() == suffix:
                return _sentence(file, suffix)
    return next((_sentence(f, ".gguf") for f in _plain(files) if _is_gguf(f)), None)


def _plain(files: Iterable[Path]) -> Iterable[Path]:
    return (file for file in files if file.suffix.casefold() in ("", ".bin"))


def _sentence(file: Path, suffix: str) -> str | None:
    text = _FORMATS.get(suffix)
    if text is None:
        return None
    return text.replace("{folder}", str(file.parent)).replace("{file}", file.name)


def _is_gguf(file: Path) -> bool:
    try:
        with file.open("rb") as stream:
            return stream.read(4) == b"GGUF"
    except OSError:
        return False
