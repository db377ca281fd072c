"""The encoder that made a run's embeddings, where it can still be asked."""

from __future__ import annotations

from paser_core.config import EmbeddingConfig, Precision
from paser_core.errors import ModelError
from paser_core.protocols import Encoder
from paser_core.runs import Run


def why_no_encoder(run: Run) -> str | None:
    """Why the encoder of a run cannot be asked on this machine, or None. Nothing is downloaded."""
    known = run.manifest.get("encoder")
    if known is None:
        return "the run was made from vectors that were given, whose encoder is not known"
    # Imported here: they bring torch.
    from paser_core.models.checkpoint import fingerprint_of
    from paser_core.models.sentence_encoder import BUNDLED, bundled_folder

    name = str(known["name"])
    here = fingerprint_of(str(bundled_folder()) if name == BUNDLED else name)
    if here is None:
        return f"the encoder {name} is not on this machine"
    if here != known.get("fingerprint", here):
        return f"the encoder {name} has other weights here than when the run was made"
    return None


def encoder_of(run: Run) -> tuple[Encoder | None, str]:
    """The encoder of a run, or why there is none."""
    why = why_no_encoder(run)
    if why is not None:
        return None, why
    from paser_core.models.sentence_encoder import load_encoder

    name = str(run.manifest["encoder"]["name"])
    try:
        # What a name means shall not hang on the machine.
        return load_encoder(EmbeddingConfig(model=name, dtype=Precision.FLOAT32)), ""
    except ModelError as error:
        return None, f"the encoder cannot be loaded ({error})"
