"""Places of concepts: each comes back to its concept, and all that a sample has are found."""

from __future__ import annotations

import unicodedata
from pathlib import Path
from types import SimpleNamespace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from paser_core.config import Turns
from paser_core.explain.marked import Span, _find, conversation_text, marked, place, spans
from paser_core.explain.marked_parts import parts_of, parts_of_tokens
from paser_core.language import ENGLISH, Speech, fold, joined, plain, tokens
from paser_core.runs import Run
from paser_core.runs.transcript import transcript
from paser_core.stages.concepts import extract_phrases
from paser_core.stages.phrases import normalize

DEMO = Run.open(Path(__file__).parents[2] / "data" / "demo" / "run")

# A text of each language, long enough to be told, with noise that its reading leaves out.
SPOKEN = {
    "en": "Explain how <b>interest rates</b> affect the city's big-name banks &amp; housing markets.",
    "es": "Explica cómo los tipos de interés afectan a la economía española y al mercado laboral.",
    "de": "Erkläre bitte, wie die Straßenbahn-Haltestellen in der Großstadt geplant werden können.",
    "fr": "Expliquez pourquoi l'eau chaude et l’huile d'olive ne se mélangent pas dans la cuisine.",
    "ru": "Объясни, пожалуйста, как работает рынок недвижимости и почему растут процентные ставки.",
    "el": "Εξήγησε πώς οι ΤΡΆΠΕΖΕΣ και ο πληθωρισμός επηρεάζουν την αγορά και τους πολίτες.",
    "tr": "İstanbul'daki küçük işletmelerin IŞIK faturalarını nasıl ödediğini kısaca açıkla.",
    "ar": "اشرح كيف تؤثر أسعار الفائدة على الأســـواق المالية في المدن الكبيرة.",
    "hi": "समझाइए कि ब्याज दरें आवास बाज़ार को कैसे प्रभावित करती हैं और क्यों।",
    "th": "อธิบายว่าอัตราดอกเบี้ยส่งผลต่อตลาดที่อยู่อาศัยอย่างไร",
    "zh": "请解释利率如何影响住房市场，并说明银行的作用。",
    "ja": "金利が住宅市場にどのような影響を与えるか、銀行の役割とともに説明してください。",
    "ko": "금리가 주택 시장에 어떤 영향을 미치는지 은행의 역할과 함께 설명해 주세요.",
    "fa": "توضیح بده چگونه نرخ بهره بر بازار مسکن و می‌خواهم بانک‌ها اثر می‌گذارد.",
    "vi": "Giải thích lãi suất ảnh hưởng thế nào đến thị trường nhà ở và ngân hàng.",
}  # fmt: skip


def read_again(text, span, codes=(ENGLISH,)):
    """The concept that the marked characters come to by themselves."""
    stops = Speech(()).stop_words(codes)
    said = tokens(plain(text[span.start : span.end]), codes[0])
    return normalize(" ".join(said), codes[0], stops)


def test_every_place_in_the_demo_comes_back_to_its_concept_and_none_is_missing():
    frame = DEMO.samples
    placed, exact, number = 0, 0, 0
    columns = zip(frame["instruction"], frame["input"], frame["output"], strict=True)
    for row, texts in enumerate(columns):
        concepts = DEMO.concepts.of(row)
        places, missing = place(texts, concepts)
        number += len(concepts)
        placed += len(concepts) - len(missing)
        exact += _find("\n".join(texts), concepts, (ENGLISH,)).score[0]
        for text, found in zip(texts, places, strict=True):
            assert list(found) == sorted(found)
            for span in found:
                assert span.concept in concepts
                assert read_again(text, span) == span.concept
    assert number > 10_000
    assert placed == number
    assert exact == number  # each as the candidate that it was read as


def test_the_response_is_marked_too():
    rows = (r for r in range(DEMO.n) if DEMO.concepts.of(r))
    row = next(r for r in rows if marked(DEMO, r, DEMO.concepts.of(r)).spans["output"])
    own = DEMO.concepts.of(row)
    found = marked(DEMO, row, own)
    sample = DEMO.sample(row)
    assert set(found.spans) == {"instruction", "input", "output"}
    assert {read_again(sample.output, span) for span in found.spans["output"]} <= set(own)
    assert found.missing == ()


@pytest.mark.parametrize("code", SPOKEN)
@pytest.mark.parametrize("form", ["as written", "torn"])
def test_every_script_is_marked(code, form):
    text = SPOKEN[code] if form == "as written" else unicodedata.normalize("NFD", SPOKEN[code])
    (concepts,) = extract_phrases([text], speech=Speech.of([text], code))
    assert concepts
    found = _find(text, concepts, (code,))
    assert found.score == (len(concepts), len(concepts))
    for span in found.all:
        there = fold(plain(text[span.start : span.end]))
        letters = "".join(c for c in there if c.isalpha())
        if code == "en":
            assert read_again(text, span) == span.concept
        else:
            assert letters == "".join(c for c in fold(span.concept) if c.isalpha())


def test_the_language_need_not_be_known():
    for code, text in SPOKEN.items():
        (concepts,) = extract_phrases([text], speech=Speech.of([text], code))
        (_,), missing = place([text], concepts)
        assert missing == (), code


@given(
    st.lists(st.sampled_from([*SPOKEN.values(), "<a>", "\n", "1 + 2", "x" * 50]) | st.text(), max_size=4),
    st.sampled_from(sorted(SPOKEN)),
)  # fmt: skip
@settings(max_examples=100, deadline=None)
def test_whatever_was_read_is_found_where_it_was_read(texts, code):
    whole = "\n".join(texts)
    (concepts,) = extract_phrases([whole], speech=Speech.of([whole], code))
    places, missing = place(texts, concepts, code)
    assert missing == ()
    for text, found in zip(texts, places, strict=True):
        assert all(0 <= s.start < s.end <= len(text) for s in found)


def test_pieces_of_a_long_phrase_and_words_that_stand_elsewhere():
    text = "Classify large purple shiny metal boxes. Old boxes rust."
    (concepts,) = extract_phrases([text], speech=Speech.of([text], "en"))
    assert "classify large purple" in concepts  # of a run of six words
    shown = {(s.concept, text[s.start : s.end]) for s in spans(text, concepts)}
    assert ("classify large purple", "Classify large purple") in shown
    assert ("old boxe rust", "Old boxes rust") in shown or (
        "old box rust",
        "Old boxes rust",
    ) in shown
    # "shiny" alone is no place of a concept that is not one.
    assert all(end - start > 5 for start, end in [(s.start, s.end) for s in spans(text, concepts)])


def test_a_substring_is_no_place():
    text = "The embankment, and banks for bankers. A bank, here."
    assert [text[s.start : s.end] for s in spans(text, ["bank"])] == ["banks", "bank"]


def test_words_inside_a_candidate_are_only_marked_where_no_candidate_is():
    apart = "big tiny bank. tiny bank"
    assert [s.start for s in spans(apart, ["tiny bank"])] == [15]
    assert [s.start for s in spans("big tiny bank.", ["tiny bank"])] == [4]


def test_what_has_no_place_is_said():
    places, missing = place(["Sort the numbers.", "", "1, 2"], ["number", "housing market"])
    assert missing == ("housing market",)
    assert [s.concept for s in places[0]] == ["number"]
    assert places[1:] == ((), ())


def test_behind_text_that_many_share_it_is_found():
    shared = "You are a careful assistant. " * 900
    text = f"{shared}Explain the housing market."
    assert len(shared) > 20_000
    (found,), missing = place([text], ["housing market"])
    assert missing == ()
    assert text[found[0].start : found[0].end] == "housing market"


def test_spelling_that_another_sample_decided():
    # "straße" and "strasse" are one concept, spelled as most samples spell it.
    (found,), missing = place(["Die Straße nach Süden ist gesperrt."], ["strasse"], "de")
    assert missing == ()
    assert (found[0].start, found[0].end) == (4, 10)


def test_parts_are_the_text():
    text = "big tiny bank account"
    found = [Span(0, 13, "big tiny bank"), Span(9, 21, "bank account"), Span(4, 8, "tiny")]
    made = parts_of(text, found)
    assert "".join(p.text for p in made) == text
    assert [(p.text, p.concepts) for p in made] == [
        ("big ", ("big tiny bank",)),
        ("tiny", ("big tiny bank", "tiny")),
        (" ", ("big tiny bank",)),
        ("bank", ("big tiny bank", "bank account")),
        (" account", ("bank account",)),
    ]
    assert parts_of("", ()) == parts_of("", [Span(3, 4, "x")])
    assert "".join(p.text for p in parts_of(text[:10], found)) == text[:10]


@given(st.lists(st.text(max_size=4), max_size=8), st.data())
@settings(max_examples=200, deadline=None)
def test_tokens_are_cut_and_never_changed(pieces, data):
    text = "".join(pieces)
    number = st.integers(0, len(text))
    pairs = data.draw(st.lists(st.tuples(number, number), max_size=4))
    found = [Span(min(p), max(p), str(i)) for i, p in enumerate(pairs) if p[0] != p[1]]
    made = parts_of_tokens(pieces, text, found)
    for i, token in enumerate(pieces):
        assert "".join(p.text for p in made if p.token == i) == token
    for span in found:
        if text.strip() and span.start >= len(text) - len(text.lstrip()):
            covered = "".join(p.text for p in made if span.concept in p.concepts)
            assert covered == text[span.start : span.end]


def test_tokens_may_begin_with_a_blank_and_end_early():
    made = parts_of_tokens(
        [" the", " ba", "nk"], "the bank is shut", [Span(4, 8, "bank"), Span(12, 16, "shut")]
    )
    assert [(p.text, p.concepts) for p in made] == [
        (" the", ()), (" ", ()), ("ba", ("bank",)), ("nk", ("bank",)),
    ]  # fmt: skip
    assert all(not p.concepts for p in parts_of_tokens(["xy"], "bank", [Span(0, 4, "bank")]))


def test_a_concept_in_no_space_script_is_shown_joined():
    text = SPOKEN["zh"]
    (concepts,) = extract_phrases([text], speech=Speech.of([text], "zh"))
    for span in spans(text, concepts, ("zh",)):
        assert text[span.start : span.end] == joined(span.concept)


def test_an_earlier_turn_has_places_where_it_was_read():
    said = ({"role": "user", "content": "Tell me of the housing market."},
            {"role": "assistant", "content": "It is hot."},
            {"role": "user", "content": "Why?"},
            {"role": "assistant", "content": "Interest rates."})  # fmt: skip
    talk = SimpleNamespace(messages=said, answer=3, tools=None)
    run = SimpleNamespace(
        sample=lambda row: SimpleNamespace(instruction="Why?", input="", output="Interest rates."),
        config=SimpleNamespace(
            data=SimpleNamespace(language="en"), embedding=SimpleNamespace(turns=Turns.ALL)
        ),
        conversation=lambda row: talk,
    )
    own = ("housing market", "interest rate", "steel price")
    found = marked(run, 0, own)
    shown = conversation_text(transcript(talk))
    places = found.spans["conversation"]
    assert [shown[s.start : s.end] for s in places] == ["housing market", "Interest rates"]
    assert [s.concept for s in found.spans["output"]] == ["interest rate"]
    assert found.missing == ("steel price",)
    run.config.embedding.turns = Turns.LAST  # the earlier turn was not read
    assert marked(run, 0, own).missing == ("housing market", "steel price")
