"""Writing a compressed model, and looking whether the files hold what was made."""

from __future__ import annotations

import importlib.metadata
import json
import os
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from paser_core.compress.method import Outcome
from paser_core.errors import CompressionError
from paser_core.models.checkpoint import local_folder, weight_files
from paser_core.models.compression import FILE
from paser_core.models.loading import load_causal_lm, load_tokenizer, positions_of, quiet
from paser_core.text import size
from paser_core.workspace import paths
from paser_core.workspace.files import digest_of_file, sync, write_file
from paser_core.workspace.place import free_bytes

_TOLERANCE = 1e-5  # of a logit, for logits up to 1; larger ones relative to the largest
_PROBES, _PROBE_TOKENS = 4, 64
# Copied as they are: written again, a tokenizer changes its files.
_TAKEN_ALONG = ("tokenizer*", "vocab*", "merges.txt", "*.model", "special_tokens_map.json", "*.tiktoken",
                "added_tokens.json", "chat_template*", "*.jinja", "LICENSE*", "NOTICE*")  # fmt: skip
_LIBRARIES = ("torch", "transformers", "safetensors", "llmcompressor", "compressed-tensors")


@dataclass(frozen=True)
class Probe:
    """A few texts and what the model in memory says to them."""

    texts: Sequence[torch.Tensor]  # ids, (1, tokens) each
    logits: Sequence[torch.Tensor]  # (1, tokens, vocabulary) each

    @classmethod
    def of(cls, model: Any, texts: Sequence[torch.Tensor]) -> Probe:
        """Ask a model; without texts, random ids are as good: equality is what is asked for."""
        if not texts:
            chance = torch.Generator().manual_seed(0)
            length = min(_PROBE_TOKENS, positions_of(model.config) or _PROBE_TOKENS)
            size = (1, length)
            texts = [
                torch.randint(model.config.get_text_config().vocab_size, size, generator=chance)
                for _ in range(_PROBES)
            ]
        else:
            texts = [ids[:, :_PROBE_TOKENS] for ids in texts[:_PROBES]]
        return cls(texts, [logits_of(model, ids) for ids in texts])

    def distance(self, model: Any) -> float:
        """How far the logits of another model are away, at most; relative where they are over 1."""
        largest = max(float(logits.abs().max()) for logits in self.logits)
        differences = [
            float((logits_of(model, ids) - logits).abs().max())
            for ids, logits in zip(self.texts, self.logits, strict=True)
        ]
        # A maximum alone would pass over what is not a number.
        worst = max(differences) if all(d == d for d in differences) else float("inf")
        return worst / max(1.0, largest)


def logits_of(model: Any, ids: torch.Tensor) -> torch.Tensor:
    """``(1, tokens, vocabulary)`` in float32, in main memory."""
    device = next(model.parameters()).device
    with torch.no_grad():
        logits: torch.Tensor = model(input_ids=ids.to(device), use_cache=False).logits
    return logits.float().cpu()


def save(outcome: Outcome, original: str, folder: Path) -> None:
    """Write weights and config into a new folder; tokenizer and chat template are those of the original.

    Raises:
        OSError: the disk is full, or cannot be written.
    """
    source = local_folder(original) or weight_files(original)[0].parent  # of the hub: in its cache
    with full_disk():
        if outcome.save is not None:
            outcome.save(outcome.model, folder)
        else:
            with quiet():
                outcome.model.save_pretrained(folder)
    for path in source.iterdir():
        if paths.is_file(path) and any(path.match(name) for name in _TAKEN_ALONG):
            shutil.copyfile(path, folder / path.name)
    for path in folder.iterdir():
        _last(path)
    sync(folder)


def check_reload(folder: Path, probe: Probe, device: torch.device) -> float:
    """Load what was written as anybody would, and compare its logits; how far they are away.

    Raises:
        CompressionError: it is another model than the one in memory.
    """
    load_tokenizer(str(folder))
    model, unused = load_causal_lm(str(folder), None)
    distance = probe.distance(model.to(device))
    if unused or not distance <= _TOLERANCE:
        what = f"{unused[0]} has no place in it" if unused else f"logits differ by {distance:.1e}"
        raise CompressionError(
            f"The model that was written is not the one that was made ({what}), so nothing was kept. "
            "Choose another method for this model, and report this with its name."
        )
    return distance


def write_record(folder: Path, record: Mapping[str, Any]) -> dict[str, Any]:
    """``compression.json``, with size and sha256 of every other file; what is in it."""
    files = {p.name: digest_of_file(p) for p in sorted(folder.iterdir()) if p.name != FILE}
    text = json.dumps({**record, "files": files}, indent=2, ensure_ascii=False, allow_nan=False)
    write_file(folder / FILE, (text + "\n").encode())
    read: dict[str, Any] = json.loads(text)
    return read


def read_record(folder: Path) -> dict[str, Any] | None:
    """What ``compression.json`` in a folder says; None where there is none that can be read."""
    try:
        tree = json.loads((folder / FILE).read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return None
    return tree if isinstance(tree, dict) else None


def is_intact(folder: Path, record: Mapping[str, Any]) -> bool:
    """Whether every file is the one that was written."""
    try:
        return all(digest_of_file(folder / n) == d for n, d in record["files"].items())
    except (OSError, KeyError, AttributeError, TypeError):
        return False


def versions() -> dict[str, str]:
    """Of the libraries that had a hand in it, as far as they are installed."""
    found = {}
    for name in _LIBRARIES:
        try:
            found[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            continue
    return found


def enough_room(out: Path, needed: int) -> None:
    """See that a disk has room, before hours of work.

    Raises:
        CompressionError: it has not.
    """
    free = free_bytes(out)
    if free < needed:
        raise CompressionError(
            f"{out}: the model may take {size(needed)}, and the disk has {size(free)} left. Free some space, "
            "or choose another folder with --out."
        )


@contextmanager
def full_disk() -> Iterator[None]:
    """safetensors has an error of its own for a disk that is full."""
    from safetensors import SafetensorError

    try:
        yield
    except SafetensorError as error:
        raise OSError(None, str(error)[:200], None) from error


def _last(path: Path) -> None:
    """See that a file lasts through a power failure."""
    number = os.open(path, os.O_RDONLY)
    try:
        os.fsync(number)
    finally:
        os.close(number)
