"""``manifest.json``: what it must have, and reading it. What was read here is trusted elsewhere."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from paser_core.errors import RunError, SchemaError
from paser_core.notices import Severity
from paser_core.runs.discovery import discover
from paser_core.runs.schema import READABLE, SCHEMA, Files
from paser_core.runs.shapes import (
    DIGEST,
    FILE_NAME,
    OBJECT,
    TEXT,
    Fields,
    Kind,
    ListOf,
    MapOf,
    OrNull,
    Wrong,
    number,
    one_of,
    whole,
)
from paser_core.workspace.checkpoints import State
from paser_core.workspace.kinds import kind_of, told

_AGAIN = "make the run again with `paser run` and another --out"
AGAIN = f"Copy the whole folder again, or {_AGAIN}."
_MOST_BYTES = 64 * 2**20  # a manifest has some kilobytes; the rest is no manifest
_MOST_DEEP = 50

_MODEL = Fields({"name": TEXT, "fingerprint": TEXT})
_NOTICE = Fields(
    {"code": TEXT, "text": TEXT},
    {
        "severity": one_of(Severity),
        "count": OrNull(whole(0)),
        "total": OrNull(whole(0)),
    },
)
_DATA = Fields({"source": TEXT, "sha256": TEXT}, {"samples": DIGEST})
_ANY_STATE = Fields(
    {
        "state": one_of(State),
        "version": TEXT,
        "config": Fields({"models": Fields({}, {"original": OrNull(TEXT)})}),
        "stages": MapOf(
            Fields(
                {"key": TEXT, "files": ListOf(FILE_NAME), "seconds": number(0)},
                {"inputs": OBJECT},
            ),
        ),
    },
    {
        "versions": MapOf(TEXT),
        "data": _DATA,
        "n_samples": whole(1),
        "user_columns": ListOf(TEXT, distinct=True),
        "encoder": Fields({"name": TEXT, "fingerprint": OrNull(TEXT)}, {"dtype": TEXT}),
        "vectors": OrNull(TEXT),
        "temperatures": ListOf(number(0.01, 100), distinct=True),
        "models": Fields(
            {"original": _MODEL, "compressed": _MODEL},
            {"template": TEXT, "notes": ListOf(TEXT)},
        ),
        "notices": MapOf(ListOf(_NOTICE)),
        "counts": MapOf(whole(0)),
        "error": TEXT,
        "fingerprint": TEXT,
        "formerly": ListOf(TEXT),
    },
)
# What a finished run has; the kinds are those above.
_DONE = Fields(
    {
        name: _ANY_STATE.optional[name]
        for name in ("fingerprint", "n_samples", "user_columns", "data")
    }
)
# Of schema 2 on: which bytes a stage wrote.
_FILES = Fields({"files": MapOf(Fields({"size": whole(0), "sha256": DIGEST}))})


def read_manifest(path: Path) -> dict[str, Any]:
    """The manifest of a run folder in any state.

    Raises:
        RunError: the folder or its manifest does not exist, cannot be read or is not JSON.
        SchemaError: it was written with another schema, or is not what the schema says.
    """
    file = path / Files.MANIFEST
    kind = kind_of(path)
    if kind is not None:
        raise RunError(
            f"{path}: this is {told(kind)}, not a run. Name the folder that `paser run` wrote with --out."
        )
    try:
        size = file.stat().st_size
        content = file.read_bytes() if size <= _MOST_BYTES else b""
    except (FileNotFoundError, NotADirectoryError):
        inside = [p.name for p in discover(path)]
        hint = (
            f"It contains runs, though: {', '.join(inside[:5])}."
            if inside
            else "Make one with: paser run CONFIG --out RUN"
        )
        raise RunError(
            f"{path}: this is not a run folder (it has no manifest.json). {hint}"
        ) from None
    except (OSError, ValueError) as error:
        said = getattr(error, "strerror", None) or error
        raise RunError(
            f"{file}: the manifest cannot be read ({said}). Give yourself the right to read it, or "
            "copy the whole folder again."
        ) from None
    try:
        manifest = json.loads(content.decode("utf-8"))
    except (ValueError, RecursionError) as error:
        said = "it is nested too deeply" if isinstance(error, RecursionError) else error
        raise RunError(
            f"{file}: the manifest is damaged and cannot be read ({said}). {AGAIN}"
        ) from None
    if not isinstance(manifest, dict):
        raise RunError(f"{file}: the manifest is not a JSON object. {AGAIN}")
    check_manifest(manifest, str(path))
    return manifest


def check_manifest(manifest: dict[str, Any], where: str) -> None:
    """Refuse a manifest that is not what its schema says.

    Raises:
        SchemaError: the schema is missing, older or newer, or a field is missing or wrong.
    """
    _check_schema(manifest, where)
    _check(_ANY_STATE, manifest, where)
    if manifest["schema"] > 1:
        _check(_FILES, manifest, where)
        for stage in manifest["stages"].values():
            for file in stage["files"]:
                if file not in manifest["files"]:
                    raise _refused(manifest, Wrong(f"files.{file}", None, "", missing=True), where)
    if manifest["state"] == State.DONE:
        _check(_DONE, manifest, where)
        if manifest.get("models") and len(manifest.get("temperatures") or ()) < 2:
            raise _refused(
                manifest,
                Wrong("temperatures", manifest.get("temperatures"), "at least 2 numbers"),
                where,
            )


def _check_schema(manifest: dict[str, Any], where: str) -> None:
    readable = " and ".join(map(str, READABLE))
    reads = f"this version reads schema {readable}"
    if "schema" not in manifest:
        raise SchemaError(f"{where}: the manifest names no schema; {reads}. {AGAIN}")
    schema = manifest["schema"]
    is_whole = type(schema) is int  # in Python True is 1 as well
    if is_whole and schema > SCHEMA:
        raise SchemaError(
            f"{where}: this run has schema {schema}; {reads}. Update the workbench to open it."
        )
    if not is_whole or schema not in READABLE:
        raise SchemaError(
            f"{where}: this run has schema {_shown(schema)}; {reads}. "
            f"{_AGAIN[0].upper()}{_AGAIN[1:]}."
        )


def _check(kind: Kind, manifest: Mapping[str, Any], where: str) -> None:
    try:
        wrong = kind.wrong(manifest)
    except RecursionError:
        wrong = Wrong("", "…", "an object")
    if wrong is not None:
        raise _refused(manifest, wrong, where)


def _refused(manifest: Mapping[str, Any], wrong: Wrong, where: str) -> SchemaError:
    schema = manifest["schema"]
    if wrong.missing:
        said = f"the manifest lacks {wrong.where}, which schema {schema} has"
    else:
        found = _shown(wrong.found)
        said = (
            f"{wrong.where} in the manifest is {found}; schema {schema} has {wrong.expected} there"
        )
    return SchemaError(f"{where}: {said}. {AGAIN}")


def _shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 80 else f"{text[:79]}…"
