"""Finding samples by their words, by a regular expression, by meaning, or by their ids.

Texts are read as the run keeps them for this (:mod:`paser_core.runs.searchable`), some thousands at a
time: a million samples take a second or two, and no memory.
Words are found in any case, accents composed or not: ``STRASSE`` finds ``Straße``.
Regular expressions are those of RE2 (through arrow): their time is linear in the text, so that no
pattern can hang the dashboard.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from enum import StrEnum
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from paser_core.errors import SearchError
from paser_core.language import fold, normal
from paser_core.runs import Files, Run
from paser_core.runs.folder import expected_files
from paser_core.runs.searchable import FOLDED, WRITTEN, searchable
from paser_core.runs.vectors import cosines, embeddings_of

_PAIRS = 10_000  # drawn to learn how near unrelated samples are to each other
_AHEAD = 2  # parts that are looked through while the next one is unpacked
_UNRELATED = 0.99  # of such pairs are farther from each other than a hit is from the query


class SearchMode(StrEnum):
    """How the query is read."""

    KEYWORD = "keyword"
    REGEX = "regex"
    MEANING = "meaning"
    ID = "id"


@dataclass(frozen=True)
class Hits:
    """What a search found."""

    rows: NDArray[np.int64]  # (h,) best first; data-set order where all are equal
    scores: NDArray[np.float32] | None  # (h,) cosine similarity, for a search by meaning
    least: float | None = None  # the cosine that a hit had to reach, if there was one


# Of the runs that are open and have no such file.
_MADE: WeakKeyDictionary[Run, list[pa.RecordBatch]] = WeakKeyDictionary()


def texts_of(run: Run) -> Iterable[pa.RecordBatch]:
    """What is looked through: the file of the run, or the same made of its samples and kept."""
    if Files.SEARCH in expected_files(run.manifest):
        return run.files.batches(Files.SEARCH)
    if run not in _MADE:
        texts = run.columns("instruction", "input", "output")
        _MADE[run] = list(searchable([texts[name].tolist() for name in texts]))
    return _MADE[run]


def by_keyword(texts: Iterable[pa.RecordBatch], query: str) -> Hits:
    """Samples that contain every word of the query, in any order and case.

    ``"a phrase in quotes"`` counts as one word.
    """
    words = _words(query)
    return _found(texts, lambda batch: _with_words(batch, words)) if words else _NOTHING


def by_id(ids: Sequence[str], query: str) -> Hits:
    """Samples whose id contains one of the words of the query, in any case: several ids are found at once.

    ``"a phrase in quotes"`` counts as one word, and a comma parts words as a space does.

    Args:
        ids: of all samples, in data-set order.
        query: as typed.
    """
    found = np.zeros(len(ids), bool)
    folded = pa.array(map(fold, ids), pa.large_string())
    for word in _words(query, parts=r"[^\s,]+"):
        found |= _mask(pc.match_substring(folded, word))
    return Hits(np.flatnonzero(found), None)


def _words(query: str, parts: str = r"\S+") -> list[str]:
    return [fold(quoted or bare) for quoted, bare in re.findall(rf'"([^"]+)"|({parts})', query)]


def _with_words(batch: pa.RecordBatch, words: Sequence[str]) -> NDArray[np.bool_]:
    found = np.zeros(len(batch), bool)
    rows = np.arange(len(batch))
    for word in sorted(words, key=len, reverse=True):  # the longest leaves least for the others
        part = batch if len(rows) == len(batch) else batch.take(pa.array(rows))
        rows = rows[_with_word(part, word)]
    found[rows] = True
    return found


def _with_word(batch: pa.RecordBatch, word: str) -> NDArray[np.bool_]:
    # Looking for a word in any case takes a fifth of the time of folding, and is the same in ASCII.
    found = _mask(pc.match_substring(batch[WRITTEN], word, ignore_case=True))
    folded = batch[FOLDED].is_valid().to_numpy(zero_copy_only=False)
    found[folded] = _mask(pc.match_substring(batch[FOLDED].drop_null(), word))
    return found


def by_regex(texts: Iterable[pa.RecordBatch], pattern: str) -> Hits:
    """Samples in which the RE2 pattern matches somewhere; lines count for ``^`` and ``$``.

    Raises:
        SearchError: the pattern is not valid, or uses what RE2 does not have (look-around, back
            references).
    """
    if not pattern:
        return _NOTHING
    told = f"(?m){normal(pattern)}"
    try:
        return _found(
            texts,
            lambda batch: _mask(pc.match_substring_regex(batch[WRITTEN], told, ignore_case=True)),
        )
    except pa.ArrowInvalid as error:
        said = str(error).split(": ", 1)[-1].rstrip(".")
        raise SearchError(
            f"The pattern '{pattern}' cannot be used ({said}). Accepted are regular expressions "
            "without look-around and back references; write a literal bracket as \\( or \\[."
        ) from error


def by_vector(
    similarity: NDArray[np.float32],
    eligible: NDArray[np.bool_],
    most: int | None = None,
    least: float = -np.inf,
) -> Hits:
    """The eligible samples whose vectors are closest to a query by cosine.

    Args:
        similarity: ``(n,)`` cosines with the query.
        eligible: ``(n,)``, who may be found.
        most: at most so many; ties go to data-set order.
        least: only those whose cosine is at least this.
    """
    rows = np.flatnonzero(eligible)
    rows = rows[similarity[rows] >= least]
    similarity = similarity[rows].astype(np.float32)
    floor = float(least) if np.isfinite(least) else None
    most = len(rows) if most is None else min(most, len(rows))
    if most == 0:
        return Hits(rows[:0], similarity[:0], floor)
    # A partial sort first: only the best few are put in order.
    edge = np.partition(similarity, len(rows) - most)[len(rows) - most]
    near = np.flatnonzero(similarity >= edge)
    best = near[np.argsort(-similarity[near], kind="stable")][:most]
    return Hits(rows[best], similarity[best], floor)


def relevance_floor(run: Run) -> float:
    """The cosine from which on a sample has to do with a query.

    99 of 100 pairs of samples from different clusters are farther from each other: measured on the
    pool itself, so that it holds for any encoder. Some put all texts within a narrow cone.

    Returns:
        The floor; ``-inf`` where there are not two clusters to compare.
    """
    rows = np.flatnonzero(run.labels >= 0)
    if not len(rows):
        return -np.inf
    first, second = np.random.default_rng(0).choice(rows, (2, _PAIRS))
    apart = run.labels[first] != run.labels[second]
    if not apart.any():
        return -np.inf
    pairs = embeddings_of(run, np.concatenate([first[apart], second[apart]]))
    between = np.einsum("ij,ij->i", *np.split(pairs, 2))
    return float(np.quantile(between, _UNRELATED))


def neighbors_of(run: Run, row: int, most: int) -> Hits:
    """The samples in a cluster that are closest to sample ``row``, itself left out; ``most`` at the most."""
    others = run.labels >= 0
    others[row] = False
    return by_vector(cosines(run, embeddings_of(run, np.array([row]))[0]), others, most)


def _mask(found: Any) -> NDArray[np.bool_]:
    mask: NDArray[np.bool_] = np.asarray(found.to_numpy(zero_copy_only=False), bool)
    return mask


_NOTHING = Hits(np.zeros(0, np.int64), None)


def _found(
    texts: Iterable[pa.RecordBatch], test: Callable[[pa.RecordBatch], NDArray[np.bool_]]
) -> Hits:
    masks, running = [], deque[Future[NDArray[np.bool_]]]()
    # Arrow looks through texts without the interpreter, which unpacks the next ones meanwhile.
    with ThreadPoolExecutor(_AHEAD) as pool:
        for batch in texts:
            running.append(pool.submit(test, batch))
            if len(running) > _AHEAD:  # no more are held at a time
                masks.append(running.popleft().result())
        masks += [later.result() for later in running]
    return Hits(np.flatnonzero(np.concatenate(masks)), None) if masks else _NOTHING
