"""A checkpoint on disk or in the hub cache: where it is and what its weights hash to."""

from __future__ import annotations

import hashlib
from pathlib import Path

from paser_core import paths
from paser_core.errors import ModelError, nearest

_WEIGHTS = ("*.safetensors", "pytorch_model*.bin")  # the second kind is read with weights_only


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
    for pattern in _WEIGHTS:
        files = tuple(sorted(p for p in folder.glob(pattern) if paths.is_file(p)))
        if files:
            return files
    return ()


def fingerprint(files: tuple[Path, ...]) -> str:
    """sha256 over the weight files, in the order of their names, hexadecimal."""
    digest = hashlib.sha256()
    for file in files:
        digest.update(file.name.encode())
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
