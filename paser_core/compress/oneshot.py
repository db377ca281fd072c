"""llmcompressor, run so that nothing but the model comes out of it.

It logs to the screen, shows bars, saves a recipe and looks names up on the hub: none of that happens
here. Its modifiers work once, so a new one is made for every model.
"""

from __future__ import annotations

import contextlib
import importlib.util
import logging
import os
import re
import sys
import warnings
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import torch

from paser_core.compress.layers import is_transposed, linear_layers, with_plain_layers
from paser_core.compress.method import Work
from paser_core.compress.rebuild import rebuilt
from paser_core.errors import ConfigError, ModelError, first_line
from paser_core.models.loading import quiet
from paser_core.protocols import Progress

PACKAGES = ("llmcompressor", "compressed_tensors")
HEAD = "re:.*lm_head"  # a plain "lm_head" is not understood by every modifier
_LOGGERS = ("torch.fx", "compressed_tensors", "llmcompressor")
_STEP = re.compile(r"\((\d+)/(\d+)\): (Calibrating|Propagating)")


def check_packages(packages: Sequence[str], method: str) -> None:
    """See that what a method needs is installed.

    Raises:
        ConfigError: it is not; the message has the command that installs it.
    """
    missing = [name for name in packages if importlib.util.find_spec(name) is None]
    if missing:
        raise ConfigError(
            f"{method} needs {missing[0]}, which is not installed: install it with "
            '`pip install -e ".[compress]"` in the clone.',
            field="method",
        )


def apply(work: Work, modifier: Any, *, reads: bool = True) -> None:
    """Let a modifier of llmcompressor change the model, in place, block by block.

    Args:
        work: the model and its calibration text.
        modifier: a new one.
        reads: calibration text; without, only weights are looked at.

    Raises:
        ModelError: it cannot do this model.
    """
    with silenced(work.report):
        from compressed_tensors.offload import remove_dispatch
        from llmcompressor.entrypoints.oneshot import oneshot

        texts = [{"input_ids": ids, "attention_mask": torch.ones_like(ids)} for ids in work.texts]
        try:
            oneshot(
                model=work.model,
                tokenizer=work.tokenizer,
                dataset=torch.utils.data.DataLoader(texts, batch_size=None) if reads else None,
                recipe=[modifier],
                pipeline="sequential" if reads else "datafree",
                num_calibration_samples=len(texts) or 1,
            )
        except (torch.OutOfMemoryError, MemoryError, KeyboardInterrupt):
            raise
        except Exception as error:  # whatever a library raises inside a model of other people's
            raise ModelError(
                f"llmcompressor cannot do this {work.model.config.model_type} model "
                f"({first_line(error, 200)}); choose magnitude, or another model."
            ) from error
        remove_dispatch(work.model)
        work.model.tie_weights()


def pruned(work: Work, modifier: Any) -> Any:
    """A new model with the weights that a modifier which prunes has left."""
    layers = linear_layers(work.model)
    transposed = [name for name, layer in layers.items() if is_transposed(layer)]
    with_plain_layers(work.model)
    apply(work, modifier)
    weights = work.model.state_dict()
    for name in transposed:
        weights[f"{name}.weight"] = weights[f"{name}.weight"].t().contiguous()
    return rebuilt(work.model, weights)


def save_packed(model: Any, folder: Path) -> None:
    """Write a quantized model in as many bits as it needs. The model is packed in place."""
    with silenced():
        from compressed_tensors.compressors import ModelCompressor

        compressor = ModelCompressor.from_pretrained_model(model)
        compressor.compress_model(model)
        type(model).save_pretrained(model, folder)
        compressor.update_config(str(folder))


@contextlib.contextmanager
def silenced(report: Progress | None = None) -> Iterator[None]:
    """Neither logs nor bars nor warnings of these libraries; their bars become our progress."""
    loggers = [logging.getLogger(name) for name in _LOGGERS]
    levels = [logger.level for logger in loggers]
    with warnings.catch_warnings(), quiet():
        warnings.simplefilter("ignore")
        for logger in loggers:
            logger.setLevel(logging.ERROR)
        _import()
        from loguru import logger as theirs

        for name in PACKAGES:
            theirs.disable(name)
        restore = _without_bars(report)
        try:
            yield
        finally:
            for name in PACKAGES:
                theirs.enable(name)
            for module, bar in restore:
                vars(module)["tqdm"] = bar
            for logger, level in zip(loggers, levels, strict=True):
                logger.setLevel(level)


def _import() -> None:
    """Import these libraries: they log to the screen while they are imported, and set it up so."""
    levels = dict.fromkeys(("LLM_COMPRESSOR_LOG_LEVEL", "COMPRESSED_TENSORS_LOG_LEVEL"), "CRITICAL")
    ours = levels.keys() - os.environ.keys()
    os.environ.update({name: levels[name] for name in ours})
    try:
        import llmcompressor
        import llmcompressor.pipelines.sequential.pipeline  # noqa: F401 - has the bars
    finally:
        for name in ours:
            del os.environ[name]


def _without_bars(report: Progress | None) -> list[tuple[Any, Any]]:
    """Put our own bar in the place of each; what was there, module by module."""

    def bar(iterable: Any = None, *_: Any, **options: Any) -> _Bar:
        return _Bar(iterable, report, str(options.get("desc", "")), options.get("total"))

    found = [
        (module, module.tqdm)
        for name, module in sorted(sys.modules.items())
        if name.startswith(tuple(f"{package}." for package in PACKAGES)) and "tqdm" in vars(module)
    ]
    for module, before in found:
        vars(module)["tqdm"] = SimpleNamespace(tqdm=bar) if hasattr(before, "tqdm") else bar
    return found


class _Bar:
    """Nothing on the screen; tells how far the work is."""

    def __init__(self, iterable: Any, report: Progress | None, text: str, total: Any) -> None:
        self._iterable, self._report, self._total = iterable, report, total
        self._step = _STEP.search(text)

    def __iter__(self) -> Iterator[Any]:
        for number, item in enumerate(self._iterable, 1):
            yield item
            if self._report is not None and self._step is not None and self._total:
                block, blocks, kind = self._step.groups()
                passes = 2 * (int(block) - 1) + (kind == "Propagating")
                self._report(passes * self._total + number, 2 * int(blocks) * self._total)

    def __enter__(self) -> _Bar:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def __getattr__(self, name: str) -> Any:
        return lambda *_, **__: None
