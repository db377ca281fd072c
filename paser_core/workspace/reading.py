"""Reading files that may be damaged: whatever is raised becomes one sentence."""

from __future__ import annotations

import contextlib
import tokenize
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from paser_core.errors import RunError

_UNREADABLE = (
    OSError,
    ValueError,
    KeyError,  # a zip archive names a member that it does not have
    EOFError,
    NotImplementedError,  # a zip archive of another kind than ours
    RuntimeError,  # a member that is said to be encrypted; also what is nested too deeply
    SyntaxError,  # the header of an array is a literal of Python
    TypeError,
    tokenize.TokenError,
    OverflowError,
    MemoryError,  # lengths that nothing has
    zipfile.BadZipFile,
    pa.ArrowException,
)


AGAIN = "start the command that made it once more with the same --out: it makes this file again"


@contextlib.contextmanager
def reading(path: Path, again: str = AGAIN) -> Iterator[None]:
    """Whatever a missing or damaged file raises becomes one sentence.

    ``again`` says how it is made again.
    """
    try:
        yield
    except _UNREADABLE as error:
        said = getattr(error, "strerror", None) or " ".join(str(error).split())
        raise RunError(
            f"{path}: this file is missing or damaged ({(said or type(error).__name__)[:300]}). "
            f"Copy the whole folder again, or {again}."
        ) from error


def load_arrays(source: Any) -> dict[str, NDArray[Any]]:
    """All arrays of an ``.npz`` file, given as a path or an open file."""
    with np.load(source, allow_pickle=False) as file:
        return {key: file[key] for key in file.files}
