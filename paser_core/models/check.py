"""Find out, before the first stage, what would stop or spoil the comparison of two models.

One function for the pipeline and for the page New run: :func:`check_models`. It reads configs,
headers and tokenizers, and writes every sample as tokens; it reads no weights.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from paser_core.config import DivergenceConfig, ModelsConfig, Turns
from paser_core.errors import ModelError
from paser_core.models import loading
from paser_core.models.checkpoint import has_adapter, local_folder, weight_files
from paser_core.models.devices import choose_device
from paser_core.models.formats import unsupported_folder
from paser_core.models.quantization import check_quantization
from paser_core.models.transformers_lm import agreed_tokenizer, both_names
from paser_core.models.weights import check_weights
from paser_core.notices import Notice
from paser_core.protocols import Progress, Tokenizer, no_progress
from paser_core.records.conversations import Conversation
from paser_core.stages.divergence.prepared import Prepared, length_notices
from paser_core.stages.divergence.tokens import tokenize

_ROLES = ("original", "compressed")


def check_models(
    models: ModelsConfig,
    divergence: DivergenceConfig,
    conversations: Sequence[Conversation | None],
    on_progress: Progress = no_progress,
) -> Prepared:
    """Look at both models, and at every sample as they will read it.

    Args:
        models: the pair.
        divergence: how it is measured.
        conversations: ``n`` samples; ``None`` for rows that cannot be used.
        on_progress: told as samples are written as tokens.

    Raises:
        ModelError: a folder, package, device or weight is not there or does not fit, the tokenizers
            disagree, or the template refuses (nearly) all samples.
    """
    choose_device(models.device)
    names = both_names(models)
    looked_at = [check_model(name, role) for name, role in zip(names, _ROLES, strict=True)]
    agreed = agreed_tokenizer(models)
    return prepare(looked_at, agreed, divergence, conversations, on_progress)


def prepare(
    looked_at: Sequence[tuple[Any, tuple[Notice, ...]]],
    agreed: tuple[Tokenizer, tuple[Notice, ...]],
    divergence: DivergenceConfig,
    conversations: Sequence[Conversation | None],
    on_progress: Progress = no_progress,
) -> Prepared:
    """Every sample as the models will read it.

    Args:
        looked_at: configs of the original and the compressed model, and what there is to tell.
        agreed: the tokenizer of both models, and likewise.
        divergence: how it is measured.
        conversations: ``n`` samples; ``None`` for rows that cannot be used.
        on_progress: told as samples are written as tokens.

    Raises:
        ModelError: the template refuses (nearly) all samples.
    """
    configs, tokenizer = [config for config, _ in looked_at], agreed[0]
    known = (notice for _, notices in (*looked_at, agreed) for notice in notices)
    roles = dict(zip(_ROLES, configs, strict=True))
    most, limit, told = longest_read(divergence.max_length, roles, "divergence.max_length")
    tokenized = tokenize(
        conversations,
        tokenizer,
        most,
        every_turn=divergence.turns is Turns.ALL,
        vocab_size=shared_vocabulary(configs),
        limit=limit,
        on_progress=on_progress,
    )
    notices = (*known, *told, *tokenized.notices(), *length_notices(tokenized, most, limit))
    return Prepared(tokenized, notices, most)


def check_model(name: str, role: str) -> tuple[Any, tuple[Notice, ...]]:
    """The config of one model, and what is worth telling; its weights are not read.

    What a hub name stands for may have to be downloaded first: of it, only the config is read.

    Raises:
        ModelError: it cannot be used.
    """
    config = loading.load_model_config(name)
    check_quantization(name, config)
    folder = local_folder(name)
    if folder is None:
        return config, ()
    if not weight_files(name):
        known = unsupported_folder(folder)
        raise ModelError(
            f"{name}: {known}"
            if known
            else f"{name}: the folder has no weights (*.safetensors, or pytorch_model.bin); copy "
            "them into it, or name another folder."
        )
    notices = check_weights(name, config, role)
    if has_adapter(folder):
        text = (
            f"An adapter lies beside the weights of the {role} model ({name}). It is not applied, "
            "whether peft is installed or not: the model is measured as it is without. To measure "
            "it with the adapter, merge it first (merge_and_unload of peft) and save the result."
        )
        notices = (*notices, Notice("adapter", text))
    return config, notices


def longest_read(
    wanted: int, configs: Mapping[str, Any], setting: str
) -> tuple[int, str | None, tuple[Notice, ...]]:
    """Tokens of a sample that models read, that number in words where a model sets it, and notices.

    Args:
        wanted: as the setting says.
        configs: of the models, by role.
        setting: name of the setting.
    """
    limits = {
        role: limit
        for role, config in configs.items()
        if (limit := loading.positions_of(config)) is not None
    }
    role = min(limits, key=lambda r: limits[r], default=None)
    if role is None or limits[role] >= wanted:
        return wanted, None, ()
    text = (
        f"The {role} model reads at most {limits[role]:,} tokens, as its config.json says; "
        f"{setting} is {wanted:,}, and every sample is cut to {limits[role]:,}."
    )
    words = f"the {limits[role]} tokens that the {role} model can read"
    return limits[role], words, (Notice("positions", text),)


def shared_vocabulary(configs: Iterable[Any]) -> int | None:
    """Width of the vocabulary that all models have; None where a config does not say."""
    sizes = [getattr(loading.text_config(c), "vocab_size", None) for c in configs]
    known = [size for size in sizes if isinstance(size, int)]
    return min(known) if len(known) == len(sizes) else None
