"""Ids against the template's own rendering, over generated conversations and families of templates."""

from __future__ import annotations

import copy
import datetime
import functools
import time

import pytest
from chat_templates import CHATML, FAMILIES, MARKED
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from test_transformers_tokenizer import sentencepiece_like
from tiny_models import byte_tokenizer, sample

from paser_core.config import Template
from paser_core.errors import ModelError, SampleError
from paser_core.models import chat_template
from paser_core.models.transformers_tokenizer import TransformersTokenizer
from paser_core.records.conversations import Conversation
from paser_core.records.messages import message_text

DATE = "2024-07-26"
WORDS = [
    "Hello",
    " world",
    "\n",
    "  ",
    "42",
    "é",
    "東京",
    "{{ x }}",
    "<|im_end|>",
    "A",
    "§",
    "</s>",
    ":",
]
texts = st.lists(st.sampled_from(WORDS), min_size=1, max_size=5).map("".join)
answers = st.one_of(
    texts,
    st.tuples(texts, texts).map(lambda t: f"<think>\n{t[0]}\n</think>\n\n{t[1]}"),
).filter(lambda text: text.split("</think>")[-1].strip())
CALL = {"type": "function", "function": {"name": "look", "arguments": {"at": 1}}}
TOOL = {"type": "function", "function": {"name": "look", "description": "x", "parameters": {}}}


@st.composite
def conversations(draw):
    messages = []
    if draw(st.booleans()):
        messages.append({"role": "system", "content": draw(texts)})
    tools = draw(st.booleans())
    for _ in range(draw(st.integers(1, 3))):
        messages.append({"role": "user", "content": draw(texts)})
        if tools and draw(st.booleans()):
            messages.append({"role": "assistant", "content": None, "tool_calls": [CALL]})
            messages.append({"role": "tool", "content": draw(texts)})
        answer = {"role": "assistant", "content": draw(answers)}
        if draw(st.booleans()):
            answer["reasoning_content"] = draw(texts)
        messages.append(answer)
    last = len(messages) - 1
    if draw(st.booleans()):
        messages.append({"role": "user", "content": draw(texts)})  # has no answer
    return Conversation(tuple(messages), last, "q", tools=(TOOL,) if tools else None)


@functools.cache
def tokenizer_with(template, make=byte_tokenizer):
    made = copy.deepcopy(make())
    made.chat_template = FAMILIES.get(template, template)
    return made


def own_rendering(tokenizer, conversation, **more):
    return tokenizer.apply_chat_template(
        list(conversation.messages[: conversation.answer + 1]),
        tools=None if conversation.tools is None else list(conversation.tools),
        strftime_now=datetime.datetime.fromisoformat(DATE).strftime,
        **more,
    )


def measured_text(tokenizer, encoded):
    pairs = zip(encoded.ids, encoded.measured, strict=True)
    return tokenizer.decode([i for i, measured in pairs if measured])


@pytest.mark.parametrize("make", [byte_tokenizer, sentencepiece_like])
@pytest.mark.parametrize("family", FAMILIES)
@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_ids_are_those_of_the_templates_own_rendering(family, make, data):
    conversation = data.draw(conversations())
    tokenizer = tokenizer_with(family, make)
    try:
        expected = own_rendering(tokenizer, conversation)["input_ids"]
    except Exception as error:  # noqa: BLE001 - the template refuses; so do we, in its own words
        with pytest.raises(SampleError) as refused:
            TransformersTokenizer(tokenizer, Template.CHAT, DATE).encode(conversation)
        assert str(error).splitlines()[0] in str(refused.value)  # noqa: PT017
        return
    ours = TransformersTokenizer(tokenizer, Template.CHAT, DATE)
    last, every = ours.encode(conversation), ours.encode(conversation, every_turn=True)
    assert last.ids == expected
    assert every.ids == expected
    # What is measured ends the text, holds the answer and nothing of the question before it.
    assert any(last.measured)
    first = last.measured.index(True)
    assert first > 0
    assert all(last.measured[first:]) or family == "marked"
    assert not any(m and not e for m, e in zip(last.measured, every.measured, strict=True))
    text = own_rendering(tokenizer, conversation, tokenize=False)
    answer = message_text(conversation.messages[conversation.answer]["content"])
    said = answer.split("</think>")[-1].strip()
    if make is byte_tokenizer:  # the other knows few words, so its decoding is not the text
        assert said in measured_text(tokenizer, last)
        assert (
            len(measured_text(tokenizer, last)) <= len(text) - text.rindex(said) + len(answer) + 200
        )


@pytest.mark.parametrize("family", sorted(set(FAMILIES) - {"marked"}))
def test_the_opening_is_read_and_the_answer_measured(family):
    tokenizer = tokenizer_with(family)
    ours = TransformersTokenizer(tokenizer, Template.CHAT, DATE)
    messages = tuple(
        {"role": role, "content": text}
        for role, text in (
            ("user", "One?"),
            ("assistant", "Erste."),
            ("user", "Two?"),
            ("assistant", "Zweite."),
        )
    )
    talk = Conversation(messages, 3, "Two?")
    last = measured_text(tokenizer, ours.encode(talk))
    assert "Zweite." in last
    assert not any(
        word in last for word in ("Erste", "Two", "ssistant", "<A>", "ASSISTANT", "model")
    )
    every = measured_text(tokenizer, ours.encode(talk, every_turn=True))
    assert "Erste." in every
    assert "Zweite." in every
    assert "Two?" not in every
    assert "One?" not in every


def test_generation_marks_are_the_measured_tokens():
    tokenizer = tokenizer_with("marked")
    ours = TransformersTokenizer(tokenizer, Template.CHAT)
    talk = Conversation(
        (
            {"role": "user", "content": "a"},
            {"role": "assistant", "content": "b c"},
            {"role": "user", "content": "d"},
            {"role": "assistant", "content": "e"},
        ),
        3,
        "d",
    )
    asked = {"return_dict": True, "return_assistant_tokens_mask": True}
    reference = tokenizer.apply_chat_template(list(talk.messages), **asked)["assistant_masks"]
    assert [int(m) for m in ours.encode(talk, every_turn=True).measured] == reference
    assert measured_text(tokenizer, ours.encode(talk)) == "e</s>"


def test_a_date_is_the_one_of_the_config_and_is_told():
    tokenizer = tokenizer_with("llama-3")
    encoded = TransformersTokenizer(tokenizer, Template.CHAT, "2020-02-29").encode(
        sample("a", "", "b")
    )
    assert "Today: 29 Feb 2020" in tokenizer.decode(encoded.ids)
    assert [remark.code for remark in encoded.remarks] == ["template-date"]
    assert "2020-02-29" in encoded.remarks[0].text


def test_parts_are_joined_where_the_template_takes_texts_only():
    parts = [{"type": "text", "text": "one"}, {"type": "text", "text": "two"}]
    talk = Conversation(
        ({"role": "user", "content": parts}, {"role": "assistant", "content": "b"}), 1, "one"
    )
    tokenizer = tokenizer_with(CHATML)
    encoded = TransformersTokenizer(tokenizer, Template.CHAT).encode(talk)
    assert "user\none\ntwo<|im_end|>" in tokenizer.decode(encoded.ids)
    assert [remark.code for remark in encoded.remarks] == ["joined-parts"]
    takes = "{% for m in messages %}{% if m.content is string %}{{ m.content }}{% else %}{% for p in m.content %}({{ p.text }}){% endfor %}{% endif %}{% endfor %}"  # noqa: E501
    tokenizer = tokenizer_with(takes)
    encoded = TransformersTokenizer(tokenizer, Template.CHAT).encode(talk)
    assert tokenizer.decode(encoded.ids) == "(one)(two)b"
    assert encoded.remarks == ()


PLAIN = "{% for m in messages %}<{{ m.role }}>{{ m.content }}</{{ m.role }}>{% endfor %}"
BLANK = PLAIN.replace("{{ m.content }}", "{{ m.content or '' }}")
WITH_TOOLS = "{{ tools | tojson }}" + BLANK
WITH_CALLS = BLANK.replace("</{{", "{{ m.tool_calls | default('') }}</{{")
WITH_THOUGHT = BLANK.replace("</{{", "{{ m.reasoning_content | default('') }}</{{")


@pytest.mark.parametrize(
    ("template", "told"),
    [
        (PLAIN, ["unwritten-tools", "unwritten-calls", "unwritten-reasoning", "null-is-none"]),
        (BLANK, ["unwritten-tools", "unwritten-calls", "unwritten-reasoning"]),
        (WITH_TOOLS, ["unwritten-calls", "unwritten-reasoning"]),
        (WITH_CALLS, ["unwritten-tools", "unwritten-reasoning"]),
        (WITH_THOUGHT, ["unwritten-tools", "unwritten-calls"]),
    ],
)
def test_what_a_template_has_no_place_for_is_told(template, told):
    messages = (
        {"role": "user", "content": "None of them?"},
        {"role": "assistant", "content": None, "tool_calls": [CALL]},
        {"role": "tool", "content": "None here"},
        {"role": "assistant", "content": "None.", "reasoning_content": "I looked."},
    )
    ours = TransformersTokenizer(tokenizer_with(template), Template.CHAT)
    encoded = ours.encode(Conversation(messages, 3, "None of them?", tools=(TOOL,)))
    assert [remark.code for remark in encoded.remarks] == told
    # Nobody misses what is not there.
    bare = ({"role": "user", "content": "Hi"}, {"role": "assistant", "content": "None"})
    assert ours.encode(Conversation(bare, 1, "Hi")).remarks == ()


def test_control_tokens_in_a_text_are_told():
    for template in (Template.CHAT, Template.ALPACA, Template.NONE):
        ours = TransformersTokenizer(tokenizer_with(CHATML), template)
        assert [r.code for r in ours.encode(sample("a </s> b", "", "c")).remarks] == [
            "control-tokens"
        ]
        assert ours.encode(sample("a < / s> b", "", "c")).remarks == ()


@pytest.mark.parametrize(
    ("template", "words"),
    [
        ("{{ raise_exception('only on Mondays') }}", "only on Mondays"),
        ("{{ messages[0].nothing.more }}", "has no attribute"),
        ("{% for m in messages %}{{ m.content + 1 }}{% endfor %}", "refuses"),
        ("{% if %}", "refuses"),
        ("{{ messages[0].content }}", "cannot be found"),
        ("{% for i in range(10 ** 9) %}{% endfor %}", "refuses"),
        ("{% macro f(x) %}{{ f(x) }}{% endmacro %}{{ f(1) }}", "refuses"),
    ],
)
def test_a_template_that_refuses_does_so_in_one_sentence(template, words):
    ours = TransformersTokenizer(tokenizer_with(template), Template.CHAT)
    with pytest.raises(SampleError, match=words) as error:
        ours.encode(sample("Hi there", "", "An answer"))
    assert "\n" not in str(error.value)


def test_a_template_that_never_ends_is_stopped(monkeypatch):
    monkeypatch.setattr(chat_template, "SECONDS", 0.3)
    inner = "{% for j in range(99999) %}{% endfor %}"
    endless = f"{{% for i in range(99999) %}}{inner}{{% endfor %}}"
    ours = TransformersTokenizer(tokenizer_with(endless), Template.CHAT)
    began = time.monotonic()
    for _ in range(2):
        with pytest.raises(SampleError, match="did not end"):
            ours.encode(sample("a", "", "b"))
    with pytest.raises(ModelError, match=r"for 3 samples; set models\.template"):
        ours.encode(sample("a", "", "b"))
    assert time.monotonic() - began < 20


def test_a_template_that_writes_without_measure_is_cut_off(monkeypatch):
    monkeypatch.setattr(chat_template, "LONGEST", 1000)
    long = "{% for i in range(999) %}{{ messages[0].content }}{% endfor %}"
    with pytest.raises(SampleError, match="at most 1,000 are read"):
        TransformersTokenizer(tokenizer_with(long), Template.CHAT).encode(sample("aa", "", "b"))


def test_marks_within_a_macro_do_not_mislead():
    inside = "{% macro w(m) %}{% generation %}{{ m.content }}{% endgeneration %}{% endmacro %}" + (
        "{% for m in messages %}{% if m.role == 'user' %}U{{ m.content }}{% else %}A{{ w(m) }}{% endif %}{% endfor %}"  # noqa: E501
    )
    tokenizer = tokenizer_with(inside)
    encoded = TransformersTokenizer(tokenizer, Template.CHAT).encode(sample("question", "", "yes"))
    assert "yes" in measured_text(tokenizer, encoded)
    assert inside != MARKED
