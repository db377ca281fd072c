"""Hugging Face data sets: folders that ``save_to_disk`` wrote, and names on the hub."""

from __future__ import annotations

import contextlib
import json
import re
from pathlib import Path
from typing import Any

from paser_core.config import DataConfig
from paser_core.errors import DataError, first_line, nearest
from paser_core.notices import Notice, Severity
from paser_core.records import limits
from paser_core.records.folders import ALL
from paser_core.records.offline import offline
from paser_core.records.source import Source
from paser_core.workspace import paths

_NAME = re.compile(r"[\w.-]+(/[\w.-]+)?")
_STATE, _SPLITS = "state.json", "dataset_dict.json"
_PATIENCE = 10.0  # seconds to wait for the hub before looking into the cache


def looks_like_hub_name(name: str) -> bool:
    """``owner/name`` or ``name``."""
    return _NAME.fullmatch(name) is not None


def is_saved(folder: Path) -> bool:
    """Whether ``Dataset.save_to_disk`` or that of a dictionary of splits wrote a folder."""
    single = all(paths.is_file(folder / f) for f in (_STATE, "dataset_info.json"))
    return single or paths.is_file(folder / _SPLITS)


def read_saved(folder: Path, config: DataConfig) -> Source:
    """A folder written by ``save_to_disk``.

    Raises:
        DataError: it is damaged, names files outside it, or has no such split.
    """
    import datasets

    try:
        _stays_inside(folder)
        with offline():
            return of_dataset(datasets.load_from_disk(str(folder)), config, str(config.path))
    except DataError:
        raise
    # The library checks nothing of the folder first: what is broken in it comes up as an error of JSON, of
    # Arrow, of the file system or of whatever reads a field that is not there.
    except Exception as error:
        raise DataError(
            f"the folder was written by save_to_disk and cannot be read ({_root(error)}). Save the "
            "data set again, or name a file.",
            path=config.path,
        ) from error


def _stays_inside(folder: Path) -> None:
    """Refuse descriptions that name files or splits elsewhere; the library would read them."""
    named: list[str] = []
    inner = [folder]
    if paths.is_file(folder / _SPLITS):
        splits = json.loads((folder / _SPLITS).read_text(encoding="utf-8"))["splits"]
        named += map(str, splits)
        inner = [folder / str(split) for split in splits]
    for place in inner:
        if paths.is_file(place / _STATE):
            files = json.loads((place / _STATE).read_text(encoding="utf-8"))["_data_files"]
            named += [str(file["filename"]) for file in files]
    for name in named:
        if Path(name).name != name or name in ("", "..") or "\\" in name:
            raise DataError(
                f"the data set names '{name[:80]}', which is not in this folder. Save it again.",
                path=str(folder),
            )


def read_hub(name: str, config: DataConfig, hint: str = "") -> Source:
    """A data set on the Hugging Face hub, or its copy in the local cache.

    Raises:
        DataError: it does not exist, cannot be reached, or has no such split.
    """
    problem = _unreachable(name)
    try:
        with offline() if problem else contextlib.nullcontext():
            return of_dataset(_load(name, config), config, name)
    except DataError:
        raise
    # Beside the errors that it documents, whatever its connection, its cache and its readers raise.
    except Exception as error:
        raise DataError(
            f"there is no such file or folder, and no data set of this name could be loaded from "
            f"the Hugging Face hub ({problem or _root(error)}).{hint} Check the name; where this "
            f"machine has no network, run `hf download {name} --repo-type dataset --local-dir "
            "FOLDER` elsewhere, copy the folder and name it.",
            path=name,
        ) from error


def _load(name: str, config: DataConfig) -> Any:
    """A hub name in the configuration asked for.

    Raises:
        DataError: it has several configurations, and none of them or another one is asked for.
    """
    import datasets

    try:
        return datasets.load_dataset(name, config.name)
    except ValueError:
        known = _configurations(name)
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


def _split(loaded: Any, config: DataConfig) -> tuple[Any, tuple[Notice, ...]]:
    """The split that is read, and what is said of the others."""
    import datasets

    if not isinstance(loaded, datasets.DatasetDict):
        return loaded, ()
    if config.split == ALL:
        return datasets.concatenate_datasets(list(loaded.values())), ()
    if config.split not in loaded:
        raise DataError(
            f"there is no split '{config.split}'; this data set has: {', '.join(loaded)}."
            f"{nearest(config.split, loaded)} Set data.split; {ALL} reads them all.",
            path=config.path,
        )
    rest = {name: len(part) for name, part in loaded.items() if name != config.split}
    if not rest:
        return loaded[config.split], ()
    named = ", ".join(f"{name} ({rows:,} rows)" for name, rows in rest.items())
    text = f"The split {config.split} is read, others are not: {named}. data.split chooses."
    return loaded[config.split], (Notice("data-splits-unread", text, Severity.INFO, len(rest)),)


def of_dataset(loaded: Any, config: DataConfig, name: str) -> Source:
    """A live data set, or the split that is read of a dictionary of them.

    Raises:
        DataError: it has no such split, or more rows than can be read.
    """
    dataset, notices = _split(loaded, config)
    limits.check_rows(len(dataset), name)
    features = dataset.features
    # Copied out of the memory-mapped cache, which is gone when this returns.
    table = dataset.with_format("arrow")[:].combine_chunks()
    about = json.dumps({"info": {"features": features.to_dict()}})  # the names of class labels
    table = table.replace_schema_metadata({"huggingface": about})
    return Source.of_table(name, "", table, notices=notices).hashed()


def _root(error: BaseException) -> str:
    """What lies at the bottom of a chain of errors, in one line."""
    while error.__cause__ is not None:
        error = error.__cause__
    return first_line(error, 200)
