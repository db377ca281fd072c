"""Schema 1 of the run folder: names, columns, states."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from types import UnionType
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
    ORIGINALS = "originals.parquet"
    LOCK = ".lock"
    PARTS = ".parts"


_Kind = type | UnionType
# What readers take for granted, with the type that it has.
_REQUIRED: Mapping[str, _Kind] = {"config": dict, "stages": dict, "state": str, "version": str}
_OF_A_STAGE: Mapping[str, _Kind] = {"key": str, "files": list, "seconds": int | float}
_OF_A_FINISHED_RUN: Mapping[str, _Kind] = {
    "fingerprint": str,
    "n_samples": int,
    "user_columns": list,
}
_JSON_NAMES: Mapping[_Kind, str] = {
    dict: "an object",
    list: "a list",
    str: "text",
    int: "a whole number",
    int | float: "a number",
}
_AGAIN = "make the run again with `paser run` and another --out"

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
    if "schema" not in manifest:
        raise SchemaError(
            f"{where}: the manifest names no schema; this version reads schema {SCHEMA}. Copy the "
            f"whole folder again, or {_AGAIN}."
        )
    schema = manifest["schema"]
    whole = type(schema) is int  # in Python True is 1 as well
    if whole and schema > SCHEMA:
        raise SchemaError(
            f"{where}: this run has schema {schema}; this version reads schema {SCHEMA}. "
            "Update the workbench to open it."
        )
    if not whole or schema < SCHEMA:
        raise SchemaError(
            f"{where}: this run has schema {schema!r}; this version reads schema {SCHEMA}. "
            f"{_AGAIN.capitalize()}."
        )
    _check_fields(manifest, _REQUIRED, "", where)
    _check_fields(manifest["config"], {"models": dict}, "config.", where)
    for name, stage in manifest["stages"].items():
        _check_fields(manifest["stages"], {name: dict}, "stages.", where)
        _check_fields(stage, _OF_A_STAGE, f"stages.{name}.", where)
    if manifest["state"] == State.DONE:
        _check_fields(manifest, _OF_A_FINISHED_RUN, "", where)


def _check_fields(
    tree: Mapping[str, Any], fields: Mapping[str, _Kind], inside: str, where: str
) -> None:
    """Refuse a part of the manifest that lacks one of these fields, or has it with another type."""
    missing = [f"{inside}{name}" for name in fields if name not in tree]
    if missing:
        raise SchemaError(
            f"{where}: the manifest lacks {', '.join(missing)}, which schema {SCHEMA} has. Copy "
            f"the whole folder again, or {_AGAIN}."
        )
    for name, kind in fields.items():
        value = tree[name]
        if not isinstance(value, kind) or isinstance(value, bool):
            raise SchemaError(
                f"{where}: {inside}{name} in the manifest is {str(value)[:80]!r}; schema {SCHEMA} "
                f"has {_JSON_NAMES[kind]} there. Copy the whole folder again, or {_AGAIN}."
            )
