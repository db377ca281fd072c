"""Reading the files of a run folder; a damaged one is one sentence.

A file is read, never mapped: whoever copies another file over a mapped one kills the process that looks
at it. What was read is compared with the size and the sha256 that the
manifest has, once for every state of the file, and with what its place in the run allows
(:mod:`contents`).
"""

from __future__ import annotations

import hashlib
import io
import os
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from paser_core.errors import RunError
from paser_core.runs.checking import (
    Lengths,
    UnexpectedError,
    check_arrays,
    check_columns,
    check_header,
    check_schema,
)
from paser_core.runs.groups import LastRead, group_starts
from paser_core.runs.schema import Files
from paser_core.workspace import paths
from paser_core.workspace.reading import load_arrays
from paser_core.workspace.reading import reading as reading_file

_ROWS, _BYTES = 1 << 13, 1 << 25  # looked at together
_Header = tuple[tuple[int, ...], np.dtype[Any]]
_HEADERS = {
    (1, 0): np.lib.format.read_array_header_1_0,
    (2, 0): np.lib.format.read_array_header_2_0,
}


@dataclass
class RunFiles:
    """The files of one run, read and checked. Threads may share it: what is kept is only replaced."""

    folder: Path
    recorded: Mapping[str, Mapping[str, Any]]  # name -> size and sha256; empty in schema 1
    lengths: Lengths = field(default_factory=Lengths)
    _seen: dict[str, tuple[int, ...]] = field(
        default_factory=dict
    )  # state of a file known to be good
    _groups: LastRead = field(default_factory=LastRead)

    def check_all(self, names: Sequence[str]) -> None:
        """Size, format and header of every file: fast, whatever the size of the run.

        Raises:
            RunError: a file is missing, or is not what the manifest says.
        """
        missing = [name for name in names if not paths.is_file(self.folder / name)]
        if missing:
            raise RunError(
                f"{self.folder}: the run folder is incomplete; {', '.join(missing)} is missing. "
                "Copy the whole folder again, or start `paser run` with the same config and --out: "
                "it makes what is missing."
            )
        # Clusters first: their number is what labels are compared with.
        for name in sorted(names, key=lambda name: name != Files.CLUSTERS):
            with reading(self.folder / name), (self.folder / name).open("rb") as file:
                self._check_size(name, os.fstat(file.fileno()).st_size)
                self._check_head(name, file)

    def columns(self, name: str) -> list[str]:
        """The names of the columns of a parquet file."""
        with reading(self.folder / name), (self.folder / name).open("rb") as file:
            names: list[str] = pq.read_schema(file).names
        return names

    def check_content(self, name: str) -> None:
        """Every byte of a file, and what it says.

        Raises:
            RunError: it is not the file that was written.
        """
        self._seen.pop(name, None)
        if name.endswith(".npz"):
            self.arrays(name)
        elif name == Files.CLUSTERS:  # whose rows are counted
            self.open_table(name)
        elif name.endswith((".parquet", ".npy")):
            with reading(self.folder / name), (self.folder / name).open("rb") as file:
                self._check_digest(name, file)
                (self._check_rows if name.endswith(".parquet") else self._check_values)(name, file)
        else:
            self._bytes(name)

    def _check_digest(self, name: str, file: Any) -> tuple[int, ...]:
        """A file as large as a run's may be is not held to be looked at. Returns its state."""
        state = os.fstat(file.fileno())
        self._check_size(name, state.st_size)
        recorded = self.recorded.get(name)
        now = (state.st_ino, state.st_size, state.st_mtime_ns)
        if recorded is not None and self._seen.get(name) != now:
            self._compare(hashlib.file_digest(file, "sha256").hexdigest(), recorded)
            self._seen[name] = now
        file.seek(0)
        return now

    def _opened(self, name: str, file: Any) -> pq.ParquetFile:
        found = pq.ParquetFile(file)
        check_schema(name, found.schema_arrow, found.metadata.num_rows, self.lengths)
        return found

    def _check_rows(self, name: str, file: Any) -> None:
        for batch in self._opened(name, file).iter_batches(_ROWS, use_threads=False):
            part = pa.Table.from_batches([batch])
            part.validate(full=True)
            check_columns(name, part, self.lengths)

    def _check_values(self, name: str, file: Any) -> None:
        shape, dtype = _header(file, os.fstat(file.fileno()).st_size)
        check_header(name, {"": (shape, dtype)}, self.lengths)
        while len(part := np.frombuffer(file.read(_BYTES), dtype)):
            check_arrays(name, {"": part}, self.lengths)

    def table(self, name: str, columns: Sequence[str] | None = None) -> pd.DataFrame:
        """A parquet file, or a few of its columns."""
        read = self.open_table(name, columns)
        with reading(self.folder / name):
            frame: pd.DataFrame = read.to_pandas()
        return frame

    def open_table(self, name: str, columns: Sequence[str] | None = None) -> Any:
        """The same as a pyarrow table, whose rows become Python objects only when asked for."""
        with reading(self.folder / name), (self.folder / name).open("rb") as file:
            self._check_digest(name, file)
            read = self._opened(name, file).read(None if columns is None else list(columns))
            read.validate(full=True)
            check_columns(name, read, self.lengths)
        return read

    def rows(self, name: str, columns: Sequence[str], numbers: NDArray[np.int64]) -> Any:
        """Some rows of a parquet file in the order given, as a pyarrow table, out of their groups.

        Args:
            name: of the file.
            columns: that are read.
            numbers: ``(m,)`` row numbers.
        """
        order = np.argsort(numbers, kind="stable")
        with reading(self.folder / name), (self.folder / name).open("rb") as file:
            state = self._check_digest(name, file)
            found = self._opened(name, file)
            starts = group_starts(found)
            bounds = np.searchsorted(numbers[order], starts)
            schema = found.schema_arrow.empty_table().select(columns).schema
            parts = [schema.empty_table()]
            for group in np.flatnonzero(np.diff(bounds)).tolist():
                whole = [self._column(name, state, found, group, column) for column in columns]
                inside = numbers[order[bounds[group] : bounds[group + 1]]] - starts[group]
                parts.append(pa.Table.from_arrays([c.take(inside) for c in whole], schema=schema))
            return pa.concat_tables(parts).combine_chunks().take(np.argsort(order))

    def _column(
        self, name: str, state: tuple[int, ...], found: pq.ParquetFile, group: int, column: str
    ) -> Any:
        """One column of one group, checked when it is read."""

        def read() -> Any:
            part = found.read_row_group(group, [column], use_threads=False).select([column])
            part.validate(full=True)
            check_columns(name, part, self.lengths)
            return part.column(0).combine_chunks()

        return self._groups.get((name, state, group, column), read)

    def batches(self, name: str) -> Iterator[pa.RecordBatch]:
        """The rows of a stream of Arrow, some thousands at a time, and never all of them."""
        with reading(self.folder / name), (self.folder / name).open("rb") as file:
            self._check_digest(name, file)
            yield from pa.ipc.open_stream(file)

    def blocks(self, name: str) -> Iterator[NDArray[np.float32]]:
        """The rows of an ``.npy`` file with a matrix, some megabytes at a time, and never all of them."""
        with reading(self.folder / name), (self.folder / name).open("rb") as file:
            known = name in self._seen
            self._check_digest(name, file)
            shape, dtype = _header(file, os.fstat(file.fileno()).st_size)
            check_header(name, {"": (shape, dtype)}, self.lengths)
            step = max(_BYTES // (shape[1] * dtype.itemsize), 1) * shape[1] * dtype.itemsize
            while len(part := np.frombuffer(file.read(step), dtype)):
                if not known:  # then its digest tells that they are what was looked at
                    check_arrays(name, {"": part}, self.lengths)
                yield part.reshape(-1, shape[1])

    def matrix_rows(self, name: str, numbers: NDArray[np.int64]) -> NDArray[np.float32]:
        """Some rows of such a file, in the order given."""
        with reading(self.folder / name), (self.folder / name).open("rb") as file:
            self._check_digest(name, file)
            shape, dtype = _header(file, os.fstat(file.fileno()).st_size)
            check_header(name, {"": (shape, dtype)}, self.lengths)
            begin, width, parts = file.tell(), shape[1] * dtype.itemsize, []
            for number in numbers.tolist():
                file.seek(begin + number * width)
                parts.append(file.read(width))
            array = np.frombuffer(b"".join(parts), dtype).reshape(len(numbers), shape[1])
            check_arrays(name, {"": array}, self.lengths)
        return array

    def parts_of(self, name: str, column: str, most: int) -> Any:
        """One column of a parquet file, of ``most`` groups at even distances where there are more."""
        with reading(self.folder / name), (self.folder / name).open("rb") as file:
            self._check_digest(name, file)
            found = self._opened(name, file)
            count = found.num_row_groups
            groups = np.unique(np.linspace(0, count - 1, min(most, count)).round().astype(int))
            read = found.read_row_groups(groups.tolist(), [column])
            read.validate(full=True)
            check_columns(name, read, self.lengths)
            return read.column(column)

    def arrays(self, name: str) -> dict[str, NDArray[Any]]:
        """All arrays of an ``.npz`` file."""
        with reading(self.folder / name):
            content = io.BytesIO(self._bytes(name))
            check_header(name, _headers(content), self.lengths)
            arrays = load_arrays(content)
            check_arrays(name, arrays, self.lengths)
        return arrays

    def array(self, name: str) -> NDArray[np.float32]:
        """The array of an ``.npy`` file, not to be written to."""
        with reading(self.folder / name):
            content = self._bytes(name)
            check_header(name, {"": _header(io.BytesIO(content), len(content))}, self.lengths)
            array: NDArray[np.float32] = np.load(io.BytesIO(content), allow_pickle=False)
            check_arrays(name, {"": array}, self.lengths)
        array.flags.writeable = False  # everybody gets the same one
        return array

    def _bytes(self, name: str) -> bytes:
        path = self.folder / name
        with path.open("rb") as file:
            state = os.fstat(file.fileno())
            content = file.read()
        self._check_size(name, len(content))
        now = (state.st_ino, state.st_size, state.st_mtime_ns)
        recorded = self.recorded.get(name)
        if recorded is not None and self._seen.get(name) != now:
            self._compare(hashlib.sha256(content).hexdigest(), recorded)
            self._seen[name] = now
        return content

    @staticmethod
    def _compare(digest: str, recorded: Mapping[str, Any]) -> None:
        if digest != recorded["sha256"]:
            raise UnexpectedError("its content is not what was written (sha256 differs)")

    def _check_size(self, name: str, size: int) -> None:
        recorded = self.recorded.get(name)
        if recorded is not None and recorded["size"] != size:
            raise UnexpectedError(f"it has {size:,} bytes, and {recorded['size']:,} were written")

    def _check_head(self, name: str, file: Any) -> None:
        if name.endswith(".parquet"):
            self._opened(name, file)
        elif name.endswith(".npz"):
            check_header(name, _headers(file), self.lengths)
        elif name.endswith(".npy"):
            size = os.fstat(file.fileno()).st_size
            check_header(name, {"": _header(file, size)}, self.lengths)


# Whatever a missing or damaged file of a run raises becomes one sentence.
reading = partial(
    reading_file,
    again="start `paser run` with the same config and --out: it makes this file again",
)


def _headers(file: Any) -> dict[str, _Header]:
    """Type and shape of every array in an ``.npz`` file."""
    found = {}
    with zipfile.ZipFile(file) as archive:
        for member in archive.infolist():
            if member.compress_type != zipfile.ZIP_STORED:  # what we write; the size cannot lie
                raise UnexpectedError(f"{member.filename} is compressed")
            with archive.open(member) as stream:
                name = member.filename.removesuffix(".npy")
                found[name] = _header(stream, member.file_size)
    if hasattr(file, "seek"):
        file.seek(0)
    return found


def _header(stream: Any, size: int) -> _Header:
    """Type and shape of an array; leaves the stream where its values begin."""
    version = np.lib.format.read_magic(stream)
    if version not in _HEADERS:
        raise UnexpectedError(f"its format is {version}")
    shape, _, dtype = _HEADERS[version](stream)
    values = int(np.prod([int(length) for length in shape], dtype=object)) if shape else 1
    if dtype.hasobject or stream.tell() + values * dtype.itemsize != size:
        raise UnexpectedError("its length does not fit its header")
    return shape, dtype
