"""Hugging Face data sets: local folders, which never look anything up, and names on the hub."""

from __future__ import annotations

import contextlib
import hashlib
import json
import re
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from paser_core.config import DataConfig
from paser_core.errors import DataError, nearest
from paser_core.records.source import Source

_NAME = re.compile(r"[\w.-]+(/[\w.-]+)?")
_SAVED = ("dataset_info.json", "state.json"), ("dataset_dict.json",)
_PATIENCE = 10.0  # seconds to wait for the hub before looking into the cache


def looks_like_hub_name(name: str) -> bool:
    """``owner/name`` or ``name``."""
    return _NAME.fullmatch(name) is not None


def read_folder(folder: Path, config: DataConfig) -> Source:
    """A folder of data files, or one written by ``Dataset.save_to_disk``.

    Raises:
        DataError: it is not a data set, or has no such split.
    """
    import datasets

    with tempfile.TemporaryDirectory(prefix="paser-") as cache, _offline():
        try:
            if any(all((folder / f).is_file() for f in files) for files in _SAVED):
                loaded = datasets.load_from_disk(str(folder))
            else:
                loaded = datasets.load_dataset(str(folder), cache_dir=cache)
            return _source(_split(loaded, config), config)
        except DataError:
            raise
        except Exception as error:
            inside = sorted(p.name for p in folder.iterdir())[:5]
            listed = f"; it holds {', '.join(inside)}" if inside else "; it is empty"
            raise DataError(
                f"the folder cannot be read as a data set ({_root(error)}){listed}. Put json, "
                "jsonl, csv or parquet files in it, or name one file.",
                path=config.path,
            ) from error


def read_hub(name: str, config: DataConfig, hint: str = "") -> Source:
    """A data set on the Hugging Face hub, or its copy in the local cache.

    Raises:
        DataError: it does not exist, cannot be reached, or has no such split.
    """
    import datasets

    problem = _unreachable(name)
    try:
        with _offline() if problem else contextlib.nullcontext():
            loaded = datasets.load_dataset(name)
        return _source(_split(loaded, config), config)
    except DataError:
        raise
    except Exception as error:
        raise DataError(
            f"there is no such file or folder, and no data set of this name could be loaded from "
            f"the Hugging Face hub ({problem or _root(error)}).{hint} Check the name; where this "
            f"machine has no network, run `hf download {name} --repo-type dataset --local-dir "
            "FOLDER` elsewhere, copy the folder and name it.",
            path=name,
        ) from error


def _unreachable(name: str) -> str | None:
    """Why the hub does not answer, asked once: `datasets` alone would try for half a minute."""
    import huggingface_hub
    from huggingface_hub import constants

    if constants.HF_HUB_OFFLINE:
        return "HF_HUB_OFFLINE is set"
    try:
        huggingface_hub.HfApi().dataset_info(name, timeout=_PATIENCE)
    except Exception as error:  # noqa: BLE001 - whatever it is, the cache may still have the data set
        return _root(error)
    return None


@contextlib.contextmanager
def _offline() -> Iterator[None]:
    """Keep `datasets` from asking the network about names that are on this machine."""
    import datasets
    from huggingface_hub import constants

    datasets.disable_progress_bars()
    switches = (
        (datasets.config, "HF_HUB_OFFLINE", True),
        (datasets.config, "HF_UPDATE_DOWNLOAD_COUNTS", False),
        (constants, "HF_HUB_OFFLINE", True),
    )
    before = [getattr(module, name) for module, name, _ in switches]
    for module, name, value in switches:
        setattr(module, name, value)
    try:
        yield
    finally:
        for (module, name, _), value in zip(switches, before, strict=True):
            setattr(module, name, value)


def _split(loaded: Any, config: DataConfig) -> Any:
    import datasets

    if not isinstance(loaded, datasets.DatasetDict):
        return loaded
    if config.split not in loaded:
        raise DataError(
            f"there is no split '{config.split}'; this data set has: {', '.join(loaded)}."
            f"{nearest(config.split, loaded)} Set data.split.",
            path=config.path,
        )
    return loaded[config.split]


def _source(dataset: Any, config: DataConfig) -> Source:
    assert config.path is not None
    table = dataset.with_format("arrow")[:].combine_chunks()
    # Copied out of the memory-mapped cache, which is gone when this returns.
    digest = hashlib.sha256()
    for batch in table.to_batches(max_chunksize=1000):
        for row in batch.to_pylist():
            line = json.dumps(row, sort_keys=True, default=str, ensure_ascii=True)
            digest.update(line.encode())
    return Source.of_table(config.path, digest.hexdigest(), table)


def _root(error: BaseException) -> str:
    """What lies at the bottom of a chain of errors, in one line."""
    while error.__cause__ is not None:
        error = error.__cause__
    return (str(error).splitlines() or [""])[0][:200] or type(error).__name__
