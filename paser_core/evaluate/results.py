"""What an evaluation folder holds, read without the libraries that made it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from paser_core.errors import RunError
from paser_core.workspace import paths
from paser_core.workspace.checkpoints import MANIFEST, State
from paser_core.workspace.keys import key_of
from paser_core.workspace.kinds import FolderKind
from paser_core.workspace.reading import reading

KIND = FolderKind.EVALUATION
RESULTS, ITEMS = "results.json", "items.parquet"


def read_results(folder: Path) -> dict[str, Any]:
    """``results.json`` of a finished evaluation.

    Raises:
        RunError: there is none, it is not finished, or it cannot be read.
    """
    if not paths.is_file(folder / MANIFEST):
        raise RunError(
            f"{folder}: there is no evaluation in this folder. Name one that was made with "
            "paser evaluate MODEL --out DIR."
        )
    manifest = read_json(folder / MANIFEST)
    if manifest.get("kind") != KIND:
        raise RunError(f"{folder}: this is no evaluation. Name the --out of paser evaluate.")
    if manifest.get("state") != State.DONE:
        raise RunError(
            f"{folder}: this evaluation is not finished. Start the command that made it again; it "
            "resumes."
        )
    return read_json(folder / RESULTS)


def is_finished(folder: Path) -> bool:
    """Whether :func:`read_results` finds an evaluation here that is no longer in work.

    Raises:
        RunError: its manifest cannot be read.
    """
    place = folder / MANIFEST
    return paths.is_file(place) and read_json(place).get("state") == State.DONE


def read_items(folder: Path) -> pa.Table:
    """``items.parquet`` of an evaluation: a row for each item, by task and id.

    Raises:
        RunError: it cannot be read.
    """
    with reading(folder / ITEMS):
        return pq.read_table(folder / ITEMS)


def read_json(path: Path) -> dict[str, Any]:
    """An object out of a file.

    Raises:
        RunError: it cannot be read, or is none.
    """
    with reading(path):
        tree = json.loads(path.read_text(encoding="utf-8"))
        if not isinstance(tree, dict):
            raise ValueError("it is not an object")
        return tree


def step_of(spec: str) -> str:
    """The name of the step that measures a task: letters, digits and marks, unlike any other's.

    >>> step_of("demo"), step_of("ppl:texts/wiki.txt")
    ('demo', 'ppl-wiki-txt-a9f1e8')
    """
    name, _, argument = spec.partition(":")
    if not argument:
        return name
    kept = "".join(c if c.isalnum() and c.isascii() else "-" for c in Path(argument).name)
    return f"{name}-{kept[:40]}-{key_of(argument)[:6]}"
