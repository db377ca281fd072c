"""Texts as weights of their words, for the clusterings that know no encoder."""

from __future__ import annotations

from collections.abc import Sequence

import scipy.sparse as sp

from paser_core.language import Speech, content_words, plain

_LONGEST_TEXT = 4_000  # characters of a sample that count
_MOST_WORDS = 20_000
_FEWEST = 2  # texts that a word must be in: one that is in a single text groups nothing


def tfidf(texts: Sequence[str], language: str | None = None) -> sp.csr_array:
    """``(v, words)`` term frequency times inverse document frequency, rows of unit length.

    A text without a word that another one has too is a row of zeros. Markup and stop words of the
    text's own language do not count.

    Args:
        texts: ``(v,)``.
        language: of every text; None: it is found out.
    """
    from sklearn.feature_extraction.text import TfidfVectorizer

    speech = Speech.of(texts, language)
    stop_words = {codes: speech.stop_words(codes) for codes in set(speech.languages)}
    vectorizer = TfidfVectorizer(
        analyzer=lambda given: content_words(
            plain(given[0][:_LONGEST_TEXT]), given[1][0], stop_words[given[1]]
        ),
        max_features=_MOST_WORDS,
        min_df=min(_FEWEST, len(texts)),
    )
    try:
        return sp.csr_array(vectorizer.fit_transform(zip(texts, speech.languages, strict=True)))
    except ValueError:  # scikit-learn's way to say that no two texts share a word
        return sp.csr_array((len(texts), 1))
