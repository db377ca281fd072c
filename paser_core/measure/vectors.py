"""Vectors that the user brought: which file or column ``embedding.precomputed`` names, and reading it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from paser_core.config import EmbeddingConfig
from paser_core.errors import DataError
from paser_core.workspace.files import digest_of

_ENDING = ".npy"


def vectors_column(config: EmbeddingConfig) -> str | None:
    """The column of the data that holds the vectors, if it is a column that does."""
    source = config.precomputed
    return None if source is None or source.endswith(_ENDING) else source


def vectors_file(config: EmbeddingConfig) -> Path | None:
    """The file that holds the vectors, if it is a file that does.

    Raises:
        DataError: it lies in the home folder of somebody who is not known here.
    """
    source = config.precomputed
    if source is None or not source.endswith(_ENDING):
        return None
    try:
        return Path(source).expanduser()
    except RuntimeError:
        raise DataError(
            "there is no such home folder. Give embedding.precomputed as an absolute path.",
            path=source,
        ) from None


def vectors_print(config: EmbeddingConfig) -> str | None:
    """sha256 of the file of vectors; None where the data or the encoder brings them.

    Raises:
        DataError: the file is not there, or cannot be read.
    """
    path = vectors_file(config)
    if path is None:
        return None
    try:
        return digest_of([path])
    except OSError as error:
        raise _unreadable(path, error) from None


def read_vectors(path: Path, *, mapped: bool = False) -> NDArray[Any]:
    """The one array in a ``.npy`` file, of whatever shape; ``mapped``: its numbers are not read yet.

    Raises:
        DataError: the file is not there, or holds no single array.
    """
    try:
        array = np.load(path, mmap_mode="r" if mapped else None, allow_pickle=False)
    except OSError as error:
        raise _unreadable(path, error) from None
    except (ValueError, EOFError) as error:
        what = "it is empty" if isinstance(error, EOFError) else str(error)
        raise DataError(
            f"this is not a .npy array ({what}). Write it with numpy.save, a row for each sample.",
            path=str(path),
        ) from error
    if not isinstance(array, np.ndarray):  # an archive with the wrong ending
        raise DataError(
            "this is an archive of several arrays, not a .npy array. Write the vectors alone with "
            "numpy.save, a row for each sample.",
            path=str(path),
        )
    return array


def _unreadable(path: Path, error: OSError) -> DataError:
    said = (
        "there is no such file of embeddings"
        if isinstance(error, FileNotFoundError)
        else f"the embeddings cannot be read ({error.strerror or error})"
    )
    return DataError(
        f"{said}. Set embedding.precomputed to a .npy file with a row for each sample, or to null "
        "to compute embeddings here.",
        path=str(path),
    )
