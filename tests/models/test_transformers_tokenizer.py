from __future__ import annotations

import copy

import pytest
from tiny_models import byte_tokenizer, sample
from tokenizers import Tokenizer, decoders, models, normalizers
from transformers import PreTrainedTokenizerFast

from paser_core.config import Template
from paser_core.errors import ModelError
from paser_core.models.agreement import check_agreement
from paser_core.models.transformers_tokenizer import TransformersTokenizer

CHATML = (
    "{% for m in messages %}<|{{ m.role }}|>{{ m.content }}<|end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|assistant|>{% endif %}"
)
TEXTS = [
    "42",
    "def f(x):\n    return x",
    "Zürich — 東京 😀!",
    " leading space",
    "a",
    "two\n\nlines\n",
]


def sentencepiece_like():
    """As Llama's: a text gets a leading ▁, spaces become ▁, unknown characters bytes."""
    words = ["▁Hello", "Hello", "▁world", "world", "▁", "H", "e", "l", "o", "w", "r", "d"]
    vocabulary = ["<unk>", "<s>", "</s>", *[f"<0x{i:02X}>" for i in range(256)], *words]
    raw = Tokenizer(
        models.Unigram(
            [(token, -float(i)) for i, token in enumerate(vocabulary)], 0, byte_fallback=True
        )
    )
    raw.normalizer = normalizers.Sequence([normalizers.Prepend("▁"), normalizers.Replace(" ", "▁")])
    raw.decoder = decoders.Sequence(
        [
            decoders.Replace("▁", " "),
            decoders.ByteFallback(),
            decoders.Fuse(),
            decoders.Strip(" ", 1, 0),
        ]
    )
    return PreTrainedTokenizerFast(
        tokenizer_object=raw, unk_token="<unk>", bos_token="<s>", eos_token="</s>"
    )


def prompt_ids(tokenizer, instruction, input=""):
    encoded = tokenizer.encode(sample(instruction, input, "x"))
    return [i for i, response in zip(encoded.ids, encoded.measured, strict=True) if not response]


def response_ids(tokenizer, output):
    encoded = tokenizer.encode(sample("Do.", "", output))
    return [i for i, response in zip(encoded.ids, encoded.measured, strict=True) if response]


@pytest.mark.parametrize("text", TEXTS)
@pytest.mark.parametrize("template", [Template.ALPACA, Template.NONE])
def test_prompt_and_response_are_the_ids_of_the_joint_text(tokenizer, template, text):
    ours = TransformersTokenizer(tokenizer, template)
    prompt, response = (
        prompt_ids(ours, "Do {this}.", "with {that}"),
        response_ids(ours, text),
    )
    joint = tokenizer(tokenizer.decode(prompt[1:]) + text)["input_ids"]
    assert prompt + response[:-1] == joint
    assert response[-1] == tokenizer.eos_token_id
    assert prompt[0] == tokenizer.bos_token_id


def test_a_sentencepiece_response_has_no_space_that_is_not_there():
    raw = sentencepiece_like()
    assert raw.convert_ids_to_tokens(raw("Hello", add_special_tokens=False)["input_ids"]) == [
        "▁Hello"
    ]
    ids = response_ids(TransformersTokenizer(raw), "Hello world")
    assert raw.convert_ids_to_tokens(ids) == ["Hello", "▁world", "</s>"]


def test_the_alpaca_prompt_reads_as_published(tokenizer):
    ours = TransformersTokenizer(tokenizer)
    without = tokenizer.decode(prompt_ids(ours, "Add {x}.", "  "), skip_special_tokens=True)
    assert without.startswith("Below is an instruction that describes a task. Write a response")
    assert without.endswith("### Instruction:\nAdd {x}.\n\n### Response:\n")
    with_input = tokenizer.decode(
        prompt_ids(ours, "Add.", "{instruction}"), skip_special_tokens=True
    )
    assert with_input.endswith(
        "### Instruction:\nAdd.\n\n### Input:\n{instruction}\n\n### Response:\n"
    )


def test_an_empty_response_has_no_tokens_not_even_the_end(tokenizer):
    for template in (Template.ALPACA, Template.NONE):
        assert response_ids(TransformersTokenizer(tokenizer, template), "") == []


def test_the_chat_template_of_the_tokenizer_is_used(tokenizer):
    chatty = copy.deepcopy(tokenizer)
    chatty.chat_template = CHATML
    ours = TransformersTokenizer(chatty, Template.CHAT)
    ids = ours.encode(sample("Add.", "1 2", "3")).ids
    assert chatty.decode(ids) == "<|user|>Add.\n\n1 2<|end|>\n<|assistant|>3<|end|>\n"


def test_a_chat_template_that_is_missing_is_an_error(tokenizer):
    with pytest.raises(ModelError, match="alpaca or"):
        TransformersTokenizer(tokenizer, Template.CHAT)


@pytest.mark.parametrize("text", TEXTS)
@pytest.mark.parametrize("make", [byte_tokenizer, sentencepiece_like])
def test_pieces_read_as_the_response(make, text):
    ours = TransformersTokenizer(make())
    ids = response_ids(ours, text)
    pieces = ours.pieces(ids)
    assert len(pieces) == len(ids)
    assert pieces[-1] == "</s>"
    assert "".join(pieces[:-1]).strip(" ") == text.strip(" ")
    assert "\ufffd" not in "".join(pieces)


def test_pieces_of_bytes_that_are_no_text_still_come_one_a_token(tokenizer):
    ids = [tokenizer.convert_tokens_to_ids("Ã")] * 20  # the first byte of a character, never ended
    assert len(TransformersTokenizer(tokenizer).pieces(ids)) == 20
    assert TransformersTokenizer(tokenizer).pieces([]) == []


def test_a_tokenizer_agrees_with_its_copy(tokenizer):
    assert check_agreement(tokenizer, copy.deepcopy(tokenizer), Template.ALPACA) == ()


def test_more_tokens_at_the_end_are_noted_from_either_side(tokenizer):
    larger = byte_tokenizer(extra=["<new>", "<newer>"])
    for pair in ((tokenizer, larger), (larger, tokenizer)):
        (note,) = check_agreement(*pair, Template.ALPACA)
        assert "2 more tokens" in note.text
        assert "<new>" in note.text


def test_the_first_difference_is_named_with_an_example(tokenizer):
    swapped = byte_tokenizer(corpus=["zebras zigzag"] * 5)
    with pytest.raises(ModelError, match=r"token .* (is number|is known)"):
        check_agreement(tokenizer, swapped, Template.ALPACA)
    shorter = byte_tokenizer()
    shorter.eos_token = "a"
    with pytest.raises(ModelError, match="ends with '</s>'"):
        check_agreement(tokenizer, shorter, Template.ALPACA)
    chatty = copy.deepcopy(tokenizer)
    chatty.chat_template = CHATML
    assert check_agreement(tokenizer, chatty, Template.ALPACA) == ()
    with pytest.raises(ModelError, match="chat templates differ"):
        check_agreement(tokenizer, chatty, Template.CHAT)


def test_the_same_words_read_by_other_rules_are_a_difference(tokenizer):
    lower = byte_tokenizer()
    lower.backend_tokenizer.normalizer = normalizers.Lowercase()
    with pytest.raises(ModelError, match='the text "The quick'):
        check_agreement(tokenizer, lower, Template.ALPACA)
    without_start = byte_tokenizer()
    from tokenizers.processors import ByteLevel

    without_start.backend_tokenizer.post_processor = ByteLevel()
    with pytest.raises(ModelError, match="at token 0"):
        check_agreement(tokenizer, without_start, Template.ALPACA)
