"""Which run it is. Floats have no part in it.

A BLAS sums in another order with another number of threads, another processor or another alignment of
memory, so the last bits of a divergence differ from one making of a run to the next. Rounding does not
help: of a million values some always lie at a border. A run is therefore known by what determines it:
its data, config, weights, versions and seed. Whether its files are those that were written is another
question, which ``files`` in the manifest answers.
"""

from __future__ import annotations

import copy
import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from paser_core.config import Precision, determining
from paser_core.runs.schema import Files
from paser_core.workspace.files import digest_of
from paser_core.workspace.keys import digest_of_tree

_TEXTS = ("id", "instruction", "input", "output")
_AT_ONCE = 10_000  # rows that are Python objects at the same time
# Where things lie, how fast they are worked on, and where a reader starts: they determine nothing.
_NO_PART = (
    "data.path",
    "embedding.model",
    "embedding.precomputed",
    "embedding.batch_size",
    "models.original",
    "models.compressed",
    "models.device",
    "models.residency",
    "divergence.batch_tokens",
    "selection",
    "scores",
    "engine",
)
# The files that schema 1 hashed, whatever order the stages ran in.
_FIRST_ORDER = (
    Files.EMBEDDINGS,
    Files.MANIFOLD,
    Files.CLUSTERING,
    Files.LAYOUT,
    Files.CONCEPTS,
    Files.DIVERGENCE,
    Files.TOKENS,
    Files.SAMPLES,
    Files.CLUSTERS,
)
_NOT_OF_CLUSTERS = ("models", "divergence", "concepts")


def fingerprint_of(manifest: Mapping[str, Any]) -> str:
    """sha256 of what determines the run that a manifest describes."""
    models = manifest.get("models") or {}
    weights = {
        role: models[role]["fingerprint"] for role in ("original", "compressed") if role in models
    }
    config = determining_fields(as_encoded(manifest["config"], manifest))
    return digest_of_tree([_ground(manifest), config, weights])


def first_fingerprint(manifest: Mapping[str, Any], folder: Path) -> str | None:
    """The fingerprint of schema 1: a hash of the files. None where one cannot be read."""
    written = {f for stage in manifest["stages"].values() for f in stage["files"]}
    try:
        return digest_of([folder / name for name in _FIRST_ORDER if name in written])
    except OSError:
        return None


def clusters_print(manifest: Mapping[str, Any]) -> str:
    """sha256 of what determines the clusters. In a run of schema 1 its fingerprint."""
    if manifest["schema"] < 2:
        return str(manifest["fingerprint"])
    config = determining_fields(as_encoded(manifest["config"], manifest))
    for section in _NOT_OF_CLUSTERS:
        config.pop(section, None)
    return digest_of_tree(["clusters", _ground(manifest), config])


def samples_print(frame: pd.DataFrame) -> str:
    """sha256 over ids and texts, whatever their order."""
    ids = frame["id"].astype(str).tolist()
    order = sorted(range(len(ids)), key=ids.__getitem__)
    if len(set(ids)) < len(ids):  # of equal ids the texts decide
        rows = [*zip(*(frame[column].astype(str) for column in _TEXTS), strict=True)]
        order.sort(key=rows.__getitem__)
    # The digest of ["samples", rows in order], whose JSON would be all the data twice more.
    digest = hashlib.sha256(b'["samples", [')
    for start in range(0, len(order), _AT_ONCE):
        part = frame.iloc[order[start : start + _AT_ONCE]]
        texts = zip(*(part[column].astype(str).tolist() for column in _TEXTS), strict=True)
        told = json.dumps(list(texts))[1:-1]
        digest.update(f"{', ' if start else ''}{told}".encode())
    digest.update(b"]]")
    return digest.hexdigest()


def content_of(manifest: Mapping[str, Any]) -> str:
    """sha256 over the files as they were written. In a run of schema 1 its fingerprint."""
    files = manifest.get("files")
    if files is None:
        return str(manifest.get("fingerprint", ""))
    return digest_of_tree(sorted((name, entry["sha256"]) for name, entry in files.items()))


def _ground(manifest: Mapping[str, Any]) -> list[Any]:
    """What all stages stand on."""
    encoder = manifest.get("encoder") or {}
    return [
        manifest["schema"],
        manifest["version"],
        manifest.get("versions"),
        manifest["data"]["sha256"],
        encoder.get("fingerprint") or encoder.get("name"),
        manifest.get("vectors"),
    ]


def as_encoded(config: Mapping[str, Any], manifest: Mapping[str, Any]) -> dict[str, Any]:
    """A config tree with the precision that was used, where ``embedding.dtype`` left it to the machine."""
    used = (manifest.get("encoder") or {}).get("dtype")
    embedding = config.get("embedding", {})
    if used is None or embedding.get("dtype", Precision.AUTO) != Precision.AUTO:
        return dict(config)
    return {**config, "embedding": {**embedding, "dtype": used}}


def determining_fields(config: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of a config tree that determine a run, without those that only name a place."""
    kept = determining(copy.deepcopy(dict(config)))
    for name in _NO_PART:
        section, _, field = name.partition(".")
        if not field:
            kept.pop(section, None)
        elif isinstance(kept.get(section), dict):
            kept[section].pop(field, None)
    embedding = kept.get("embedding", {})
    if (
        embedding.get("dtype") == Precision.FLOAT32
    ):  # as all runs were that are older than the field
        del embedding["dtype"]
    if kept.get("models", {}).get("dtype") == "auto":  # the device chooses it then
        kept["models"]["device"] = config["models"].get("device")
    return kept
