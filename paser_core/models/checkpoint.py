"""A checkpoint on disk or in the hub cache: where it is and what its weights hash to."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path

from paser_core.errors import ModelError, nearest
from paser_core.models.formats import unsupported_file
from paser_core.workspace import paths

# In the order in which transformers looks; the second kind is read with weights_only.
_WHOLE = ("model.safetensors", "pytorch_model.bin")
_INDEXED = ("model.safetensors.index.json", "pytorch_model.bin.index.json")
_WEIGHTS = ("*.safetensors", "pytorch_model*.bin")
# Beside a model, and not what transformers loads of it.
_OTHERS = ("adapter_", "consolidated")
_ADAPTER = ("adapter_config.json", "adapter_model.safetensors", "adapter_model.bin")


def local_folder(name: str) -> Path | None:
    """The folder that ``name`` means, or None if it reads as the name of a hub repository.

    Raises:
        ModelError: ``name`` is a path that does not exist, or a file.
    """
    try:
        path = Path(name).expanduser()
    except RuntimeError:
        raise ModelError(
            f"{name}: there is no such home folder. Give an absolute path, or a hub name like "
            "owner/model."
        ) from None
    if paths.is_folder(path):
        return path
    if paths.is_file(path):
        if known := unsupported_file(path):
            raise ModelError(f"{name}: {known}")
        raise ModelError(
            f"{name} is a file; give the folder that holds config.json and the weights"
            f" (perhaps {path.parent})."
        )
    # A hub name is 'model' or 'owner/model', never deeper, absolute or relative to here.
    if path.is_absolute() or name.startswith((".", "~")) or name.count("/") > 1 or "\\" in name:
        siblings = [p.name for p in paths.entries(path.parent) if paths.is_folder(p)]
        raise ModelError(
            f"{name}: there is no such model folder.{nearest(path.name, siblings)} Give a folder "
            "with config.json and safetensors weights, or a hub name like owner/model."
        )
    return None


def library_name(name: str) -> str:
    """The path or hub name behind ``name``: Hugging Face libraries take ``~`` for a folder's name.

    Raises:
        ModelError: ``name`` is a path that does not exist, or a file.
    """
    folder = local_folder(name)
    return name if folder is None else str(folder)


def path_from(folder: Path, name: str) -> str | None:
    """Where a model lies, seen from a folder, so that it is found from anywhere while both stay so.

    Args:
        folder: where the path is to be written down.
        name: folder or hub name of the model.

    Returns:
        None of a hub name, and where there is no such way.
    """
    place = local_folder(name)
    try:
        return None if place is None else os.path.relpath(place.resolve(), folder.resolve())
    except ValueError:  # another drive of Windows
        return None


def weight_files(name: str) -> tuple[Path, ...]:
    """The weight files of a local folder or of a hub repository that is already in the cache."""
    folder = local_folder(name)
    if folder is None:
        from huggingface_hub import snapshot_download

        folder = Path(
            snapshot_download(
                name, allow_patterns=["*.json", "*.safetensors"], local_files_only=True
            )
        )
    return weights_in(folder)


def weights_in(folder: Path) -> tuple[Path, ...]:
    """The weight files of a folder, as transformers chooses among them; empty where there are none.

    Raises:
        ModelError: the index of the weights names a file that is not there, or cannot be read.
    """
    for whole, indexed, pattern in zip(_WHOLE, _INDEXED, _WEIGHTS, strict=True):
        if paths.is_file(folder / whole):
            return (folder / whole,)
        if paths.is_file(folder / indexed):
            return _of_index(folder / indexed)
        files = (p for p in folder.glob(pattern) if paths.is_file(p))
        if found := tuple(sorted(p for p in files if not p.name.startswith(_OTHERS))):
            return found
    return ()


def _of_index(index: Path) -> tuple[Path, ...]:
    try:
        names = json.loads(index.read_text(encoding="utf-8"))["weight_map"].values()
        files = tuple(index.parent / name for name in sorted(set(names)))
        missing = [file.name for file in files if not paths.is_file(file)]
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise ModelError(
            f"{index} cannot be read as an index of weights ({type(error).__name__}); copy it again "
            "from where the model came."
        ) from error
    if missing or not files:
        what = (
            f"{len(missing)} of {len(files)} weight files are missing, e.g. {missing[0]}"
            if missing
            else "it names no file"
        )
        raise ModelError(f"{index}: {what}; copy all files of the model.")
    return files


def has_adapter(folder: Path) -> bool:
    """Whether an adapter lies in a folder."""
    return any(paths.is_file(folder / file) for file in _ADAPTER)


@contextlib.contextmanager
def without_adapter(name: str) -> Iterator[str]:
    """The folder of a model as it is without an adapter that lies beside it.

    The library applies such an adapter where the package peft is installed, and else says nothing:
    what is measured must not hang on that.
    """
    folder = local_folder(name)
    if folder is None or not has_adapter(folder):
        yield library_name(name)
        return
    with tempfile.TemporaryDirectory() as place:
        for file in folder.iterdir():
            if not file.name.startswith("adapter_"):
                (Path(place) / file.name).symlink_to(file.absolute())
        yield place


def fingerprint(files: tuple[Path, ...], known: Mapping[str, str] | None = None) -> str:
    """sha256 over the weight files, in the order of their names, hexadecimal.

    Args:
        files: the weights.
        known: sha256 of files by name, hexadecimal; these are not read.
    """
    digest = hashlib.sha256()
    for file in files:
        digest.update(file.name.encode())
        if known is not None and file.name in known:
            digest.update(bytes.fromhex(known[file.name]))
            continue
        with file.open("rb") as stream:
            digest.update(hashlib.file_digest(stream, "sha256").digest())
    return digest.hexdigest()


def fingerprint_of(name: str) -> str | None:
    """The fingerprint of a model or encoder by name, without loading it; None if it is not here."""
    try:
        files = weight_files(name)
    except (ModelError, OSError):  # a hub name that is not in the cache is an OSError
        return None
    return fingerprint(files) if files else None
