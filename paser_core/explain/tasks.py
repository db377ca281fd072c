"""Names of clusters as tasks: what their instructions ask for, by verb, object and kind of question.

Keywords say what a cluster speaks of; a task says what is to be done. An action (a verb, or the words that
begin a question) and a thing (a noun phrase) count for a cluster by how many of its instructions have them,
and by how few of the others': the weights of class-based TF-IDF (:mod:`paser_core.stages.naming`) with an
instruction as the unit. Their combinations are candidates; an encoder puts those first that mean what the
cluster means beyond what all clusters do.

A cluster that no candidate stands for, or that two stand for which are far apart, is called a rest.
Computed when it is asked for; no run keeps it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from paser_core.explain.task_words import Counted, Pair, counted, evidence, shown, shown_with
from paser_core.protocols import Encoder
from paser_core.review import NAME_LIMIT
from paser_core.text import excerpt, percent, plural

_FEWEST = 5  # instructions: of fewer no task can be told
_ENGLISH = 0.5  # share of the instructions that has to be English for verbs to be told
_STANDS = 0.3  # share of a cluster that a name has to be true of, where the cluster holds together
_ALONE = 0.4  # the same where there are no embeddings to tell that by
# Measured on the demo: clusters of one capability have 0.5 and more, the two of several 0.26 and 0.42.
_COHESION = 0.35  # of the vectors of a cluster, the mean of all taken off
# There, what a name is not true of lies at a cosine of 0.45 and more to the rest of its cluster, and at
# 0.20 in the cluster that has two tasks.
_LEFT, _APART = (
    0.25,
    0.35,
)  # share of a cluster that is left over, and the cosine that makes it another task
_ACTIONS, _THINGS = 4, 8  # that are combined
_TOGETHER = 0.15  # share of a cluster that has both, for a name of both
_MEANING = 0.5  # what the meaning of a candidate counts for beside its counts
_THING_STANDS = 1 / 3  # share of a cluster that a thing needs to be named alone beside an action
_NOTHING = 1e-12
_RARE = 0.08  # share of a cluster below which nothing is a candidate


class NameKind(StrEnum):
    """What a suggested name is."""

    TASK = "task"
    REST = "rest"  # the cluster is no one thing
    KEYWORDS = "keywords"  # no task can be told: the automatic name


@dataclass(frozen=True)
class Suggestion:
    """A name for a cluster, and what speaks for it."""

    cluster: int
    name: str
    kind: NameKind
    evidence: str  # a sentence or two, plain text
    share: float  # of the instructions that have its action or its thing; NaN for keywords


@dataclass(frozen=True)
class SuggestedNames:
    """A name for every cluster."""

    names: tuple[Suggestion, ...]  # (K,)
    ranking: str  # how candidates were ranked, a sentence


def name_tasks(
    texts: Sequence[str],
    labels: NDArray[np.integer],
    keywords: Sequence[str],
    english: NDArray[np.bool_],
    vectors: NDArray[np.float64] | None = None,
    encoder: Encoder | None = None,
    sizes: NDArray[np.integer] | None = None,
) -> SuggestedNames:
    """The same out of arrays.

    Args:
        texts: ``(n,)`` instructions.
        labels: ``(n,)`` their clusters.
        keywords: ``(K,)`` names to fall back to.
        english: ``(n,)`` which instructions are in English.
        vectors: ``(n, d)`` embeddings; None: there are none.
        encoder: that made them, if it can be asked.
        sizes: ``(K,)`` samples of the clusters, where not all were read.
    """
    groups = [np.flatnonzero(labels == cluster) for cluster in range(len(keywords))]
    sizes = np.array([len(g) for g in groups]) if sizes is None else sizes
    told = counted([texts[i] if english[i] else "" for i in range(len(texts))], groups)
    several = sum(len(group) > 0 for group in groups) > 1  # one cluster is at the mean of all
    centered = _centered(vectors, groups) if vectors is not None and several else None
    ranked, ranking = _ranked(told, groups, centered, encoder)
    names: list[Suggestion] = []
    for cluster, rows in enumerate(groups):
        if len(rows) < _FEWEST:
            why = f"It has {plural(len(rows), 'sample')}, too few to tell a task by."
            found = _keywords(cluster, keywords, why)
        elif english[rows].mean() <= _ENGLISH:
            many = int((~english[rows]).sum())
            why = (
                f"{many:,} of {len(rows):,} instructions are not in English; verbs are only told "
                "in English, so the keywords stay."
            )
            found = _keywords(cluster, keywords, why)
        else:
            found = _suggest(cluster, rows, told, ranked[cluster], centered, keywords)
        if len(rows) < sizes[cluster]:
            found = _said(found, f"Told by {len(rows):,} of its {sizes[cluster]:,} samples.")
        names.append(found)
    return SuggestedNames(_unique(names, keywords), ranking)


def _suggest(
    cluster: int,
    rows: NDArray[np.int64],
    told: Counted,
    ranked: Sequence[Pair],
    centered: NDArray[np.float64] | None,
    keywords: Sequence[str],
) -> Suggestion:
    has = told.has(ranked[0], rows) if ranked else np.zeros(len(rows), bool)
    share = float(has.mean())
    why_rest = _why_rest(rows, has, centered)
    if why_rest is not None:
        parts = [shown(pair, told, rows) for pair in _main(ranked)]
        said = [why_rest, *(evidence(pair, told, rows) for pair in _main(ranked))]
        name = f"mixed: {', '.join(parts)}" if parts else "rest"
        return Suggestion(cluster, name, NameKind.REST, " ".join(said), share)
    if share < _STANDS:
        why = "No verb, question or object is common to its instructions, so the keywords stay."
        return _keywords(cluster, keywords, why)
    main = ranked[0]
    more = _more(ranked, told, rows)
    name = shown(main, told, rows) if more is None else shown_with(main, more, told, rows)
    why = evidence(main, told, rows, *([] if more is None else [more]))
    return Suggestion(cluster, name, NameKind.TASK, why, share)


def _more(ranked: Sequence[Pair], told: Counted, rows: NDArray[np.int64]) -> Pair | None:
    """A second thing that goes with the action, where the first alone is in too few instructions."""
    main = ranked[0]
    if main.action is None or main.thing is None:
        return None
    if told.has(Pair(None, main.thing), rows).mean() >= _THING_STANDS:
        return None
    same = (p for p in ranked[1:] if p.action == main.action and p.thing is not None)
    return next((p for p in same if not set(p.thing or ()) & set(main.thing)), None)


def _why_rest(
    rows: NDArray[np.int64], has: NDArray[np.bool_], centered: NDArray[np.float64] | None
) -> str | None:
    """Why a cluster is no one thing; None where it is one.

    Args:
        rows: of the cluster.
        has: which of them the best candidate is true of.
        centered: embeddings of all.
    """
    if centered is None:
        few = has.mean() < _ALONE
        return "It is no one thing: no task is common to enough of it." if few else None
    own = centered[rows]
    length = np.linalg.norm(own, axis=1).mean()
    cohesion = float(np.linalg.norm(own.mean(axis=0)) / max(length, _NOTHING))
    if cohesion < _COHESION:
        return f"It is no one thing: its meanings have little in common ({cohesion:.2f} of 1)."
    left = ~has
    if has.any() and left.mean() >= _LEFT:
        near = _cosine(own[has].mean(axis=0), own[left].mean(axis=0))
        if near < _APART:
            return f"It is no one thing: {percent(float(left.mean()))} of it means something else."
    return None


def _main(ranked: Sequence[Pair]) -> list[Pair]:
    """The best candidate, and the next one that has nothing in common with it."""
    return [*ranked[:1], *[pair for pair in ranked[1:] if _differs(pair, ranked[0])][:1]]


def _differs(pair: Pair, other: Pair) -> bool:
    """Whether two candidates have neither action nor a word in common."""
    words = set(pair.thing or ()) & set(other.thing or ())
    return not words and (pair.action is None or pair.action != other.action)


def _ranked(
    told: Counted,
    groups: Sequence[NDArray[np.int64]],
    centered: NDArray[np.float64] | None,
    encoder: Encoder | None,
) -> tuple[list[list[Pair]], str]:
    """The candidates of each cluster, best first, and how they were ranked."""
    found = [
        told.candidates(cluster, _ACTIONS, _THINGS, _RARE, _TOGETHER)
        for cluster in range(len(groups))
    ]
    texts = sorted({shown(p, told, groups[c]) for c, some in enumerate(found) for p, _ in some})
    meant: dict[str, NDArray[np.float64]] = {}
    if encoder is None or centered is None:
        ranking = "Ranked by counts alone: there is no encoder to ask what a name means."
    elif texts:
        made = np.asarray(encoder.encode(texts), np.float64)
        if made.shape[1] == centered.shape[1]:
            meant = dict(zip(texts, made, strict=True))
            ranking = f"Ranked by counts and by the meaning that {encoder.name} gives them."
        else:
            ranking = "Ranked by counts alone: the encoder gives vectors of another length than the run has."
    else:
        ranking = "There was nothing to rank."
    ordered = []
    for cluster, some in enumerate(found):
        scores = np.array([score for _, score in some])
        if meant and len(some) and centered is not None:
            direction = centered[groups[cluster]].mean(axis=0)
            near = np.array(
                [_cosine(meant[shown(p, told, groups[cluster])], direction) for p, _ in some]
            )
            scores = scores / scores.max() + _MEANING * near / max(
                float(np.abs(near).max()), _NOTHING
            )
        ordered.append([some[i][0] for i in np.argsort(-scores, kind="stable")])
    return ordered, ranking


def _cosine(one: NDArray[np.float64], other: NDArray[np.float64]) -> float:
    length = float(np.linalg.norm(one) * np.linalg.norm(other))
    return float(one @ other) / length if length > 0 else 0.0


def _centered(
    vectors: NDArray[np.float64], groups: Sequence[NDArray[np.int64]]
) -> NDArray[np.float64]:
    """``(n, d)`` the vectors without what all clusters have in common, each cluster counting once."""
    means = [vectors[rows].mean(axis=0) for rows in groups if len(rows)]
    centered: NDArray[np.float64] = vectors - np.mean(means, axis=0)
    return centered


def _keywords(cluster: int, keywords: Sequence[str], why: str) -> Suggestion:
    return Suggestion(cluster, keywords[cluster], NameKind.KEYWORDS, why, float("nan"))


def _said(found: Suggestion, more: str) -> Suggestion:
    return Suggestion(
        found.cluster, found.name, found.kind, f"{found.evidence} {more}", found.share
    )


def _unique(names: Sequence[Suggestion], keywords: Sequence[str]) -> tuple[Suggestion, ...]:
    """Short enough to be taken, and each once: equal ones are told apart by a keyword, or by a number.

    The keywords that a cluster is called by stay its own: another one must not take them.
    """
    taken = {name.casefold(): cluster for cluster, name in enumerate(keywords)}
    made = []
    for found in names:
        short = excerpt(found.name, NAME_LIMIT - 20)
        first = excerpt(keywords[found.cluster].split(" · ")[0], 16)
        for name in (short, f"{short} ({first})", f"{short} ({found.cluster})"):
            if taken.setdefault(name.casefold(), found.cluster) == found.cluster:
                break
        kept = found.name if found.kind is NameKind.KEYWORDS else name
        made.append(replace(found, name=kept))
    return tuple(made)
