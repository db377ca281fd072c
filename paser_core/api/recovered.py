"""Recovering a compressed model by training it on a selection."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from paser_core.api.named import FOLDER, MODEL, SAVE_FIRST, Name, name_of
from paser_core.config import Template, to_tree
from paser_core.errors import ConfigError, shortened
from paser_core.workspace import paths

if TYPE_CHECKING:
    from paser_core.recover.outcome import Recovery
    from paser_core.recover.settings import RecoverConfig

_DATA = "an export folder, a file, a folder or a hub name"


def recover(
    compressed: Name,
    data: Any,
    *,
    out: Name,
    original: Name | None = None,
    config: RecoverConfig | Mapping[str, Any] | None = None,
    watch: Callable[[dict[str, Any]], None] | None = None,
    **settings: Any,
) -> Recovery:
    """Train a compressed model on a selection, and make ``out`` a model.

    The loss is taken at response tokens only; what the compression set to zero stays zero. Called
    again with the same arguments after an interruption, even after ``kill -9``, it goes on where it
    stopped; a finished recovery is opened.

    Args:
        compressed: folder or hub name of the pruned or quantized model.
        data: an export folder, any file that :func:`run` reads, a
            :class:`~paser_core.api.selected.Selection`, or the rows themselves: a list of dicts, a
            DataFrame, a ``datasets.Dataset``.
        out: the folder; when it is done, ``AutoModelForCausalLM.from_pretrained(out)`` loads it.
        original: folder or hub name of the model before the compression, for recipes that ask it;
            None: the one that ``compression.json`` beside the compressed model names.
        config: settings to start from.
        watch: told of every event that ``events.jsonl`` gets, as a dict, while it works.
        settings: ``method`` (``sft``, ``kd``, ``kd-sft``, ``sft-kd``), ``adapter``, ``epochs``,
            ``batch``, ``lr``, … ; ``docs/recover.md`` has every one.

    Returns:
        What came of it. ``status`` is ``done``, or ``diverged``: then there is no model.

    Raises:
        ConfigError: a setting is unknown or not accepted.
        DataError: the data cannot be read.
        ModelError: a model cannot be used, or the two do not fit each other.
        RecoveryError: there is no training step, or the original is needed and not known.
        RunError: ``out`` holds something else, or the disk is full.

    >>> rows = [{"instruction": f"How much is {n} plus 1?", "output": str(n + 1)} for n in range(8)]
    >>> done = paser.recover(
    ...     "data/demo/models/compressed", rows, out=folder / "recovered", template="chat", epochs=1
    ... )
    >>> done.status, done.facts["steps"]["total"]
    ('done', 1)
    """
    from paser_core.recover.settings import RecoverConfig

    if config is None or isinstance(config, Mapping):
        tree = dict(config or {})
    elif isinstance(config, RecoverConfig):
        tree = to_tree(config)
    else:
        raise ConfigError(
            f"config is {shortened(config)}; accepted: a mapping of settings or a RecoverConfig."
        )
    applied = RecoverConfig.of_tree({**tree, **settings})
    source = _source(data)
    from paser_core.recover.request import Request
    from paser_core.recover.work import recover as work

    request = Request(
        name_of(compressed, "compressed", MODEL, SAVE_FIRST),
        source,
        applied,
        None if original is None else name_of(original, "original", MODEL, SAVE_FIRST),
    )
    return work(request, paths.home(name_of(out, "out", FOLDER)), watch)


def _source(data: Any) -> Any:
    """Where the rows are, and what is known of how they were chosen."""
    from paser_core.api.selected import Selection
    from paser_core.export.reading import is_export_folder, read_exported
    from paser_core.recover.data import Source
    from paser_core.runs.schema import Files

    if isinstance(data, Selection):
        run = data.run
        chosen = {
            "run": run.fingerprint,
            "selector": data.setting.selector,
            "selected": len(data),
            "of": run.n,
            "pool": run.data,
            "setting": data.setting.to_tree(),
        }
        template = (run.manifest.get("models") or {}).get("template")
        known = None if template is None else Template(template)
        return Source(rows=data.selected, chosen=chosen, template=known)
    if not isinstance(data, str | os.PathLike):
        return Source(rows=data)
    name = name_of(data, "data", _DATA)
    folder = paths.home(name)
    if paths.is_file(folder / Files.MANIFEST) and paths.is_file(folder / Files.SAMPLES):
        raise ConfigError(
            f"{name}: this is a run, and its tables are no rows to train on. Choose with "
            "paser select RUN --budget 0.1 --out DIR and give that folder.",
            field="data",
        )
    if not is_export_folder(folder):
        return Source(path=name)
    export = read_exported(folder)
    return Source(str(export.train), None, export.chosen, export.template, export.notices)
