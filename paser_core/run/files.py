"""Reading the files of a run folder; a damaged one is one sentence."""

from __future__ import annotations

import contextlib
import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from paser_core.errors import RunError


def read_table(path: Path, columns: Sequence[str] | None = None) -> pd.DataFrame:
    """A parquet file, or a few of its columns."""
    frame: pd.DataFrame = open_table(path, columns).to_pandas()
    return frame


def open_table(path: Path, columns: Sequence[str] | None = None) -> Any:
    """The same as a pyarrow table, whose rows become Python objects only when asked for."""
    with reading(path):
        return pq.read_table(path, columns=None if columns is None else list(columns))


def read_arrays(path: Path) -> dict[str, NDArray[Any]]:
    """All arrays of an ``.npz`` file."""
    with reading(path), np.load(path, allow_pickle=False) as file:
        return {key: file[key] for key in file.files}


def map_array(path: Path) -> NDArray[np.float32]:
    """An ``.npy`` file, memory-mapped."""
    with reading(path):
        array: NDArray[np.float32] = np.load(path, mmap_mode="r", allow_pickle=False)
    return array


@contextlib.contextmanager
def reading(path: Path) -> Iterator[None]:
    """Whatever a missing or damaged file raises becomes one sentence."""
    try:
        yield
    except (OSError, ValueError, EOFError, zipfile.BadZipFile, pa.ArrowException) as error:
        raise RunError(
            f"{path}: this file of the run is missing or damaged ({error}). Copy the whole folder "
            "again, or make the run again with `paser run`."
        ) from error
