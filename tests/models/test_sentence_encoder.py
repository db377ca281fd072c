from __future__ import annotations

import hashlib
import pickle

import numpy as np
import pytest
import torch
from sentence_transformers import SentenceTransformer
from sentence_transformers.base.modules import Transformer
from sentence_transformers.sentence_transformer.modules import Pooling
from transformers import AutoTokenizer, BertModel, DistilBertModel, RobertaModel, XLMRobertaModel

from paser_core.config import EmbeddingConfig, Precision, RunConfig
from paser_core.errors import ConfigError, ModelError
from paser_core.measure.loading import loaders
from paser_core.models.batches import batches
from paser_core.models.sentence_encoder import (
    BUNDLED,
    SentenceEncoder,
    bundled_folder,
    load_encoder,
)
from paser_core.stages.embedding import embed

WEIGHTS = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
TEXTS = ["Add two and three.", "x " * 900, "What is 2 + 3?", "Write a poem about the sea.", "é"]


def sentence_model(kind, pooling, folder):
    """A model of two layers with random weights, and the bundled tokenizer."""
    torch.manual_seed(0)
    config = kind.config_class(
        vocab_size=30522,
        hidden_size=32,
        dim=32,
        num_hidden_layers=2,
        n_layers=2,
        num_attention_heads=4,
        n_heads=4,
        intermediate_size=64,
        hidden_dim=64,
        max_position_embeddings=300,
        pad_token_id=0,
    )
    kind(config).save_pretrained(folder)
    AutoTokenizer.from_pretrained(bundled_folder()).save_pretrained(folder)
    body = Transformer(str(folder), max_seq_length=256)
    return SentenceTransformer(modules=[body, Pooling(32, pooling)], device="cpu")


@pytest.fixture(scope="module")
def encoder():
    return load_encoder(EmbeddingConfig(batch_size=2, dtype="float32"))


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


def test_auto_is_what_the_processor_has(monkeypatch):
    from paser_core.models import precision

    def chosen(**has):
        monkeypatch.setattr("torch.cpu.get_capabilities", lambda: has)
        precision._fastest.cache_clear()
        return precision.settled(Precision.AUTO)

    monkeypatch.setattr("torch.accelerator.is_available", lambda: False)
    assert chosen(avx2=True) is Precision.FLOAT32
    assert chosen(avx512_bf16=True, amx_bf16=False) is Precision.BFLOAT16
    assert chosen(amx_bf16=True) is Precision.BFLOAT16
    assert load_encoder().precision is Precision.BFLOAT16
    monkeypatch.setattr("torch.accelerator.is_available", lambda: True)
    assert chosen(amx_bf16=True) is Precision.FLOAT32
    assert precision.settled(Precision.BFLOAT16) is Precision.BFLOAT16
    precision._fastest.cache_clear()


def test_what_travels_to_a_worker_says_the_precision_that_was_chosen_here(monkeypatch):
    from paser_core.models import precision

    monkeypatch.setattr(precision, "_fastest", lambda: Precision.BFLOAT16)
    sent = pickle.dumps(loaders(RunConfig()).encoder)
    monkeypatch.setattr(
        precision, "_fastest", lambda: Precision.FLOAT32
    )  # a processor of another kind
    assert pickle.loads(sent)().precision is Precision.BFLOAT16


@pytest.mark.parametrize("dtype", list(Precision))
def test_a_text_does_not_depend_on_its_neighbors_but_for_rounding(dtype):
    encoder = load_encoder(EmbeddingConfig(dtype=dtype))
    together = embed(TEXTS, encoder)
    alone = np.concatenate([embed([text], encoder) for text in TEXTS])
    if encoder.precision is Precision.FLOAT32:
        np.testing.assert_allclose(together, alone, atol=1e-6)
    assert ((together * alone).sum(axis=1) > 0.9999).all()


@pytest.mark.parametrize("kind", [BertModel, RobertaModel, XLMRobertaModel])
@pytest.mark.parametrize("pooling", ["mean", "cls"])
def test_without_padding_the_vectors_are_those_of_the_library(kind, pooling, tmp_path, monkeypatch):
    from paser_core.models import unpadded

    model = sentence_model(kind, pooling, tmp_path)
    assert unpadded.can_unpad(model)
    texts = [*TEXTS, "Add two and four.", "Write a song about the sea."] * 3
    expected = model.encode(texts, normalize_embeddings=True)
    before = model[0].auto_model.config._attn_implementation
    ours = SentenceEncoder(model, "tiny", precision=Precision.FLOAT32)
    np.testing.assert_allclose(ours.encode(texts), expected, atol=1e-5)
    assert model[0].auto_model.config._attn_implementation == before
    monkeypatch.setattr(unpadded, "can_unpad", lambda _: False)
    np.testing.assert_allclose(ours.encode(texts), expected, atol=1e-5)


def test_a_model_that_would_be_read_otherwise_is_left_to_the_library(tmp_path):
    from paser_core.models.unpadded import can_unpad

    for spoil in (
        lambda model: (
            model.prompts.update(ask="query: ") or setattr(model, "default_prompt_name", "ask")
        ),
        lambda model: setattr(model, "truncate_dim", 8),
        lambda model: model.append(torch.nn.Identity()),
    ):
        model = sentence_model(BertModel, "mean", tmp_path)
        spoil(model)
        assert not can_unpad(model)
    model = sentence_model(DistilBertModel, "mean", tmp_path)
    assert not can_unpad(model)
    expected = model.encode(TEXTS, normalize_embeddings=True)
    ours = SentenceEncoder(model, "tiny", precision=Precision.FLOAT32)
    np.testing.assert_allclose(ours.encode(TEXTS), expected, atol=1e-5)


def test_batches_end_at_a_number_of_tokens_and_hold_little_padding():
    random = np.random.default_rng(0)
    for lengths in (
        np.minimum(random.lognormal(4.2, 1, 3000).astype(int) + 3, 256),
        np.array([256] + [4] * 300),
    ):
        rows = list(batches(lengths, 64, 1024, padded=True))
        assert sorted(np.concatenate(rows).tolist()) == list(range(len(lengths)))
        padded = [len(part) * lengths[part].max() for part in rows]
        assert max(padded) <= 1024
        assert max(map(len, rows)) <= 64
        assert sum(padded) <= lengths.sum() / 0.95
    free = list(batches(np.array([300, 9, 9, 600]), 64, 320))  # a text that is too long is alone
    assert [part.tolist() for part in free] == [[3], [0, 1, 2]]


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
        other = load_encoder(EmbeddingConfig(model=name, dtype="float32"))
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
