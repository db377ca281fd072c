"""Hugging Face data sets: local folders, which never look anything up, and names on the hub."""

from __future__ import annotations

import contextlib
import hashlib
import json
import re
import tempfile
from pathlib import Path
from typing import Any

from paser_core import paths
from paser_core.config import DataConfig
from paser_core.errors import DataError, nearest
from paser_core.records.offline import offline
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

    with tempfile.TemporaryDirectory(prefix="paser-") as cache, offline():
        try:
            if any(all(paths.is_file(folder / f) for f in files) for files in _SAVED):
                loaded = datasets.load_from_disk(str(folder))
            else:
                loaded = _load(str(folder), config, cache_dir=cache)
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
    problem = _unreachable(name)
    try:
        with offline() if problem else contextlib.nullcontext():
            loaded = _load(name, config)
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


def _load(place: str, config: DataConfig, **options: Any) -> Any:
    """A folder or hub name in the configuration asked for.

    Raises:
        DataError: it has several configurations, and none of them or another one is asked for.
    """
    import datasets

    try:
        return datasets.load_dataset(place, config.name, **options)
    except ValueError:
        known = _configurations(place)
        if not known or config.name in known or (config.name is None and len(known) == 1):
            raise
    what = (
        "this data set has several configurations, and data.name chooses none"
        if config.name is None
        else f"there is no configuration '{config.name}'"
    )
    near = "" if config.name is None else nearest(config.name, known)
    raise DataError(
        f"{what}; it has: {', '.join(known)}.{near} Set data.name.",
        path=config.path,
    )


def _configurations(place: str) -> list[str]:
    """The names of the configurations of a data set; none where they cannot be found out."""
    import datasets

    try:
        return list(datasets.get_dataset_config_names(place))
    except Exception:  # noqa: BLE001 - only for a message about an error that is already on its way
        return []


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
