"""Search against plain Python, on odd texts and on nothing."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from paser_core.errors import SearchError
from paser_core.explain.search import by_id, by_keyword, by_regex, by_vector, neighbors_of, texts_of
from paser_core.language import fold
from paser_core.runs import Run, files, vectors
from paser_core.runs.searchable import searchable

TEXTS = [
    "Add 12 and 30.\n\nThe sum is 42.",
    "Translate “Guten Morgen” into English.",
    "$x$ is ![not](an image) <script>alert(1)</script>",
    "",
    "ADD the salt; then add pepper.",
    "שלום עולם 😀",
]

words = st.text(alphabet="abAB .+", max_size=6)


def arrow(texts):
    return [*searchable([texts])]


@given(st.lists(words, max_size=12), st.lists(st.text(alphabet="abAB.+", min_size=1, max_size=2)))
def test_keywords_are_all_there_in_any_case_and_order(texts, query):
    expected = [
        row
        for row, text in enumerate(texts)
        if query and all(word.lower() in text.lower() for word in query)
    ]
    assert by_keyword(arrow(texts), " ".join(query)).rows.tolist() == expected


def test_a_quoted_phrase_is_one_word():
    assert by_keyword(arrow(TEXTS), '"the sum"').rows.tolist() == [0]
    assert by_keyword(arrow(TEXTS), "sum the").rows.tolist() == [0]
    assert by_keyword(arrow(TEXTS), "<script>").rows.tolist() == [2]
    assert by_keyword(arrow(TEXTS), "😀").rows.tolist() == [5]


@pytest.mark.parametrize("pattern", [r"\d+ and \d+", r"^the sum", r"salt|Morgen", r"\$x\$", "^$"])
def test_a_regex_finds_what_python_finds(pattern):
    expected = [
        row
        for row, text in enumerate(TEXTS)
        if re.search(pattern, text, re.IGNORECASE | re.MULTILINE)
    ]
    assert by_regex(arrow(TEXTS), pattern).rows.tolist() == expected


@pytest.mark.parametrize("pattern", ["(", "[a", "(?=x)", r"(a)\1"])
def test_a_bad_pattern_is_one_sentence(pattern):
    with pytest.raises(SearchError, match="cannot be used") as caught:
        by_regex(arrow(TEXTS), pattern)
    assert pattern in str(caught.value)


def test_a_pattern_that_hangs_python_answers_at_once():
    # Backtracking engines take 2^40 steps here.
    assert by_regex(arrow(["a" * 40 + "b"]), "(a+)+$").rows.tolist() == []


def test_nothing_is_found_without_a_query():
    assert not len(by_keyword(arrow(TEXTS), "  ").rows)
    assert not len(by_regex(arrow(TEXTS), "").rows)


@given(st.lists(st.text("aAßé1-, 😀", max_size=5), max_size=8), st.text("aAsé1-, 😀", max_size=6))
def test_an_id_is_found_by_any_of_the_words_in_it(ids, query):
    words = [fold(word) for word in query.replace(",", " ").split()]
    expected = [row for row, name in enumerate(ids) if any(word in fold(name) for word in words)]
    assert by_id(ids, query).rows.tolist() == expected


def test_an_id_with_spaces_is_found_in_quotes():
    ids = ["a b", "b a", "a  b", "A B, C"]
    assert by_id(ids, '"a b"').rows.tolist() == [0, 3]
    assert by_id(ids, '"b, c"').rows.tolist() == [3]


@given(st.integers(0, 2**32 - 1), st.integers(0, 30), st.integers(0, 40))
def test_the_closest_vectors_are_those_of_a_full_sort(seed, n, most):
    rng = np.random.default_rng(seed)
    vectors = rng.integers(-1, 2, (n, 3)).astype(np.float32)  # many ties
    eligible = rng.random(n) < 0.7
    query = rng.normal(size=3).astype(np.float32)
    similarity = vectors @ (query / np.linalg.norm(query))
    expected = sorted(np.flatnonzero(eligible), key=lambda r: (-similarity[r], r))[:most]
    hits = by_vector(similarity, eligible, most)
    assert hits.rows.tolist() == [int(r) for r in expected]
    np.testing.assert_allclose(hits.scores, similarity[hits.rows], rtol=1e-6)


@pytest.mark.parametrize("held", [True, False])
def test_neighbors_and_rows_are_those_of_the_whole_matrix(demo, monkeypatch, held):
    if not held:
        monkeypatch.setattr(vectors, "HELD", 0)
        monkeypatch.setattr(files, "_BYTES", 40_000)
    hits = neighbors_of(demo, 5, 10)
    whole = demo.embeddings @ demo.embeddings[5]
    whole[(demo.labels < 0) | (np.arange(demo.n) == 5)] = -2
    assert hits.rows.tolist() == np.argsort(-whole, kind="stable")[:10].tolist()
    rows = np.array([7, 0, 4_000, 7, 63])
    np.testing.assert_array_equal(vectors.embeddings_of(demo, rows), demo.embeddings[rows])


@pytest.fixture(scope="module")
def demo():
    return Run.open(Path(__file__).parents[2] / "data" / "demo" / "run")


odd = st.text(alphabet="aAsSkKſ\u212aßẞıİéÉ\u0301 .\n😀", max_size=5)


@given(st.lists(st.tuples(odd, odd), max_size=8), odd)
def test_what_is_looked_through_finds_what_folding_every_text_finds(rows, query):
    texts = searchable([[a for a, _ in rows], [b for _, b in rows]])
    words = [fold(word) for word in query.split()]
    expected = [
        row
        for row, fields in enumerate(rows)
        if words and all(word in fold("\n".join(fields)) for word in words)
    ]
    assert by_keyword(texts, query).rows.tolist() == expected


def test_a_run_that_has_no_such_file_is_searched_all_the_same(demo):
    assert not (demo.path / "search.arrow").exists()
    columns = demo.columns("instruction", "input", "output")
    expected = [
        row
        for row, fields in enumerate(columns.itertuples(index=False))
        if "train" in fold("\n".join(fields))
    ]
    assert by_keyword(texts_of(demo), "train").rows.tolist() == expected


def test_a_new_run_has_the_file_and_is_searched_by_it(finished):
    assert (finished.path / "search.arrow").exists()
    made = searchable([finished.samples[c].tolist() for c in ("instruction", "input", "output")])
    assert pa.Table.from_batches(texts_of(finished)) == pa.Table.from_batches(made)
