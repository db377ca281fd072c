"""How the stages get what they work with: by the names in the config, or live objects."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any

from paser_core.config import Device, EmbeddingConfig, ModelsConfig, Precision, RunConfig
from paser_core.protocols import Encoder, ModelPair, Progress
from paser_core.records.conversations import Conversation
from paser_core.stages.divergence.prepared import Prepared

if TYPE_CHECKING:
    from paser_core.models.live import LivePair


def _unknown(name: str) -> str | None:
    return None


def _unchecked(
    conversations: Sequence[Conversation | None], on_progress: Progress
) -> Prepared | None:
    return None


def _named(name: str, batch_size: int) -> Encoder:
    from paser_core.models.sentence_encoder import load_encoder

    # Its vectors decide clusters; no machine shall choose what they are computed in.
    return load_encoder(EmbeddingConfig(model=name, batch_size=batch_size, dtype=Precision.FLOAT32))


@dataclass(frozen=True)
class Loaders:
    """How to get the models, called only when a stage needs them.

    The first two travel to workers elsewhere; what is in memory travels with them.
    """

    encoder: Callable[[], Encoder]
    models: Callable[[], ModelPair]
    # sha256 of the weights behind a name, without loading them; None where they are not at hand.
    fingerprint: Callable[[str], str | None] = _unknown
    # Before any stage: raises what would stop ``models`` after hours of other stages, and tells
    # what of the samples the models will not read. None: nothing was looked at.
    check: Callable[[Sequence[Conversation | None], Progress], Prepared | None] = _unchecked
    rows: Any = None  # the data, where they are in memory; None: they are where the config says
    # Another encoder by name, and how many texts it takes at once.
    named: Callable[[str, int], Encoder] = _named


@dataclass(frozen=True)
class _EncoderMaker:
    config: EmbeddingConfig
    live: Encoder | None

    def __call__(self) -> Encoder:
        from paser_core.models.sentence_encoder import load_encoder

        return load_encoder(self.config) if self.live is None else self.live

    def __reduce__(self) -> tuple[Any, ...]:
        """What travels says the precision, or a worker with another processor would choose another."""
        from paser_core.models.precision import settled

        config = replace(self.config, dtype=settled(self.config.dtype))
        return _EncoderMaker, (config, self.live)


def _models(config: ModelsConfig, pair: LivePair | None) -> ModelPair:
    from paser_core.models.transformers_lm import load_pair

    return load_pair(config) if pair is None else pair.load(config)


def loaders(
    config: RunConfig,
    *,
    rows: Any = None,
    pair: LivePair | None = None,
    encoder: tuple[Encoder, str | None] | None = None,
) -> Loaders:
    """Loaders for a config. Model libraries are imported when a stage needs them.

    Args:
        config: names what is not given here.
        rows: the data, where they are in memory.
        pair: models of which one at least is an object; ``config`` has their names.
        encoder: a live one with the fingerprint of its weights; ``config`` has its name.
    """

    def fingerprint(name: str) -> str | None:
        from paser_core.models.checkpoint import fingerprint_of
        from paser_core.models.sentence_encoder import BUNDLED, bundled_folder

        if name in live:
            return live[name]
        return fingerprint_of(str(bundled_folder()) if name == BUNDLED else name)

    def check(conversations: Sequence[Conversation | None], on_progress: Progress) -> Prepared:
        from paser_core.models.check import check_models

        models = config.models
        if config.engine.name != "local":  # the device is that of a worker, who says what it lacks
            models = replace(models, device=Device.AUTO)
        look = check_models if pair is None else pair.check
        return look(models, config.divergence, conversations, on_progress)

    live: dict[str, str | None] = {} if pair is None else {**pair.fingerprints}
    if encoder is not None:
        live[encoder[0].name] = encoder[1]
    return Loaders(
        _EncoderMaker(config.embedding, None if encoder is None else encoder[0]),
        partial(_models, config.models, pair),
        fingerprint,
        check,
        rows,
    )
