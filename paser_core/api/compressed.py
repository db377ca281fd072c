"""Compressing a model."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from paser_core.api.named import FOLDER, MODEL, SAVE_FIRST, Name, name_of
from paser_core.config import DataConfig, Section, check_names, fields_of
from paser_core.errors import ConfigError, nearest, shortened
from paser_core.models.compression import told
from paser_core.registry import COMPRESSIONS
from paser_core.text import listed
from paser_core.workspace import paths


@dataclass(frozen=True)
class Compressed:
    """A compressed model on disk, and what was counted in its files."""

    path: Path
    record: Mapping[str, Any]  # compression.json

    @property
    def warnings(self) -> tuple[str, ...]:
        """What a reader has to know of how it was made."""
        return tuple(notice["text"] for notice in self.record["notices"])

    def __str__(self) -> str:
        return told(self.record)

    def __repr__(self) -> str:
        counted, before = self.record["counted"], self.record["before"]
        return (
            f"Compressed {self.path}: {told(self.record)}\n"
            f"{before['parameters']:,} parameters in {before['bytes']:,} bytes became "
            f"{counted['parameters']:,} in {counted['bytes']:,}\n"
            ".path .record .warnings; paser.run(…, compressed=it.path) measures the damage"
        )


def compress(
    model: Name,
    method: str,
    out: Name,
    *,
    calibration: Any = None,
    data: DataConfig | Mapping[str, Any] | None = None,
    loading: Mapping[str, Any] | None = None,
    watch: Callable[[dict[str, Any]], None] | None = None,
    **settings: Any,
) -> Compressed:
    """Compress a model, count what was removed, and see that the result loads as what was made.

    The folder ``out`` is all that is written, in one step at the end: weights, config, tokenizer and
    chat template as plain ``transformers`` reads them, and ``compression.json``. Called again with
    the same arguments it finds its result and does nothing.

    Args:
        model: folder or hub name of a causal language model.
        method: ``magnitude``, ``llm-pruner``, ``slicegpt``, ``wanda``, ``sparsegpt``, ``rtn`` or
            ``gptq``; ``docs/compress.md`` says what each does, and to which models.
        out: a new or empty folder.
        calibration: text that the method reads to see what matters: the pool, as a file, a folder, a
            hub name or rows in memory; or a mapping with ``path`` and what else
            :class:`~paser_core.compress.settings.CalibrationConfig` has. Methods that read none
            (``magnitude``, ``rtn``) do not look at it.
        data: how that file is read, as in a run.
        loading: ``device`` and ``dtype``.
        watch: told of every event, as a dict, while the work goes on.
        settings: of the method, e.g. ``sparsity="2:4"``, ``ratio=0.25``, ``bits=4``.

    Returns:
        The result; ``str()`` of it is one line.

    Raises:
        ConfigError: a name or a value is not accepted, or calibration text is missing or too short.
        DataError: the calibration text cannot be read.
        ModelError: the model cannot be loaded, or not be compressed by this method.
        CompressionError: ``out`` is taken, the disk is full, or the result does not read back.

    >>> made = paser.compress("data/demo/models/original", "magnitude", folder / "m", sparsity=0.5)
    >>> print(made)
    magnitude: 50.0 % of the weights of linear layers are zero (counted)
    """
    from paser_core.compress.order import Order
    from paser_core.compress.settings import CalibrationConfig, LoadingConfig
    from paser_core.compress.work import compress as make

    COMPRESSIONS.check(method, "method")
    tree, rows = _calibration(calibration)
    order = Order(
        model=name_of(model, "model", MODEL, SAVE_FIRST),
        name=method,
        settings=_settings(method, settings),
        calibration=_section(CalibrationConfig, tree),
        data=data if isinstance(data, DataConfig) else _section(DataConfig, data or {}),
        loading=_section(LoadingConfig, loading or {}),
        rows=rows,
    )
    place = paths.home(name_of(out, "out", FOLDER))
    return Compressed(place, make(order, place, watch))


def _settings(method: str, given: Mapping[str, Any]) -> Any:
    """The settings of a method.

    Raises:
        ConfigError: one is unknown; the message says of what else it is a setting.
    """
    from paser_core.compress.settings import CalibrationConfig, LoadingConfig

    def fields(cls: type[Section]) -> list[str]:
        return [path.rpartition(".")[2] for path, _, _ in fields_of(cls)]

    own = COMPRESSIONS[method].settings
    known = fields(own)
    for name in given:
        if name in known:
            continue
        sections = {"calibration": CalibrationConfig, "loading": LoadingConfig, "data": DataConfig}
        elsewhere = [f"{at}.{name}" for at, cls in sections.items() if name in fields(cls)]
        others = [n for n in COMPRESSIONS if name in fields(COMPRESSIONS[n].settings)]
        hint = nearest(name, known)
        if elsewhere:
            hint = f" It is one of how a model and text are read: set {elsewhere[0]}."
        elif others:
            hint = f" It is one of {listed(others)}."
        raise ConfigError(
            f"{shortened(name)} is no setting of {method}.{hint} Known here: {', '.join(known)}.",
            field=name,
        )
    return own(**given)


def _calibration(given: Any) -> tuple[Mapping[str, Any], Any]:
    """What was given as calibration text, as fields, and rows that are in memory."""
    if given is None:
        return {}, None
    if isinstance(given, str | os.PathLike):
        given = {"path": given}
    if isinstance(given, Mapping) and all(isinstance(key, str) for key in given):
        path = given.get("path")
        if path is not None:
            path = name_of(path, "calibration.path", "a file, a folder or a hub name")
        return {**given, "path": path}, None
    return {}, given


def _section(cls: type[Section], tree: Mapping[str, Any]) -> Any:
    check_names(cls, tree)
    return cls(**tree)
