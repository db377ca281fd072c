"""Actions and things of instructions, counted by cluster, and how they are written in a name."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from paser_core.language.asked import NUMBERS, QUESTION, YES_OR_NO, Asked, Thing, asked
from paser_core.language.english_tasks import SINGLE, THE, VAGUE
from paser_core.stages.phrases import singular
from paser_core.text import excerpt, listed

Key = TypeVar("Key", str, tuple[str, ...])  # of an action, of a thing

_LONGEST = 2  # words of a thing
_THING = 0.5  # what a thing counts for by itself: it says what a task is about, not what to do
_VAGUE = 0.5  # what an action counts for that says little
_FEWEST = 3  # instructions that something has to be in
_SPARE = 8  # things that are looked at beside those that are kept: some give way to phrases
_WHOLE = 0.75  # share of the uses of a word that a phrase with it needs to stand for it
_OFTEN = 0.3  # share of the uses from which on a determiner is written
_VERBS = 3  # named in a sentence
_LONG = (
    60  # letters of a thing in a sentence: what stands in an instruction may be one endless word
)


@dataclass(frozen=True)
class Pair:
    """A candidate: an action, a thing, or both."""

    action: str | None
    thing: tuple[str, ...] | None  # normalized words


@dataclass(frozen=True)
class Counted:
    """What ``n`` instructions ask for."""

    asks: tuple[Asked, ...]  # (n,)
    groups: tuple[NDArray[np.int64], ...]  # rows of each cluster

    def has(self, pair: Pair, rows: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Which of some rows have the action or the thing of a candidate."""
        none = np.zeros(0, np.int64)
        with_action = self._with_action.get(pair.action or "", none)
        with_thing = self._with_thing.get(pair.thing or (), none)
        return np.isin(rows, np.concatenate([with_action, with_thing]))

    def candidates(
        self, cluster: int, most_actions: int, most_things: int, rare: float, together: float
    ) -> list[tuple[Pair, float]]:
        """Candidates with their weight.

        Args:
            cluster: whose.
            most_actions: that are combined.
            most_things: that are combined.
            rare: share of the cluster below which nothing is a candidate.
            together: share of the cluster that has both, for a candidate of both.
        """
        actions = self._best(self._action_shares, cluster, most_actions, rare)[:most_actions]
        things = self._things(cluster, most_things, rare)
        rows = self.groups[cluster]
        found: list[tuple[Pair, float]] = [(Pair(a, None), w) for a, w in actions]
        found += [(Pair(None, t), _THING * w) for t, w in things]
        for action, heavy in actions:
            if action in VAGUE:
                continue
            own = np.isin(rows, self._with_action[action])
            for thing, heavier in things:
                both = own & np.isin(rows, self._with_thing[thing])
                if both.sum() >= _FEWEST and both.mean() >= together:
                    found.append((Pair(action, thing), heavy + heavier))
        return found

    def things_of(self, rows: Iterable[int], key: tuple[str, ...]) -> list[Thing]:
        """The noun phrases of some rows that a thing stands for."""
        return [t for row in rows for t in self.asks[row].things if key in keys_of(t)]

    def _best(
        self, shares: Mapping[Key, NDArray[np.float64]], cluster: int, most: int, rare: float
    ) -> list[tuple[Key, float]]:
        weighed: list[tuple[Key, float]] = []
        for key, by_cluster in shares.items():
            share = by_cluster[cluster]
            if share >= rare:
                weight = share * np.log1p(share / by_cluster.mean())
                weighed.append((key, float(weight) * (_VAGUE if key in VAGUE else 1.0)))
        return sorted(weighed, key=lambda item: (-item[1], item[0]))[: most + _SPARE]

    def _things(self, cluster: int, most: int, rare: float) -> list[tuple[tuple[str, ...], float]]:
        """The best things: a phrase instead of its word, where the word hardly stands without it."""
        shares = self._thing_shares
        found = self._best(shares, cluster, most, rare)
        hidden = {
            (word,)
            for phrase, _ in found
            if len(phrase) > 1
            for word in phrase
            if (word,) in shares and shares[phrase][cluster] >= _WHOLE * shares[word,][cluster]
        }
        return [item for item in found if item[0] not in hidden][:most]

    @cached_property
    def _with_action(self) -> dict[str, NDArray[np.int64]]:
        return _rows_by((row, ask.action) for row, ask in enumerate(self.asks) if ask.action)

    @cached_property
    def _with_thing(self) -> dict[tuple[str, ...], NDArray[np.int64]]:
        return _rows_by(
            (row, key)
            for row, ask in enumerate(self.asks)
            for key in {k for thing in ask.things for k in keys_of(thing)}
        )

    @cached_property
    def _action_shares(self) -> dict[str, NDArray[np.float64]]:
        return self._shares(self._with_action)

    @cached_property
    def _thing_shares(self) -> dict[tuple[str, ...], NDArray[np.float64]]:
        return self._shares(self._with_thing)

    def _shares(self, by: Mapping[Key, NDArray[np.int64]]) -> dict[Key, NDArray[np.float64]]:
        """``(K,)`` for each: the share of every cluster that has it."""
        owner = np.full(len(self.asks), -1, np.int64)
        for cluster, rows in enumerate(self.groups):
            owner[rows] = cluster
        sizes = np.maximum([len(rows) for rows in self.groups], 1)
        return {
            key: np.bincount(owner[rows][owner[rows] >= 0], minlength=len(sizes)) / sizes
            for key, rows in by.items()
            if len(rows) >= _FEWEST
        }


def counted(texts: Sequence[str], groups: Sequence[NDArray[np.int64]]) -> Counted:
    """Read instructions: ``(n,)`` texts, and the rows of each cluster."""
    return Counted(tuple(map(asked, texts)), tuple(groups))


def keys_of(thing: Thing) -> set[tuple[str, ...]]:
    """What a noun phrase counts as: its words, and its last two together."""
    words = tuple(singular(word.lower()) for word in thing.words)
    if words == (singular(NUMBERS),):
        return {words}
    return {(word,) for word in words[-_LONGEST:]} | {words[-_LONGEST:]}


def shown(pair: Pair, told: Counted, rows: NDArray[np.int64]) -> str:
    """A candidate as a name."""
    thing = "" if pair.thing is None else _written(pair, told, rows)
    if pair.action is None:
        return f"tasks on {thing}"
    if pair.action == "calculate" and pair.thing == (singular(NUMBERS),):
        return "arithmetic"
    if not _is_question(pair.action, told, rows):
        return f"{pair.action} {thing}".strip()
    kind = {
        "how many": "how-many ",
        "how much": "how-much ",
        YES_OR_NO: "yes-or-no ",
        "who": "who ",
    }
    about = f" about {thing}" if thing else ""
    return f"{kind.get(pair.action, '')}questions{about}"


def shown_with(main: Pair, more: Pair, told: Counted, rows: NDArray[np.int64]) -> str:
    """Two candidates of one action as a name: ``write lines or sentences``.

    Args:
        main: the first.
        more: the second.
        told: the instructions.
        rows: those of the cluster.
    """
    return f"{shown(main, told, rows)} or {_written(more, told, rows)}"


def evidence(pair: Pair, told: Counted, rows: NDArray[np.int64], *more: Pair) -> str:
    """What speaks for a candidate, in numbers.

    Args:
        pair: the candidate.
        told: the instructions.
        rows: those of the cluster.
        more: others of the same action.
    """
    said = [] if pair.action is None else [_doing(pair.action, told, rows)]
    for thing in [p.thing for p in (pair, *more) if p.thing is not None]:
        many = int(told.has(Pair(None, thing), rows).sum())
        name = excerpt(" ".join(_letters(thing, told.things_of(rows.tolist(), thing))), _LONG)
        said.append(f"{many:,} of {len(rows):,} speak of “{name}”")
    return "; ".join(said) + "."


def _doing(action: str, told: Counted, rows: NDArray[np.int64]) -> str:
    having = [row for row in rows.tolist() if told.asks[row].action == action]
    many = f"{len(having):,} of {len(rows):,}"
    if action == QUESTION:
        return f"{many} ask a question"
    if action == YES_OR_NO:
        return f"{many} ask a yes-or-no question"
    verbs = Counter(told.asks[row].verb.lower() for row in having)
    quoted = [f"“{verb}”" for verb in sorted(verbs, key=lambda verb: (-verbs[verb], verb))]
    words = ", ".join([*quoted[:_VERBS], "…"]) if len(quoted) > _VERBS else listed(quoted)
    return f"{many} {'ask' if _is_question(action, told, rows) else 'begin with'} {words}"


def _is_question(action: str, told: Counted, rows: NDArray[np.int64]) -> bool:
    return any(told.asks[r].is_question for r in rows.tolist() if told.asks[r].action == action)


def _written(pair: Pair, told: Counted, rows: NDArray[np.int64]) -> str:
    """A thing with the letters, the determiner and the preposition that it mostly has beside the action."""
    key = pair.thing or ()
    beside = [row for row in rows.tolist() if told.asks[row].action == pair.action]
    found = told.things_of(beside, key) or told.things_of(rows.tolist(), key)
    words = _letters(key, found)
    ends = [thing for thing in found if singular(thing.words[-1].lower()) == key[-1]]
    if singular(words[-1].lower()) == words[-1].lower():
        if sum(thing.determiner in SINGLE for thing in ends) >= _OFTEN * len(found):
            words[-1] = _plural(words[-1])
        elif sum(thing.determiner in THE for thing in ends) >= _OFTEN * len(found):
            words.insert(0, "the")
    before = Counter(thing.preposition for thing in found)
    is_object = before[""] >= _OFTEN * len(found)
    if not is_object and pair.action is not None and not _is_question(pair.action, told, rows):
        words.insert(0, _most(before))
    return " ".join(words)


def _letters(key: Sequence[str], found: Sequence[Thing]) -> list[str]:
    """The words of a thing as they are mostly written."""
    letters: dict[str, Counter[str]] = defaultdict(Counter)
    for thing in found:
        for word in thing.words:
            letters[singular(word.lower())][word] += 1
    return [_most(letters[word]) or word for word in key]


def _most(counts: Counter[str]) -> str:
    return min(counts, key=lambda word: (-counts[word], word)) if counts else ""


def _plural(word: str) -> str:
    if word.endswith("y") and word[-2:-1] not in "aeiou":
        return f"{word[:-1]}ies"
    return f"{word}es" if word.endswith(("s", "x", "z", "ch", "sh")) else f"{word}s"


def _rows_by(pairs: Iterable[tuple[int, Key]]) -> dict[Key, NDArray[np.int64]]:
    by: defaultdict[Key, list[int]] = defaultdict(list)
    for row, key in pairs:
        by[key].append(row)
    return {key: np.array(by[key], np.int64) for key in sorted(by)}
