"""Schema 1 of the run folder: names, columns, states."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

from paser_core.errors import SchemaError

SCHEMA = 1


class State(StrEnum):
    RUNNING = "running"
    FAILED = "failed"
    DONE = "done"


class Files(StrEnum):
    """Every file of a run folder."""

    MANIFEST = "manifest.json"
    SAMPLES = "samples.parquet"
    DIVERGENCE = "divergence.npy"
    TOKENS = "tokens.parquet"
    CLUSTERS = "clusters.parquet"
    MANIFOLD = "manifold.npz"
    CLUSTERING = "clustering.npz"
    EMBEDDINGS = "embeddings.npy"
    CONCEPTS = "concepts.npz"
    EVENTS = "events.jsonl"
    LAYOUT = "layout.npz"
    LOCK = ".lock"
    PARTS = ".parts"


_REQUIRED = ("config", "stages", "state", "version")

# Columns of samples.parquet that are ours; a user's column of that name gets the suffix `_user`.
OUR_COLUMNS = (
    "id",
    "instruction",
    "input",
    "output",
    "prompt_tokens",
    "response_tokens",
    "cluster",
    "membership",
    "x",
    "y",
    "x3",
    "y3",
    "z3",
    "concepts",
    "divergence",
    "problem",
)


def check_manifest(manifest: dict[str, Any], where: str) -> None:
    """Refuse a folder whose schema this version does not know.

    Raises:
        SchemaError: the schema is missing, older or newer, or the manifest lacks what it must have.
    """
    schema = manifest.get("schema")
    if schema == SCHEMA:
        missing = [key for key in _REQUIRED if key not in manifest]
        if missing:
            raise SchemaError(
                f"{where}: the manifest lacks {', '.join(missing)}, which schema {SCHEMA} has. Copy "
                "the whole folder again, or make the run again with `paser run`."
            )
        return
    if isinstance(schema, int) and schema > SCHEMA:
        raise SchemaError(
            f"{where}: this run has schema {schema}; this version reads schema {SCHEMA}. "
            "Update the workbench to open it."
        )
    raise SchemaError(
        f"{where}: this run has schema {schema!r}; this version reads schema {SCHEMA}. "
        "Make the run again with `paser run`."
    )
