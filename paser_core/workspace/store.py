"""Writing a folder so that a kill at any moment leaves it resumable and never corrupt.

One process at a time may write (:mod:`lock`). What counts as finished is what the manifest of the
folder says (:mod:`checkpoints`), and that is written last.
"""

from __future__ import annotations

import io
import json
import logging
import os
import shutil
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from paser_core.errors import RunError
from paser_core.workspace import paths
from paser_core.workspace.files import Hashed, digest_of_file, disk_errors, write_hashed
from paser_core.workspace.reading import load_arrays, reading

PARTS = ".parts"  # what is done of the work at hand; it goes when the work is finished

logger = logging.getLogger(__name__)


class Store:
    """Writes into one folder, atomically."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        # Of every file written: what was meant to be there, not what the disk gives back.
        self.written: dict[str, dict[str, Any]] = {}

    def path(self, name: str) -> Path:
        """Where a file of the folder is."""
        return self.folder / name

    def write(self, name: str, content: bytes | memoryview) -> None:
        """Replace a file by ``content``, and remember what was meant to be in it."""
        self._fill(name, lambda file: file.write(content))

    def _fill(self, name: str, fill: Callable[[Hashed], Any]) -> None:
        target = self.path(name)
        with disk_errors(target):
            self.written[name] = write_hashed(target, fill)

    def write_json(self, name: str, tree: Any) -> None:
        """JSON with an indent, for people and programs."""
        self.write(name, (json.dumps(tree, indent=2, ensure_ascii=False) + "\n").encode())

    def write_array(self, name: str, array: NDArray[Any]) -> None:
        """One array as ``.npy``."""
        self._fill(name, lambda file: np.save(file, array, allow_pickle=False))

    def write_arrays(self, name: str, arrays: Mapping[str, NDArray[Any]]) -> None:
        """Several arrays as ``.npz`` (without pickle); equal arrays give equal bytes."""
        buffer = io.BytesIO()  # a zip archive goes back to write how long its members are
        np.savez(buffer, allow_pickle=False, **dict(arrays))
        self.write(name, buffer.getbuffer())

    def write_table(self, name: str, table: pa.Table, rows_a_group: int | None = None) -> None:
        """One table as parquet; a reader reads a group of rows at the least."""
        self._fill(
            name,
            lambda file: pq.write_table(
                table, file, compression="zstd", row_group_size=rows_a_group
            ),
        )

    def write_tables(
        self, name: str, schema: pa.Schema, tables: Iterable[pa.Table], rows_a_group: int
    ) -> None:
        """One table that comes in parts, each of whole groups of rows but the last.

        Args:
            name: of the file.
            schema: of every part.
            tables: the parts.
            rows_a_group: what a reader reads at the least.
        """

        def fill(file: Hashed) -> None:
            with pq.ParquetWriter(file, schema, compression="zstd") as writer:
                for table in tables:
                    writer.write_table(table, row_group_size=rows_a_group)

        self._fill(name, fill)

    def write_batches(
        self, name: str, schema: pa.Schema, batches: Iterable[pa.RecordBatch]
    ) -> None:
        """One table that is only ever read from its start to its end, as a stream of Arrow."""

        def fill(file: Hashed) -> None:
            options = pa.ipc.IpcWriteOptions(compression="zstd")
            with pa.ipc.new_stream(file, schema, options=options) as writer:
                for batch in batches:
                    writer.write_batch(batch)

        self._fill(name, fill)

    def read_arrays(self, name: str) -> dict[str, NDArray[Any]]:
        """All arrays of an ``.npz`` file.

        Raises:
            RunError: it cannot be read.
        """
        with reading(self.path(name)):
            return load_arrays(self.path(name))

    def part(
        self, name: str, fits: Callable[[Mapping[str, NDArray[Any]]], bool]
    ) -> dict[str, NDArray[Any]] | None:
        """The arrays of a file that an earlier start left behind; None where it has to be made.

        One that was cut short, or does not hold what it should, is taken away.
        """
        path = self.path(name)
        try:
            arrays = self.read_arrays(name)
            if fits(arrays):
                return arrays
        except (RunError, KeyError):
            if not os.path.lexists(path):
                return None
        logger.warning("%s is damaged and is made again", path)
        with disk_errors(path):
            shutil.rmtree(path) if paths.is_folder(path) else path.unlink(missing_ok=True)
        return None

    def is_intact(self, name: str, recorded: Mapping[str, Any] | None) -> bool:
        """Whether a file is the one that was written, to the last byte."""
        try:
            return recorded is not None and digest_of_file(self.path(name)) == dict(recorded)
        except OSError:
            return False
