"""Making a run, and opening one."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from paser_core.api.finished import Run
from paser_core.config import RunConfig, load_config, parse_config, to_tree
from paser_core.errors import ConfigError, shortened
from paser_core.runs import Run as RunFolder
from paser_core.workspace import paths

Name = str | os.PathLike[str]


def run(
    pool: Any = None,
    *,
    out: Name,
    original: Any = None,
    compressed: Any = None,
    tokenizer: Any = None,
    encoder: Any = None,
    config: RunConfig | Mapping[str, Any] | Name | None = None,
    watch: Callable[[dict[str, Any]], None] | None = None,
    again: Sequence[str] = (),
    **sections: Any,
) -> Run:
    """Make a run: embed and cluster the pool, and measure what the compression has damaged.

    The folder ``out`` is all that is written. Called again with the same arguments after an
    interruption, even after ``kill -9``, it goes on where it stopped; a finished run is opened.

    Args:
        pool: a file, a folder or a hub name; or the data: a list of dicts, a DataFrame, a
            ``datasets.Dataset``. None: what ``config`` names.
        out: the run folder.
        original: folder or hub name of the model before the compression; or the model itself, any
            causal language model of transformers. It is put into evaluation mode and stays where
            it is. Without models the run stops after the clusters; they can be added later.
        compressed: the pruned or quantized model, likewise.
        tokenizer: of the models, where they are given as objects.
        encoder: a name, a ``SentenceTransformer``, or an object whose ``encode(texts)`` gives a
            vector for each text. None: the bundled all-MiniLM-L6-v2.
        config: a YAML file, a mapping or a :class:`~paser_core.config.RunConfig` to start from.
        watch: told of every event that ``events.jsonl`` gets, as a dict, while the run works.
        again: stages of a finished run that are made again although nothing has changed, with those
            that follow: ``["divergence"]`` measures the signals that an earlier version did not.
        sections: sections of the config and what differs from it, e.g.
            ``clustering={"n_clusters": 12}``, ``seed=1``; ``docs/config.md`` has every field.

    Returns:
        The finished run.

    Raises:
        ConfigError: an option is unknown or not accepted.
        DataError: the pool cannot be read.
        ModelError: a model cannot be used, or the two do not fit each other.
        RunError: ``out`` holds something else.

    >>> pool = [{"instruction": f"Add {n} and {n + 1}.", "output": f"{2 * n + 1}"} for n in range(9)]
    >>> paser.run(pool, out=folder / "tiny", clustering={"n_clusters": 2})
    Run ...tiny: 9 samples in 2 clusters
    without models: no damage was measured, so only selectors that need none select
    .clusters .samples .select(selector='random') .report(path); run again with original= ...
    """
    # Only here: whoever opens a run shall not wait for torch.
    from paser_core.measure import run_pipeline
    from paser_core.measure.loading import loaders

    tree = _tree(config)
    for name, value in sections.items():
        known = tree.get(name)
        changes = to_tree(value) if isinstance(known, dict) and not _is_tree(value) else value
        if isinstance(known, dict) and isinstance(changes, dict):
            changes = {**known, **changes}
        tree[name] = changes
    rows = None
    if _is_name(pool):
        tree["data"]["path"] = str(os.fspath(pool))
    elif pool is not None:
        rows, tree["data"]["path"] = pool, None
    pair = _pair(original, compressed, tokenizer)
    given = {"original": original, "compressed": compressed} if pair is None else pair.names
    tree["models"] |= {role: os.fspath(m) for role, m in given.items() if m is not None}
    live = None
    if _is_name(encoder):
        tree["embedding"]["model"] = str(os.fspath(encoder))
    elif encoder is not None:
        from paser_core.models.live import encoder_of

        section = parse_config(tree).embedding
        live = encoder_of(encoder, section.batch_size, section.dtype)
        tree["embedding"]["model"] = live[0].name
    applied = parse_config(tree)
    made = loaders(applied, rows=rows, pair=pair, encoder=live)
    return Run(run_pipeline(applied, _path(out), made, watch, again))


def open(path: Name) -> Run:
    """Open a finished run folder. Nothing is computed, and no model is loaded.

    Raises:
        RunError: there is no finished run, or a file of it is missing or damaged.

    >>> paser.open("data/demo/run").clusters.shape[0] > 5
    True
    """
    return Run(RunFolder.open(_path(path)))


def _tree(config: RunConfig | Mapping[str, Any] | Name | None) -> dict[str, Any]:
    """A whole config as nested dicts, to be changed."""
    if _is_name(config):
        config = load_config(_path(config))
    elif config is None or isinstance(config, Mapping):
        config = parse_config(config or {})
    if not isinstance(config, RunConfig):
        raise ConfigError(
            f"config is {shortened(config)}; accepted: a YAML file, a mapping of sections or a "
            "RunConfig."
        )
    return to_tree(config)


def _pair(original: Any, compressed: Any, tokenizer: Any) -> Any:
    """The models as a pair where one is an object; None where both are names, or missing."""
    both = {"original": original, "compressed": compressed}
    if all(m is None or _is_name(m) for m in both.values()):
        return None
    for role, model in both.items():
        if model is None:
            raise ConfigError(f"{role} is missing; give both models.", field=f"models.{role}")
    from paser_core.models.live import LiveModel, LivePair

    looked_at = {
        role: str(os.fspath(m)) if _is_name(m) else LiveModel.of(m, role)
        for role, m in both.items()
    }
    return LivePair(**looked_at, tokenizer=tokenizer)


def _is_name(value: Any) -> bool:
    return isinstance(value, str | os.PathLike)


def _is_tree(value: Any) -> bool:
    return isinstance(value, Mapping) or value is None


def _path(name: Any) -> Path:
    return paths.home(os.fspath(name))
