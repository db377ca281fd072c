"""Words of many languages: whole, of the right language, free of what files leave behind."""

from __future__ import annotations

import time
import unicodedata
from collections import Counter

import numpy as np
import pytest
import regex
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from paser_core.explain.search import by_keyword, by_regex
from paser_core.language import (
    Speech,
    Told,
    fold,
    joined,
    lower,
    main_script,
    normal,
    plain,
    words,
)
from paser_core.language.detect import languages_of
from paser_core.language.stopwords import languages, stop_words
from paser_core.runs.searchable import searchable
from paser_core.stages.concepts import extract_phrases
from paser_core.stages.legibility import language_notices
from paser_core.stages.naming import class_keywords, unique_names

SENTENCES = {
    "de": "Erkläre mir bitte, wie die Straße in der Nacht gereinigt wird und warum das so ist.",
    "es": "Escribe un poema corto sobre el mar y las estrellas para mi hermana.",
    "pt": "Escreva um poema curto sobre o mar e as estrelas para a minha irmã.",
    "it": "Scrivi una breve poesia sul mare e le stelle per mia sorella.",
    "nl": "Schrijf een kort gedicht over de zee en de sterren voor mijn zus.",
    "tr": "Kız kardeşim için deniz ve yıldızlar hakkında kısa bir şiir yaz.",
    "vi": "Viết một bài thơ ngắn về biển và những vì sao cho em gái tôi.",
    "ru": "Напиши короткое стихотворение о море и звёздах для моей сестры.",
    "uk": "Напиши короткий вірш про море і зорі для моєї сестри, яка живе далеко.",
    "fa": "یک شعر کوتاه درباره دریا و ستاره‌ها برای خواهرم بنویس که او را دوست دارد",
    "ar": "اكتب قصيدة قصيرة عن البحر والنجوم من أجل أختي التي تعيش في مدينة بعيدة",
    "hi": "गणित में जोड़ का अर्थ समझाइए और एक उदाहरण दीजिए।",
    "el": "Γράψε ένα σύντομο ποίημα για τη θάλασσα.",
    "th": "อธิบายวิธีดูแลแมว",
    "ja": "光合成とは何かを三つの文で説明してください。",
    "zh": "请用三句话解释光合作用是什么。",
    "ko": "광합성이 무엇인지 세 문장으로 설명해 주세요.",
    "en": "Write a short poem about the sea and the stars for my sister.",
}


@pytest.mark.parametrize("language", SENTENCES)
def test_a_sentence_is_in_its_language(language):
    assert Speech.of([SENTENCES[language]]).languages == ((language,),)


def test_a_text_without_a_word_has_the_language_of_its_pool():
    told = Speech.of([SENTENCES["ru"]] * 5 + ["2 + 2 = ?", SENTENCES["en"]])
    assert told.languages[5] == ("ru",)
    assert told.languages[6] == ("en",)


SHORT = (
    "Name three rivers.", "Sort by price.", "True or false?", "What is the capital of Peru?",
    "Add 4 and 9.", "Fix the typo.", "Shorten this text.", "Who wrote it?", "Give an antonym of warm.",
)  # fmt: skip
LATIN_LISTS = sorted(languages() - {"en", "ru", "uk", "bg", "el", "ar", "fa", "ur", "hi", "mr"})


@given(
    st.sampled_from(LATIN_LISTS).flatmap(lambda code: st.sampled_from(sorted(stop_words(code)))),
    st.integers(1, 12),
    st.sampled_from(SHORT),
)
def test_one_word_of_another_language_does_not_make_an_english_pool_speak_it(word, times, text):
    assume(word.isascii())  # one in another script is in another language
    odd = f"{text} " + ", ".join(f"{word} {number}" for number in range(times))
    assert Speech.of([*SHORT, odd]).languages[-1] == ("en",)


def test_one_word_in_all_of_a_pool_is_no_language():
    """A word of each sum is Catalan, too; the German of the other texts is in many words."""
    sums = [f"Berechne {i} mal {i + 1}" for i in range(33)]
    letters = [f"Übersetze „Haus {i}“ ins Englische; bitte kurz. Danke!" for i in range(17)]
    assert Speech.of(sums[:1]).languages == (("ca",),)  # alone nothing speaks against it
    assert {*Speech.of(sums + letters).languages} == {("de",)}


def test_offers_of_banks_are_not_malay_and_a_spanish_sentence_among_them_is_spanish():
    banks = "Bank A 3.9%, Bank B 2.7%, Bank C 4.2%, Bank D 3.1%"
    spanish = "Tome una tableta cada ocho horas y beba mucha agua durante todo el día, porque así"
    told = Speech.of(
        [*SHORT, banks, spanish + " se cura antes; después puede usted salir también."]
    )
    assert told.languages[-2:] == (("en",), ("es",))


def test_a_question_without_its_template_keeps_its_language():
    short = [f"{i} plus {i + 3}?" for i in range(24)]
    told = Told(short, [f"What is {text}" for text in short], [str(2 * i) for i in range(24)])
    assert set(Speech.of(told).languages) == {("en",)}


def test_a_label_that_many_samples_have_says_nothing_of_their_language():
    asked = [
        f"Erkläre mir bitte, warum die {noun} so ist." for noun in ["Nacht", "Uhr", "See", "Luft"]
    ]
    assert set(Speech.of(Told(asked * 4, asked * 4, ["that is not so"] * 16)).counts) == {"de"}
    assert "that is so" in Told(["Oui?"], ["Oui?"], ["that is so"])[0]


@pytest.mark.parametrize("language", ["hi", "fa", "tr", "vi", "ru", "de", "el", "ar"])
@pytest.mark.parametrize("form", ["NFC", "NFD"])
def test_words_between_spaces_stay_whole(language, form):
    text = unicodedata.normalize(form, SENTENCES[language])
    whole = [w.strip(".,।") for w in SENTENCES[language].split()]
    assert words(text, language) == [lower(normal(w), language) for w in whole]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("อธิบายวิธีดูแลแมว", ["อธิบาย", "วิธี", "ดูแล", "แมว"]),
        ("我喜欢自然语言处理", ["我", "喜欢", "自然", "语言", "处理"]),
        ("ຂ້ອຍຮັກປະເທດລາວ", ["ຂ້ອຍ", "ຮັກ", "ປະເທດ", "ລາວ"]),
        ("ខ្ញុំស្រឡាញ់ប្រទេសកម្ពុជា", ["ខ្ញុំ", "ស្រឡាញ់", "ប្រទេស", "កម្ពុជា"]),
        ("自然语言Python处理", ["自然", "语言", "python", "处理"]),
        ("l’été à l'école", None),
    ],
)
def test_scripts_without_spaces_are_segmented(text, expected):
    if expected is None:
        assert words(text, "fr") == ["l", "été", "à", "l", "école"]
    else:
        assert words(text) == expected


@given(st.text(max_size=80))
@settings(max_examples=300, deadline=None)
def test_words_are_pieces_of_the_text_and_of_themselves(text):
    shown = lower(normal(text))
    for word in words(text):
        assert word in shown
        # Not unicodedata, which may know an older Unicode.
        assert regex.match(r"[\p{L}\p{N}]", word)
        assert unicodedata.normalize("NFC", word) == word
    assert normal(normal(text)) == normal(text)
    assert fold(fold(text)) == fold(text)


def test_spellings_that_differ_in_case_meet():
    assert fold("STRASSE") == fold("Straße") == fold("straße")
    assert lower("İSTANBUL IŞIK", "tr") == "istanbul ışık"
    assert lower("ΛΌΓΟΣ", "el") == "λόγος"
    rows = extract_phrases(["Die Straße brennt", "die STRASSE brennt", "die straße brennt"])
    assert len({p for row in rows for p in row}) == len(rows[0])


def test_phrases_of_a_script_without_spaces_are_written_without():
    assert joined("自然 语言 python") == "自然语言 python"
    assert joined("interest rate") == "interest rate"


def test_scripts():
    assert main_script("Привет, whole wide world") == "Latin"
    assert main_script("สวัสดี") == "Thai"
    assert main_script("😀 🎉") == "symbols and emoji"


NOUNS = ["volcano", "harbor", "lantern", "orchard", "glacier", "pepper", "falcon", "copper"]
NOISE = [
    "<br /><br />{}", "<p class='x'>{}</p>", "{}&nbsp;", "the {}&#39;s", "the {}&amp;#39;s", "{}’s",
    "{} 's", "**{}**", "[{}](https://www.example.org/a?b=c)", "![{}](img_0042.png)", "-LRB- {} -RRB-",
    "\\textbf{{{}}} $\\frac{{1}}{{2}}$", "\\n{}\\n", "mail me@example.com {}", "<note>{}</note>",
    "<|im_start|>{}<|im_end|>", "see report_final.pdf {}", "<!-- hidden -->{}", "&lt;br&gt;{}",
    "{}&#x27;s", "<script>var x=1</script>{}", "<td>{}</td>",
]  # fmt: skip


@given(st.lists(st.tuples(st.sampled_from(NOISE), st.sampled_from(NOUNS)), min_size=3, max_size=12))
@settings(max_examples=150, deadline=None)
def test_noise_of_files_is_in_no_name_and_no_concept(pieces):
    text = " , ".join(noise.format(noun) for noise, noun in pieces)
    said = {word for phrase in extract_phrases([text])[0] for word in phrase.split()}
    assert said <= {*NOUNS, "mail"}
    (keywords,) = class_keywords([text] * 2, np.zeros(2, np.int32), 1)
    assert {w for term in keywords for w in term.split()} <= {*NOUNS, "mail"}
    assert unique_names([keywords])


@pytest.mark.parametrize("text", ["if a < b and c > d", "vector<int> x", "5 < 6 > 3", "a & b"])
def test_what_only_looks_like_markup_stays(text):
    assert plain(text) == text


@pytest.mark.parametrize(
    "piece", ["<", "<a ", "[x](", "$\\", "&", "'s", "</", "@", "http://", "\\"]
)
def test_cleaning_takes_no_longer_for_odd_texts(piece):
    started = time.process_time()
    plain(piece * (20_000 // len(piece)))
    assert time.process_time() - started < 2


def test_search_finds_any_case_and_any_composition():
    said = ["Die Straße", unicodedata.normalize("NFD", "Café"), "İzmir", "गणित में जोड़"]
    texts = [*searchable([said])]
    assert by_keyword(texts, "STRASSE").rows.tolist() == [0]
    assert by_keyword(texts, "café").rows.tolist() == [1]
    assert by_keyword(texts, unicodedata.normalize("NFD", "CAFÉ")).rows.tolist() == [1]
    assert by_keyword(texts, "izmir").rows.tolist() == [2]
    assert by_keyword(texts, "जोड़").rows.tolist() == [3]
    assert by_regex(texts, "café$").rows.tolist() == [1]


def test_french_keeps_its_content_words():
    text = "Expliquez comment fonctionne l'économie pendant toute la saison froide en Méditerranée"
    (phrases,) = extract_phrases([text])
    said = " ".join(phrases)
    assert "économie" in said
    assert "saison froide" in said
    assert not {"la", "toute", "l", "en"} & set(said.split())


@pytest.mark.parametrize("language", ["en", "de", "hi", "th", "zh", "ru"])
def test_a_long_run_of_content_words_is_shortened_not_dropped(language):
    run = " ".join(w for w in words(SENTENCES[language], language))
    (phrases,) = extract_phrases(["bonsai " * 3 + run.replace(".", "")])
    assert phrases
    assert min(p.count(" ") + 1 for p in phrases) <= 3


CODE = [f"def f_{i}(x): return x**{i} + sum(range(x)) # complexity?" for i in range(12)]
FORMULAS = ["Solve x^2 - 4 = 0", "gcd(12, 18)", "Differentiate x^3", "f(x) = g(x)", "lim x->0"]


@pytest.mark.parametrize(
    "texts", [CODE, FORMULAS, [*CODE, *(f"{i} * (0 - 0) = ?" for i in range(9))]]
)
def test_variables_are_the_words_of_no_language(texts):
    assert {code for codes in languages_of(texts) for code in codes} <= {"en", "unknown"}


def test_what_is_in_no_known_language_is_not_called_another():
    (notice,) = language_notices(Counter(unknown=12), 24, "all-MiniLM-L6-v2")
    assert "12 of 24 are in no language that is known here" in notice.text
    assert "in other languages (" not in notice.text
    (notice,) = language_notices(Counter(de=3, fr=4, unknown=5), 24, "all-MiniLM-L6-v2")
    assert "7 of 24 texts are in other languages (fr 4, de 3) and 5 of 24" in notice.text
