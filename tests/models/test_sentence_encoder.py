from __future__ import annotations

import hashlib

import numpy as np
import pytest

from paser_core.config import EmbeddingConfig, Precision
from paser_core.errors import ConfigError, ModelError
from paser_core.models.sentence_encoder import BUNDLED, bundled_folder, load_encoder
from paser_core.stages.embedding import embed

WEIGHTS = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
TEXTS = ["Add two and three.", "x " * 900, "What is 2 + 3?", "Write a poem about the sea.", "é"]


@pytest.fixture(scope="module")
def encoder():
    return load_encoder(EmbeddingConfig(batch_size=2))


def test_the_bundled_weights_are_those_of_all_minilm_l6_v2():
    weights = (bundled_folder() / "model.safetensors").read_bytes()
    assert hashlib.sha256(weights).hexdigest() == WEIGHTS


def test_unit_vectors_in_the_order_of_the_texts(encoder):
    seen = []
    vectors = embed(TEXTS, encoder, lambda done, total: seen.append((done, total)))
    assert vectors.shape == (5, 384)
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, rtol=1e-6)
    assert seen == [(0, 5), (2, 5), (4, 5), (5, 5)]
    for text, vector in zip(TEXTS, vectors, strict=True):
        np.testing.assert_allclose(embed([text], encoder)[0], vector, atol=1e-5)
    # The encoder means something: two sums are closer to each other than to a poem.
    assert vectors[0] @ vectors[2] > vectors[0] @ vectors[3] + 0.2


def test_masked_mean_of_the_last_layer_is_what_it_computes(encoder):
    """The same vectors from the bare transformer, as the model's card describes."""
    import torch
    from transformers import AutoModel, AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(bundled_folder())
    model = AutoModel.from_pretrained(bundled_folder()).eval()
    batch = tokenizer(TEXTS, padding=True, truncation=True, max_length=256, return_tensors="pt")
    with torch.no_grad():
        hidden = model(**batch).last_hidden_state
    mask = batch["attention_mask"][:, :, None]
    mean = (hidden * mask).sum(1) / mask.sum(1)
    expected = torch.nn.functional.normalize(mean, dim=1).numpy()
    np.testing.assert_allclose(encoder.encode(TEXTS), expected, atol=1e-5)


def test_bfloat16_is_another_arithmetic_and_nearly_the_same_vectors(encoder):
    other = load_encoder(EmbeddingConfig(batch_size=2, dtype="bfloat16"))
    vectors, reference = embed(TEXTS, other), embed(TEXTS, encoder)
    assert vectors.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, rtol=1e-6)
    assert not np.array_equal(vectors, reference)  # or the setting would do nothing
    assert ((vectors * reference).sum(axis=1) > 0.999).all()
    np.testing.assert_array_equal(
        embed(TEXTS, encoder), reference
    )  # the shared weights are as before


def test_precision_without_an_encoder_of_ours_is_refused():
    from paser_core.models.live import encoder_of

    class Own:
        def encode(self, texts):
            return np.eye(len(texts))

    with pytest.raises(ConfigError, match=r"bfloat16.*Own.*leave embedding\.dtype out"):
        encoder_of(Own(), 4, Precision.BFLOAT16)
    with pytest.raises(ConfigError, match="vectors are given"):
        EmbeddingConfig(dtype="bfloat16", precomputed="v.npy")


def test_no_texts_are_no_error(encoder):
    assert encoder.encode([]).shape == (0, 384)


def test_the_folder_and_both_names_are_the_same_encoder(encoder):
    vector = encoder.encode(["same"])
    for name in (str(bundled_folder()), f"sentence-transformers/{BUNDLED}"):
        other = load_encoder(EmbeddingConfig(model=name))
        assert other.name == name
        np.testing.assert_array_equal(other.encode(["same"]), vector)


def test_an_encoder_that_cannot_be_loaded(tmp_path, monkeypatch):
    import huggingface_hub.constants

    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_OFFLINE", True)
    for name, words in {
        str(tmp_path / "gone"): "no such model folder",
        str(tmp_path): "not a sentence encoder",
        "nobody/no-such-encoder": "bundled",
    }.items():
        with pytest.raises(ModelError, match=words):
            load_encoder(EmbeddingConfig(model=name))
    (tmp_path / "config.json").write_text('{"model_type": "frobnicator"}')
    with pytest.raises(ModelError, match="cannot be loaded"):
        load_encoder(EmbeddingConfig(model=str(tmp_path)))
