"""Where the characters of a text came from, against the functions that it follows."""

from __future__ import annotations

import html
import unicodedata

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from paser_core.language import Traced, plain, tokens
from paser_core.language.noise import _ENTITY, _unescaped

NOISE = (
    "<b>", "</b>", "<note>", "</note>", "<br/>", "<!-- x -->", "<|end|>", "[INST]", "&amp;", "&eacute;",
    "&amp;lt;", "&#233;", "&notit;", "http://a.bc/d", "a@b.cd", "a.pdf", "\\n", "\\frac{a}{b}", "\\alpha ",
    "$x$\\", "-LRB-", "country 's", "do n't", "it’s", "@-@", "![alt](x.png)", "[a](b)", "\n", ". ", " ",
    "'", "’", "s ", "e\u0301", "ｶﾞ", "Ａ１", "ﷺ", "ﬁ", "İ", "ΑΣ", "Straße", "\u00ad", "각", "ไทย", "日本語",
    "l'eau", "self-driving", "नमस्ते", "x" * 3,
)  # fmt: skip
LANGUAGES = ("en", "fr", "tr", "de", "th", None)
texts = st.lists(st.sampled_from(NOISE) | st.text(max_size=6), max_size=14).map("".join)


@given(texts, st.sampled_from(LANGUAGES))
@example("<note>a</note> <note>b", "en")
@example("&amp;amp;eacute;t&eacute;", "fr")
@settings(max_examples=500, deadline=None)
def test_it_comes_to_the_same_texts_and_tokens(text, language):
    read = Traced.of(text).plain()
    assert read.text == plain(text)
    assert len(read.text) == len(read.starts) == len(read.ends)
    assert all(0 <= a < b <= len(text) for a, b in zip(read.starts, read.ends, strict=True))
    found = read.tokens(language)
    assert [token.text for token in found] == tokens(plain(text), language)


@given(st.text(st.sampled_from("&#xX0123456789abcgltmpquo;< \n"), max_size=40))
@settings(max_examples=500, deadline=None)
def test_entities_are_those_of_the_standard_library(text):
    assert _ENTITY.sub(_unescaped, text) == html.unescape(text)


def test_every_character_is_composed_as_the_standard_library_does():
    for code in range(0x110000):
        letter = chr(code)
        torn = unicodedata.normalize("NFD", letter)
        if torn != letter:
            assert Traced.of(f"a{torn}b").tokens(None), letter
            joined = "".join(t.text for t in Traced.of(f"x{torn}x").tokens("de"))
            assert joined == "".join(tokens(f"x{torn}x", "de")), letter


@pytest.mark.parametrize(
    ("text", "language", "token", "original"),
    [
        ("Un cafe\u0301 noir", "fr", "café", "cafe\u0301"),
        ("Tom &amp; the caf&eacute;s", "en", "cafés", "caf&eacute;s"),
        ("<b>Bold</b> words", "en", "bold", "Bold"),
        ("I do n't know", "en", "don't", "do n't"),
        ("Ｆｕｌｌ width", "en", "full", "Ｆｕｌｌ"),
        ("ﬁne ﬂour", "en", "flour", "ﬂour"),
        ("İstanbul'da", "tr", "istanbul'da", "İstanbul'da"),
        ("so\u00adft hyphen", "en", "soft", "so\u00adft"),
        ("l'eau froide", "fr", "eau", "eau"),
        ("see http://x.yz/bank now bank", "en", "bank", "bank"),
    ],
)
def test_a_token_stands_where_a_reader_sees_it(text, language, token, original):
    (found,) = [t for t in Traced.of(text).plain().tokens(language) if t.text == token]
    assert text[found.start : found.end] == original
    if token == "bank":
        assert found.start == len(text) - 4
