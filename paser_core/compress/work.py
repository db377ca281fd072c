"""Compressing a model: checked before it starts, written in one step, and looked at afterwards."""

from __future__ import annotations

import contextlib
import gc
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch

from paser_core import __version__
from paser_core.compress.calibration import Calibration, check_length, read_calibration
from paser_core.compress.count import Counted, count, count_model
from paser_core.compress.layers import is_transposed, linear_layers, widest
from paser_core.compress.method import TWO_FOUR, Outcome, Work
from paser_core.compress.order import Order, check_model, check_out
from paser_core.compress.write import (
    Probe,
    check_reload,
    enough_room,
    is_intact,
    read_record,
    save,
    versions,
    write_record,
)
from paser_core.config import to_tree
from paser_core.errors import CompressionError, enough_memory
from paser_core.models.checkpoint import fingerprint_of, library_name, path_from
from paser_core.models.devices import choose_device
from paser_core.models.loading import load_causal_lm, load_model_config, load_tokenizer
from paser_core.models.weights import unused_weights
from paser_core.notices import Notice, Severity
from paser_core.text import either, plural
from paser_core.workspace import paths
from paser_core.workspace.events import Events
from paser_core.workspace.keys import key_of
from paser_core.workspace.staging import Staging, publish, recover

Watch = Callable[[dict[str, Any]], None]

FORMAT = 1  # of compression.json
_CPU = torch.device("cpu")


def compress(order: Order, out: Path, watch: Watch | None = None) -> dict[str, Any]:
    """Make a compressed model in ``out``; what ``compression.json`` says of it.

    Nothing is there until all of it is, and has been looked at. Where ``out`` holds the result of
    the same order already, nothing is done.

    Args:
        order: what to make.
        out: a new folder, or an empty one.
        watch: told every event, as :class:`~paser_core.workspace.events.Events` has them.

    Raises:
        ConfigError: a package is missing, or calibration text is, or is too short.
        DataError: the calibration text cannot be read.
        ModelError: the model cannot be loaded, or not be compressed by this method.
        CompressionError: ``out`` is taken, the disk is full, or the result does not read back.
    """
    began = time.monotonic()
    out = paths.home(str(out)).absolute()
    config = load_model_config(order.model)
    notices = check_model(order, config)
    tokenizer = load_tokenizer(order.model)
    calibration = _calibration(order, tokenizer, config)
    notices += order.unread if calibration is None else calibration.notices
    known = read_record(out)
    if known is not None and known.get("key") == _key(order, calibration) and is_intact(out, known):
        return known
    check_out(out)
    try:
        recover(out)
        enough_room(out, order.memory)
        out.parent.mkdir(parents=True, exist_ok=True)
        with Staging.beside(out) as staging:
            events = Events(staging.path, watch)
            for notice in notices:
                events.emit("notice", stage="check", **notice.to_tree())
            made = _make(order, tokenizer, calibration, staging.new, events)
            notices += tuple(Notice.of_tree(tree) for tree in made["notices"])
            record = {
                "format": FORMAT,
                "method": order.name,
                "title": order.method.title,
                "pattern": made["pattern"],
                "settings": to_tree(order.settings),
                "original": {
                    "name": order.model,
                    "path": path_from(out, order.model),
                    "fingerprint": fingerprint_of(order.model),
                },
                "calibration": None if calibration is None else calibration.record,
                **made,
                "notices": [notice.to_tree() for notice in notices],
                "key": _key(order, calibration),
                "version": __version__,
                "versions": versions(),
                "seconds": round(time.monotonic() - began, 2),
            }
            record = write_record(staging.new, record)
            check_out(out)
            publish(staging, out)
    except (FileExistsError, NotADirectoryError) as error:
        raise CompressionError(
            f"{out}: this cannot be written, because a file is in its place. Give a new folder with --out."
        ) from error
    except OSError as error:
        raise CompressionError(
            f"{out}: this cannot be written ({error.strerror}), and nothing was kept. Free some space, "
            "or choose another folder with --out."
        ) from error
    return record


def _calibration(order: Order, tokenizer: Any, config: Any) -> Calibration | None:
    """What the method reads; None where it reads nothing."""
    if order.method.reads:
        return read_calibration(order.calibration, order.data, tokenizer, config, order.rows)
    return None


def _key(order: Order, calibration: Calibration | None) -> str:
    """What determines the result."""
    read = None if calibration is None else calibration.record["ids_sha256"]
    settings, loading = to_tree(order.settings), to_tree(order.loading)
    return key_of(FORMAT, order.name, settings, loading, read, fingerprint_of(order.model))


def _make(
    order: Order, tokenizer: Any, calibration: Calibration | None, folder: Path, events: Events
) -> dict[str, Any]:
    """Fill a new folder with the compressed model; what is in it."""
    texts = () if calibration is None else tuple(calibration.texts)
    device = choose_device(order.loading.device, "loading.device")
    with enough_memory("Set loading.device to cpu, or compress on a machine with more memory."):
        with _stage(events, "load"):
            model, unused = load_causal_lm(order.model, order.dtype)
            model.config._name_or_path = library_name(order.model)
            before = count_model(model)
            if calibration is not None:
                check_length(calibration, widest(model), order.name)
        with _stage(events, order.name):
            # The libraries of other people's methods move the model block by block themselves.
            model = model.to(_CPU if order.method.packages else device)
            work = Work(model, order.settings, texts, tokenizer, events.progress(order.name))
            outcome = order.method.compress(work)
            del model, work
            probe = Probe.of(outcome.model.eval().to(device), texts)
        layers = linear_layers(outcome.model)
        names, transposed = list(layers), any(map(is_transposed, layers.values()))
        with _stage(events, "write"):
            folder.mkdir()
            save(outcome, order.model, folder)
            # Its memory is needed for the one that is read back.
            outcome = replace(outcome, model=None)
            del layers
            gc.collect()
        with _stage(events, "check"):
            distance = check_reload(folder, probe, device)
            after = count(folder, names, transposed)
            _check_count(order, outcome, after)
    told = unused_weights(order.model, "original", unused)
    notices = (
        *(() if told is None else (told,)),
        *outcome.notices,
        *_nothing_removed(before, after),
        *_untouched(after),
    )
    for notice in notices:
        events.emit("notice", stage=order.name, **notice.to_tree())
    tokens = sum(ids.numel() for ids in probe.texts)
    return {
        "pattern": outcome.pattern,
        "counted": after.to_tree(),
        "before": before.to_tree(),
        "removed": dict(outcome.removed),
        "reload": {"largest_difference": distance, "tokens": tokens},
        "fingerprint": fingerprint_of(str(folder)),
        "notices": [notice.to_tree() for notice in notices],
    }


def _check_count(order: Order, outcome: Outcome, after: Counted) -> None:
    """See that what was promised was found in the files.

    Raises:
        CompressionError: it was not.
    """
    bits = int(getattr(order.settings, "bits", 0))
    if outcome.pattern == TWO_FOUR and after.two_four < after.matrices:
        less = after.matrices - after.two_four
        every = plural(after.matrices, "matrix", "matrices")
        lacking = f"{less} of {every} {either(less, 'is', 'are')} not 2:4"
    elif outcome.pattern is not None and not after.zeros:
        lacking = "no weight is zero"
    elif outcome.save is not None and (after.levels is None or after.levels > 2**bits):
        lacking = f"rows have {after.levels} different values, more than {bits} bits can hold"
    else:
        return
    raise CompressionError(
        f"{order.name} has not done what it promises: {lacking}. Nothing was kept; choose another "
        "method for this model, and report this with its name."
    )


def _nothing_removed(before: Counted, after: Counted) -> tuple[Notice, ...]:
    """Tell where the result is no smaller than what was given: it had as many zeros already."""
    if (
        after.levels is not None
        or after.parameters < before.parameters
        or after.zeros > before.zeros
    ):
        return ()
    return (
        Notice(
            "nothing-removed",
            f"Nothing was removed: {before.zeros:,} of {before.linear:,} weights of linear layers were "
            f"zero before, {after.zeros:,} of {after.linear:,} are now, and the model has "
            f"{after.parameters:,} parameters ({before.parameters:,} before). Ask for more than is gone "
            "already, or give the model as it was before it was pruned.",
            count=after.zeros,
            total=after.linear,
        ),
    )


def _untouched(after: Counted) -> tuple[Notice, ...]:
    """Tell where most of a model is in other places than linear layers."""
    others = after.parameters - after.linear
    if others <= after.parameters / 2:
        return ()
    return (
        Notice(
            "not-linear",
            f"{100 * others / after.parameters:.0f} % of the parameters are not in the linear layers of "
            "the blocks (embeddings, head, norms, experts) and stayed as they were.",
            Severity.INFO,
            others,
            after.parameters,
        ),
    )


@contextlib.contextmanager
def _stage(events: Events, name: str) -> Iterator[None]:
    """Tell when a part of the work begins and ends."""
    events.emit("stage_started", stage=name)
    began = time.monotonic()
    yield
    events.emit("stage_finished", stage=name, seconds=round(time.monotonic() - began, 3))
