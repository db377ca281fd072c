"""Models, tokenizers and encoders that the caller has loaded: the second door beside names.

A run records of them what is known: class, hash of the config, fingerprint of the weights. That is
the name they go by, so a folder that other weights have worked in is not gone on with.
"""

from __future__ import annotations

import copy
import inspect
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from paser_core.config import DivergenceConfig, ModelsConfig, Precision
from paser_core.errors import ConfigError, ModelError
from paser_core.models import loading
from paser_core.models.agreement import check_agreement
from paser_core.models.check import check_model, prepare
from paser_core.models.sentence_encoder import SentenceEncoder
from paser_core.models.transformers_lm import TransformersLM, hash_weights, load_model, pair_of
from paser_core.models.transformers_tokenizer import TransformersTokenizer
from paser_core.notices import Notice
from paser_core.protocols import Encoder, ModelPair, Progress, no_progress
from paser_core.records.conversations import Conversation
from paser_core.stages.divergence.prepared import Prepared
from paser_core.workspace.keys import digest_of_tree

LIVE = "given in Python)"  # how the name of a model ends that was an object
_SHORT = 12  # hexadecimal digits of a hash in a name
# Of a config: where it came from, and what is written into it when the model is saved.
_NO_PART = ("_name_or_path", "transformers_version", "architectures", "dtype", "torch_dtype")


@dataclass(frozen=True)
class LiveModel:
    """A causal language model of transformers as it is in memory; nothing in it is changed."""

    model: Any
    name: str  # as recorded
    fingerprint: str

    @classmethod
    def of(cls, model: Any, role: str) -> LiveModel:
        """Look at a model; its weights are hashed.

        Raises:
            ModelError: it is no model of transformers.
        """
        if not hasattr(model, "state_dict") or not hasattr(model, "config"):
            raise ModelError(
                f"{role} is a {type(model).__name__}; accepted: a folder, a hub name, or a causal "
                "language model of transformers (AutoModelForCausalLM.from_pretrained)."
            )
        tree = {k: v for k, v in model.config.to_dict().items() if k not in _NO_PART}
        config = digest_of_tree(tree)
        weights = hash_weights(model)
        name = (
            f"{type(model).__name__} (config {config[:_SHORT]}, weights {weights[:_SHORT]}, {LIVE}"
        )
        return cls(model, name, weights)


@dataclass(frozen=True)
class LivePair:
    """The two models of a run, of which at least one is an object, and their tokenizers."""

    original: LiveModel | str
    compressed: LiveModel | str
    tokenizer: Any = None  # of the objects; of a name it is loaded

    @property
    def names(self) -> dict[str, str]:
        """What ``models.original`` and ``models.compressed`` of the config are."""
        return {role: m if isinstance(m, str) else m.name for role, m in self._roles}

    @property
    def fingerprints(self) -> dict[str, str]:
        """Of the objects, by name."""
        return {m.name: m.fingerprint for _, m in self._roles if isinstance(m, LiveModel)}

    def check(
        self,
        config: ModelsConfig,
        divergence: DivergenceConfig,
        conversations: Sequence[Conversation | None],
        on_progress: Progress = no_progress,
    ) -> Prepared:
        """As :func:`~paser_core.models.check.check_models`, for these two.

        Args:
            config: template and date.
            divergence: length, and which turns are measured.
            conversations: ``(n,)`` what the models will read; None for an invalid sample.
            on_progress: told how many samples are done, and of how many.

        Raises:
            ModelError: they do not fit each other, or the samples.
        """
        looked_at = [
            check_model(m, role) if isinstance(m, str) else (m.model.config, ())
            for role, m in self._roles
        ]
        agreed = self._agreed(config)
        return prepare(looked_at, agreed, divergence, conversations, on_progress)

    def load(self, config: ModelsConfig) -> ModelPair:
        """Both, ready to work; objects stay on their device and in their format.

        Raises:
            ModelError: a model cannot be loaded, or is not causal.
        """
        tokenizer, notices = self._agreed(config)
        original, compressed = (
            load_model(m, config)
            if isinstance(m, str)
            else TransformersLM(m.model, m.name, fingerprint=m.fingerprint)
            for _, m in self._roles
        )
        return pair_of(original, compressed, tokenizer, notices=notices)

    @property
    def _roles(self) -> tuple[tuple[str, LiveModel | str], ...]:
        return ("original", self.original), ("compressed", self.compressed)

    def _agreed(self, config: ModelsConfig) -> tuple[TransformersTokenizer, tuple[Notice, ...]]:
        named = [loading.load_tokenizer(m) for _, m in self._roles if isinstance(m, str)]
        if self.tokenizer is None:
            if not named:
                raise ConfigError(
                    "Models that are objects came without `tokenizer`, which is needed. Give the "
                    "tokenizer of the original model.",
                    field="tokenizer",
                )
            return TransformersTokenizer(named[0], config.template, config.date), ()
        own = copy.deepcopy(self.tokenizer)  # the caller's keeps its own limit of length
        own.model_max_length = loading.NO_LIMIT
        original = named[0] if isinstance(self.original, str) else own
        compressed = named[-1] if isinstance(self.compressed, str) else own
        notices = check_agreement(original, compressed, config.template)
        return TransformersTokenizer(original, config.template, config.date), notices


def encoder_of(
    given: Any, batch_size: int, precision: Precision = Precision.AUTO
) -> tuple[Encoder, str | None]:
    """An encoder from a live object, and the fingerprint of its weights where it has any.

    Accepted are a ``SentenceTransformer``, an :class:`~paser_core.protocols.Encoder`, and whatever
    has a method ``encode`` that makes a matrix of a list of texts.

    Args:
        given: the object.
        batch_size: texts at once.
        precision: what a ``SentenceTransformer`` computes in.

    Raises:
        ModelError: it has no such method.
        ConfigError: it is no ``SentenceTransformer``, and ``precision`` asks for another than its own.
    """
    if not callable(getattr(given, "encode", None)):
        raise ModelError(
            f"encoder is a {type(given).__name__}; accepted: a name, a SentenceTransformer, or an "
            "object whose encode(texts) gives a vector for each text."
        )
    weights = hash_weights(given) if hasattr(given, "state_dict") else None
    known = "" if weights is None else f", weights {weights[:_SHORT]}"
    name = f"{type(given).__name__} (given in Python{known})"
    if hasattr(given, "get_embedding_dimension"):  # sentence-transformers
        return SentenceEncoder(given, name, batch_size, precision), weights
    if precision is Precision.BFLOAT16:
        raise ConfigError(
            f"embedding.dtype is {precision}, and encoder is a {type(given).__name__}, which computes as it "
            "does; leave embedding.dtype out, or give a SentenceTransformer.",
            field="embedding.dtype",
        )
    if "on_progress" in inspect.signature(given.encode).parameters:
        return given, weights
    return _Plain(given.encode, name), weights


@dataclass(frozen=True)
class _Plain:
    """An :class:`~paser_core.protocols.Encoder` that is one function."""

    function: Callable[[list[str]], Any]
    name: str

    def encode(
        self, texts: Sequence[str], on_progress: Progress = no_progress
    ) -> NDArray[np.float32]:
        vectors = np.asarray(self.function(list(texts)), np.float32)
        on_progress(len(texts), len(texts))
        return vectors
