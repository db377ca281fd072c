"""What a cluster is about: keywords, exemplars and a readable name.

Keywords are those of class-based TF-IDF (Grootendorst 2022, BERTopic): a term counts by how often it
occurs in the cluster, damped by how often it occurs anywhere.
"""

from __future__ import annotations

from array import array
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from paser_core.language import Speech, content_words, joined, plain
from paser_core.notices import Notice, Severity

_KEYWORDS = 10
_EXEMPLARS = 5
_NAME_WORDS = 3
_LONGEST_TEXT = 4_000  # characters of a sample that count: a huge one must not own the cluster
_MOST_TERMS = 50_000
MOST_READ = 100_000  # samples whose words make the keywords
_FEWEST_READ = 1_000  # of a cluster
_EPSILON = 1e-12


@dataclass(frozen=True)
class ClusterDescription:
    """One cluster in words. Row numbers count within the arrays that were given."""

    name: str
    keywords: tuple[str, ...]
    central: tuple[int, ...]  # rows closest to the center
    damaged: tuple[int, ...]  # rows with the highest divergence


def describe_clusters(
    texts: Sequence[str],
    labels: NDArray[np.int32],
    centrality: NDArray[np.floating],
    divergence: NDArray[np.float64] | None = None,
    speech: Speech | None = None,
) -> tuple[ClusterDescription, ...]:
    """Describe clusters 0..K-1 of ``n`` texts.

    Args:
        texts: ``(n,)``.
        labels: ``(n,)`` clusters, -1 for none.
        centrality: ``(n,)`` the larger, the closer to the center of its own cluster.
        divergence: ``(n,)`` bits, NaN where it was not measured; None: there are no models.
        speech: the languages of the texts; None: they are found out here.
    """
    n_clusters = int(labels.max(initial=-1)) + 1
    speech = speech or Speech.of(texts)
    read = rows_read(labels)
    spoken = Speech(tuple(speech.languages[row] for row in read), speech.frequent)
    keywords = class_keywords([texts[row] for row in read], labels[read], n_clusters, spoken)
    names = unique_names(keywords)
    described = []
    for cluster in range(n_clusters):
        rows = np.flatnonzero(labels == cluster)
        central = rows[np.argsort(-centrality[rows], kind="stable")]
        damaged: NDArray[np.int64] = np.empty(0, np.int64)
        if divergence is not None:
            measured = rows[np.isfinite(divergence[rows])]
            damaged = measured[np.argsort(-divergence[measured], kind="stable")]
        described.append(
            ClusterDescription(
                names[cluster],
                keywords[cluster],
                tuple(_distinct(central, texts)),
                tuple(_distinct(damaged, texts)),
            )
        )
    return tuple(described)


def rows_read(labels: NDArray[np.int32]) -> NDArray[np.int64]:
    """The rows whose words make the keywords: all, or of a large pool an even part of every cluster.

    Args:
        labels: ``(n,)`` clusters, -1 for none.
    """
    n = len(labels)
    if n <= MOST_READ:
        return np.arange(n)
    chosen = []
    for cluster in np.unique(labels):
        rows = np.flatnonzero(labels == cluster)
        count = max(len(rows) * MOST_READ // n, min(len(rows), _FEWEST_READ))
        chosen.append(rows[np.linspace(0, len(rows) - 1, count).astype(np.int64)])
    return np.sort(np.concatenate(chosen))


def notice_of(labels: NDArray[np.int32]) -> Notice | None:
    """Said where not all samples were read for the keywords of the clusters.

    Args:
        labels: ``(n,)`` clusters, -1 for none.
    """
    count, n = len(rows_read(labels)), len(labels)
    if count == n:
        return None
    text = (
        f"Names and keywords of the clusters are told by {count:,} of {n:,} samples, an even part of "
        "each cluster."
    )
    return Notice("names-sampled", text, Severity.INFO, count, n)


def centrality(coordinates: NDArray[np.float64], labels: NDArray[np.int32]) -> NDArray[np.float64]:
    """``(n,)`` cosine of the angle between a sample and the center of its cluster, in [-1, 1].

    ``coordinates`` ``(n, r)`` on the manifold: that is where the clusters were found, by direction
    (rows are normalized there). The membership cannot rank samples: most have exactly 1.
    """
    length = np.linalg.norm(coordinates, axis=1, keepdims=True)
    unit = coordinates / np.maximum(length, _EPSILON)
    centers = np.zeros((int(labels.max(initial=-1)) + 1, coordinates.shape[1]))
    np.add.at(centers, labels, unit)
    centers /= np.maximum(np.linalg.norm(centers, axis=1, keepdims=True), _EPSILON)
    cosine: NDArray[np.float64] = (unit * centers[labels]).sum(axis=1)
    return cosine


def class_keywords(
    texts: Sequence[str],
    labels: NDArray[np.int32],
    n_clusters: int,
    speech: Speech | None = None,
) -> list[tuple[str, ...]]:
    """The best terms (one or two words) of each cluster, without a word twice.

    Weight of term t in class c: ``tf(t, c) * log(1 + A / f(t))``, tf the share of the class's words,
    f the term's count over all classes, A the mean number of words per class. Markup, entities and
    stop words of the text's own language do not count.

    Args:
        texts: ``(n,)``.
        labels: ``(n,)`` clusters, -1 for none.
        n_clusters: K.
        speech: the languages of the texts; None: they are found out here.
    """
    terms, by_class = _counted(texts, labels, n_clusters, speech or Speech.of(texts))
    if not terms:
        return [()] * n_clusters
    words = np.maximum(by_class.sum(axis=1, keepdims=True), 1.0)
    weights = by_class / words * np.log1p(words.mean() / np.maximum(by_class.sum(axis=0), 1.0))
    return [_best_terms(terms, weights[c]) for c in range(n_clusters)]


def unique_names(keywords: Sequence[tuple[str, ...]]) -> list[str]:
    """``Capital · City · Quiz``; a further keyword, or a number, tells equal names apart."""
    names: list[str] = []
    for number, terms in enumerate(keywords):
        name = _title(terms[:_NAME_WORDS]) or f"Cluster {number + 1}"
        longer = _NAME_WORDS
        while name in names and longer < len(terms):
            longer += 1
            name = _title(terms[:longer])
        if name in names:
            name = f"{name} ({number + 1})"
        names.append(name)
    return names


def _title(keywords: Sequence[str]) -> str:
    # Title case, not capitals: a Georgian word has none at its start, a digraph only one.
    return " · ".join(w[0].title() + w[1:] for w in keywords)


def _counted(
    texts: Sequence[str], labels: NDArray[np.int32], n_clusters: int, speech: Speech
) -> tuple[list[str], NDArray[np.float64]]:
    """Terms in alphabetical order, the most frequent ones, and ``(K, T)`` how often each class has them.

    Terms are words, and pairs of words that follow each other once the stop words are gone: two ranks
    in the alphabet as one number, so that as many as there are cost no object each.
    """
    stop_words = {codes: speech.stop_words(codes) for codes in set(speech.languages)}
    numbers: defaultdict[str, int] = defaultdict(lambda: len(numbers))
    said, lengths = array("i"), array("i")
    for text, codes in zip(texts, speech.languages, strict=True):
        words = content_words(plain(text[:_LONGEST_TEXT]), codes[0], stop_words[codes])
        said.extend(map(numbers.__getitem__, words))
        lengths.append(len(words))
    alphabet = sorted(numbers)
    rank = np.empty(len(alphabet), np.int64)
    rank[[numbers[word] for word in alphabet]] = np.arange(len(alphabet))
    ranks = rank[np.frombuffer(said, np.intc)]
    owner = np.repeat(np.arange(len(lengths)), np.frombuffer(lengths, np.intc))
    pairs = owner[1:] == owner[:-1]
    # A word alone comes before the pairs that it begins, as it does in the alphabet.
    base = len(alphabet) + 1
    keys = np.concatenate([ranks * base, (ranks[:-1] * base + ranks[1:] + 1)[pairs]])
    of = labels[np.concatenate([owner, owner[:-1][pairs]])]
    terms, often = np.unique(keys, return_counts=True)
    if len(terms) > _MOST_TERMS:
        terms = terms[np.sort(np.argsort(-often)[:_MOST_TERMS])]
    place = np.minimum(np.searchsorted(terms, keys), len(terms) - 1)
    counts = (terms[place] == keys) & (of >= 0)
    cells = of[counts].astype(np.int64) * len(terms) + place[counts]
    by_class = np.bincount(cells, minlength=n_clusters * len(terms)).astype(np.float64)
    written = [
        alphabet[first] if not second else f"{alphabet[first]} {alphabet[second - 1]}"
        for first, second in zip(*(part.tolist() for part in np.divmod(terms, base)), strict=True)
    ]
    return written, by_class.reshape(n_clusters, len(terms))


def _best_terms(terms: Sequence[str], weights: NDArray[np.float64]) -> tuple[str, ...]:
    kept: list[str] = []
    used: set[str] = set()
    for index in np.argsort(-weights, kind="stable"):
        if weights[index] <= 0 or len(kept) == _KEYWORDS:
            break
        term = terms[index]
        parts = term.split()
        # `bank` after `bank account` says nothing new, nor does `bank bank`.
        if used.isdisjoint(parts) and len(set(parts)) == len(parts):
            kept.append(joined(term))
            used.update(parts)
    return tuple(kept)


def _distinct(rows: NDArray[np.int64], texts: Sequence[str]) -> list[int]:
    """The first few rows whose texts differ."""
    chosen: list[int] = []
    seen: set[str] = set()
    for row in rows:
        if texts[row] not in seen:
            seen.add(texts[row])
            chosen.append(int(row))
        if len(chosen) == _EXEMPLARS:
            break
    return chosen
