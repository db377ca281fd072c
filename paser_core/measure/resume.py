"""What a run folder is bound to, and what determines the stages in it.

A folder is bound to its data and, once they were measured, to its models: those it refuses to change.
Everything else is an option. It is one of the facts that a stage's key is made of, and where it has
changed the stage is made again, with those after it (:mod:`paser_core.workspace.checkpoints`).
"""

from __future__ import annotations

import importlib.metadata
import platform
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from paser_core import __version__
from paser_core.config import ClusteringConfig, EmbeddingConfig, RunConfig, parse_config, to_tree
from paser_core.errors import ConfigError, DataError, RunError
from paser_core.measure.plan import TEXTS, stages_of
from paser_core.measure.vectors import vectors_print
from paser_core.runs import SCHEMA, Files, read_manifest
from paser_core.runs.identity import as_encoded, determining_fields, first_fingerprint
from paser_core.workspace import paths
from paser_core.workspace.checkpoints import VERSION, State, adopt
from paser_core.workspace.keys import key_of

_LIBRARIES = ("numpy", "scipy", "scikit-learn", "torch", "transformers", "umap-learn")
_ROLES = ("original", "compressed")
_OPTIONS_OF_DATA = ("path", "language")  # the others say which rows are read, and as what

Fingerprint = Callable[[str], str | None]


def open_folder(
    config: RunConfig, out: Path, fingerprint: Fingerprint, again: Sequence[str] = ()
) -> dict[str, Any]:
    """The manifest to go on with: a new one, or that of the run in the folder.

    Args:
        config: what to run.
        out: the folder; it exists.
        fingerprint: that of the weights behind a name; None where they are not at hand.
        again: stages that count as not made.

    Raises:
        RunError: the folder holds something else, or a run on other data or with other models.
        SchemaError: the run has a schema that is not read.
    """
    tree = to_tree(config)
    if not paths.exists(out / Files.MANIFEST):
        foreign = sorted(p.name for p in out.iterdir() if not p.name.startswith("."))
        if foreign:
            raise RunError(
                f"{out}: the folder is not empty and holds no run ({', '.join(foreign[:3])}). Give "
                "an empty or a new folder with --out."
            )
        return _begun(tree)
    manifest = read_manifest(out)
    _check_bound(manifest, config, fingerprint, out)
    before = _config_of(manifest)
    if manifest["schema"] < SCHEMA:
        if again or not _is_kept(manifest, before, config, out):
            manifest = _upgraded(manifest, tree)
    elif any("inputs" not in stage for stage in manifest["stages"].values()):
        if before is None or "data" not in manifest:  # nobody can say what its stages were made of
            manifest["stages"] = {}
        else:
            adopt(
                manifest,
                stages_of(before.models.original is not None),
                _recorded_facts(before, manifest),
            )
    for name in again:
        manifest["stages"].pop(name, None)
    if manifest["state"] != State.DONE:
        manifest |= {"state": State.RUNNING, "config": tree}
        manifest.pop("error", None)
    return manifest


def facts_of(
    config: RunConfig,
    manifest: Mapping[str, Any],
    fingerprint: Fingerprint,
    vectors: Callable[[EmbeddingConfig], str | None] = vectors_print,
    version: str = __version__,
) -> dict[str, Any]:
    """Everything that determines the stages of a run, by dotted name.

    Where the config has a path or a name, the fact is what lies there; ``samples`` are the data.

    Args:
        config: the options.
        manifest: what is known of the data, and of the models that were used.
        fingerprint: that of the weights behind a name; None where they are not at hand.
        vectors: the sha256 of the file of vectors.
        version: of this program.
    """
    facts = dict(_flat(determining_fields(as_encoded(to_tree(config), manifest))))
    facts[VERSION] = version
    facts["samples"] = key_of(manifest["data"]["sha256"], _rows_of(to_tree(config)))
    embedding, models = config.embedding, manifest.get("models", {})
    if embedding.precomputed is None:
        facts["embedding.model"] = _weights(embedding.model, manifest.get("encoder"), fingerprint)
    else:
        facts["embedding.precomputed"] = _vectors(config, manifest, vectors)
    facts.pop("clustering.encoder", None)
    if config.clustering.method != ClusteringConfig().method:
        facts |= _other_clustering(config, facts, fingerprint)
    for role in _ROLES:
        name = getattr(config.models, role)
        facts[f"models.{role}"] = _weights(name, models.get(role), fingerprint)
    return facts


def _other_clustering(
    config: RunConfig, facts: Mapping[str, Any], fingerprint: Fingerprint
) -> dict[str, Any]:
    """What determines a clustering that does not go by the manifold alone."""
    # Only here: it brings scikit-learn, and the list of stages must not wait for that.
    from paser_core.stages.clusterings.method import clustering_of

    method, more = clustering_of(config.clustering.method), {}
    if method.reads_texts or method.asks_encoder:  # the texts themselves, not only their vectors
        more["clustering.texts"] = key_of(*(facts[name] for name in TEXTS))
    name = config.clustering.encoder
    if method.asks_encoder and name is not None:
        more["clustering.encoder"] = fingerprint(name) or name
    return more


def _recorded_facts(config: RunConfig, manifest: Mapping[str, Any]) -> dict[str, Any]:
    """What determined the stages of an earlier version, as its manifest has it."""
    recorded = manifest.get("vectors")
    return facts_of(config, manifest, lambda _: None, lambda _: recorded, manifest["version"])


def made_with() -> dict[str, Any]:
    """The versions of this program and its libraries, as a manifest has them."""
    versions = {name: importlib.metadata.version(name) for name in _LIBRARIES}
    python = {"python": platform.python_version()}
    return {"version": __version__, "versions": python | versions}


def _begun(tree: dict[str, Any]) -> dict[str, Any]:
    made = {"schema": SCHEMA, **made_with(), "state": State.RUNNING}
    return made | {"config": tree, "stages": {}, "files": {}}


def _config_of(manifest: Mapping[str, Any]) -> RunConfig | None:
    try:
        return parse_config(manifest["config"])
    except ConfigError:  # another version had other fields
        return None


def _check_bound(
    manifest: Mapping[str, Any], config: RunConfig, fingerprint: Fingerprint, out: Path
) -> None:
    """Refuse other data and, once something was measured with them, other models."""
    changes: list[str] = []
    if "data" in manifest:  # it was read
        old, new = _rows_of(manifest["config"]), _rows_of(to_tree(config))
        changes += [
            f"data.{name} was {_told(old[name])}, now {_told(value)}"
            for name, value in new.items()
            if name in old and old[name] != value
        ]
    if manifest.get("counts", {}).get("measured") != 0:
        for role, was in manifest.get("models", {}).items():
            if role in _ROLES:
                changes += _other_model(role, was, getattr(config.models, role), fingerprint)
    if changes:
        raise RunError(
            f"{out}: a run folder is bound to its data and its models, and {'; '.join(changes)}. "
            f"Give another --out, or the config that the run was started with ({out / Files.MANIFEST} "
            "has it)."
        )


def _other_model(
    role: str, was: Mapping[str, str], name: str | None, fingerprint: Fingerprint
) -> Iterator[str]:
    """Why a model is not the one that was measured; nothing where it is, wherever it lies now.

    Weights that are not at hand are taken on trust: what they were needed for is done.
    """
    now = None if name is None else fingerprint(name)
    if name != was["name"] and now != was["fingerprint"]:
        yield f"models.{role} was {was['name']!r}, now {name!r}"
    elif now is not None and now != was["fingerprint"]:
        yield f"the weights of models.{role} ({name}) have changed since this run used them"


def _weights(
    name: str | None, used: Mapping[str, str] | None, fingerprint: Fingerprint
) -> str | None:
    """What stands for weights: their fingerprint where it is known, else their name."""
    if name is None or used is None:  # nothing was made with them yet
        return name
    known = fingerprint(name)
    if known is None and used["name"] == name:
        known = used["fingerprint"]
    return known or name


def _vectors(
    config: RunConfig,
    manifest: Mapping[str, Any],
    vectors: Callable[[EmbeddingConfig], str | None],
) -> str | None:
    """What stands for vectors: the sha256 of their file, or the name of their column."""
    source = config.embedding.precomputed
    try:
        return vectors(config.embedding) or source
    except DataError:
        used = manifest.get("vectors")
        if used is None or manifest["config"]["embedding"]["precomputed"] != source:
            raise
        return str(used)  # taken on trust, as weights are


def _told(value: Any) -> str:
    return "not set" if value is None else repr(value)


def _rows_of(tree: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of a config that say which rows are read, and what of them."""
    data = tree.get("data", {})
    return dict(_flat({k: v for k, v in data.items() if k not in _OPTIONS_OF_DATA}))


def _flat(tree: Mapping[str, Any], where: str = "") -> Iterator[tuple[str, Any]]:
    for name, value in tree.items():
        if isinstance(value, Mapping):
            yield from _flat(value, f"{where}{name}.")
        else:
            yield f"{where}{name}", value


def _is_kept(
    manifest: Mapping[str, Any], before: RunConfig | None, config: RunConfig, out: Path
) -> bool:
    """Whether a run of schema 1 stays what it is: finished, whole, and its options are the same.

    Its fingerprint is the hash of its files.
    """
    if manifest["state"] != State.DONE or before is None:
        return False
    old, new = (determining_fields(to_tree(c)) for c in (before, config))
    same = old == new and (before.models.original is None) == (config.models.original is None)
    return same and first_fingerprint(manifest, out) == manifest["fingerprint"]


def _upgraded(manifest: Mapping[str, Any], tree: dict[str, Any]) -> dict[str, Any]:
    """Begin anew in the folder of a run of schema 1, which says too little of its stages to go on."""
    kept = ("data", "n_samples", "user_columns", "formerly")
    begun = _begun(tree) | {name: manifest[name] for name in kept if name in manifest}
    if "fingerprint" in manifest:  # people's decisions were stored under it
        begun.setdefault("formerly", []).append(manifest["fingerprint"])
    return begun
