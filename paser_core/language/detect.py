"""Which language a sample is in, by its script and its stop words.

Words that few languages have count more, and each word counts once, however often a text repeats it:
"Bank A, Bank B, Bank C" holds one word of Malay, not three. What a text says itself is weighed against
what the pool says: against a pool in another language it takes several different words. A pool, too, speaks
no language of which it has one word only: fifty times "Berechne 3 mal 4" is no Catalan.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any

from paser_core.engines.engine import Engine, Report
from paser_core.engines.local import LOCAL
from paser_core.language.english import STOP_WORDS
from paser_core.language.noise import plain
from paser_core.language.scripts import LATIN, scripts
from paser_core.language.stopwords import languages, stop_words
from paser_core.language.words import ENGLISH, words

UNKNOWN = "unknown"
_TOLD = 1_000  # characters of a text that its language is told by, markup included
_TOGETHER = 1_000  # texts that a worker reads at once
_READ = 400  # characters of a text: enough words to tell languages apart
_WITNESSES = 2  # different words, in all of a pool, that it takes to speak a language
_PRIOR = 3.0  # how many telling words the rest of the pool counts for
_DOUBT = 0.3  # in favor of English, in telling words, where a few words could be of any language
_SPOKEN = 0.12  # share of stop words below which a pool is in none of the languages we have
_PLAINLY = 0.3  # share of English stop words that no text in another language has
_FEW_WORDS = 15  # too few to say "none of them"
_PRESENT = 0.05  # share of the letters that a script needs to be read in a language of its own

# Scripts that one language of the lists writes, and those that several share.
_VARIABLES = frozenset(
    "bfghpqrx"
)  # in lists of stop words, and in code and formulas of any language
_ONLY = {
    "Greek": "el", "Hebrew": "he", "Bengali": "bn", "Gujarati": "gu", "Armenian": "hy",
    "Thai": "th", "Hangul": "ko", "Japanese": "ja", "Chinese": "zh",
}  # fmt: skip
_SHARED = {
    "Cyrillic": ("ru", "uk", "bg"),
    "Arabic": ("ar", "fa", "ur"),
    "Devanagari": ("hi", "mr"),
}
# Letters that a neighbor with nearly the same words does not have.
_TELLING = {"uk": "іїєґ", "ru": "ыэё", "fa": "پچژگ", "ur": "ٹڈڑے", "mr": "ळ"}


class _Hits:
    """What the words of one script in one text say."""

    def __init__(
        self,
        telling: dict[str, float],
        counted: dict[str, int],
        n_words: int,
        witnesses: dict[str, set[str]] | None = None,
    ) -> None:
        self.telling = telling  # weight of the stop words found, by language
        self.counted = counted  # how many they are
        self.n_words = n_words
        self.witnesses = witnesses  # these words, by language; None: it is told by more than words

    def __reduce__(self) -> tuple[Callable[..., _Hits], tuple[Any, ...]]:
        if self.witnesses is None and self.telling.keys() == {ENGLISH}:
            return _english, (self.counted[ENGLISH], self.n_words)  # shared where it arrives, too
        return _Hits, (dict(self.telling), dict(self.counted), self.n_words, self.witnesses)


_Candidates = list[tuple[str, "_Hits"]]


def languages_of(texts: Sequence[str], engine: Engine = LOCAL) -> list[tuple[str, ...]]:
    """The languages of each text, one for each script in it, the most frequent script first.

    ``unknown`` where no list fits. A text without letters has the language of the pool. Markup is not read.

    Args:
        texts: ``(n,)``.
        engine: reads the texts; what the pool says of them is found here.
    """
    found = [heard for some in engine.map(_heard, _Shards(texts)) for heard in some]
    shares = _shares(found)
    # Each once: most texts share their hits (see _english).
    spoken_as = {
        (script, hits): _choice(hits, shares[script])
        for script, hits in {heard for candidates in found for heard in candidates}
    }
    chosen = [[(heard[0], spoken_as[heard]) for heard in candidates] for candidates in found]
    unspoken = _unspoken(found, chosen)
    told: dict[tuple[str, ...], tuple[str, ...]] = {}  # each once: a pool has few of them
    languages = []
    for names in chosen:
        codes = dict.fromkeys(UNKNOWN if (s, name) in unspoken else name for s, name in names)
        languages.append(told.setdefault(tuple(codes), tuple(codes)))
    spoken = Counter(names[0] for names in languages if names)
    fallback = (spoken.most_common(1)[0][0],) if spoken else (ENGLISH,)
    return [names or fallback for names in languages]


@dataclass(frozen=True)
class _Shards(Sequence[list[str]]):
    """Texts by some; made when they are sent."""

    texts: Sequence[str]

    def __len__(self) -> int:
        return -(-len(self.texts) // _TOGETHER)

    def __getitem__(self, number: Any) -> Any:
        if not 0 <= number < len(self):
            raise IndexError(number)
        part = self.texts[number * _TOGETHER : (number + 1) * _TOGETHER]
        return [text[:_TOLD] for text in part]  # no more of them is sent than is read


def _heard(texts: Sequence[str], _: Report) -> list[_Candidates]:
    return [_candidates(plain(text)) for text in texts]


def _shares(found: list[_Candidates]) -> dict[str, dict[str, float]]:
    """What the pool says: for each script the share of the texts that each language has."""
    pool: dict[str, Counter[str]] = defaultdict(Counter)
    heard: dict[tuple[str, str], set[str]] = defaultdict(set)
    sure: set[tuple[str, str]] = set()
    best: dict[_Hits, str] = {}
    for by_script in found:
        for script, hits in by_script:
            name = best.get(hits) or best.setdefault(hits, _best(hits))
            pool[script][name] += 1
            if hits.witnesses is None:
                sure.add((script, name))
            else:
                heard[script, name] |= hits.witnesses.get(name, set())
    shares = {}
    for script, counts in pool.items():
        spoken = {
            name: count
            for name, count in counts.items()
            if (script, name) in sure or len(heard[script, name]) >= _WITNESSES
        }
        kept = spoken or counts
        shares[script] = {name: count / sum(kept.values()) for name, count in kept.items()}
    return shares


def _unspoken(
    found: list[_Candidates], chosen: list[list[tuple[str, str]]]
) -> set[tuple[str, str]]:
    """Languages that were only the least unlikely: their texts have hardly a word of the list."""
    words_of: Counter[tuple[str, str]] = Counter()
    listed: Counter[tuple[str, str]] = Counter()
    for candidates, names in zip(found, chosen, strict=True):
        for (_, hits), key in zip(candidates, names, strict=True):
            words_of[key] += hits.n_words
            listed[key] += hits.counted.get(key[1], 0)
    return {
        key
        for key, count in words_of.items()
        # Code and lists have hardly a word of any list; English is what they are read as.
        if key[1] != ENGLISH and count >= _FEW_WORDS and listed[key] < _SPOKEN * count
    }


def _candidates(text: str) -> _Candidates:
    text = text[:_READ]
    present = scripts(text)
    if "Japanese" in present and "Chinese" in present:  # Japanese writes both
        present["Japanese"] += present.pop("Chinese")
    least = _PRESENT * present.total()
    kept = [script for script, count in present.most_common() if count >= least]
    found: _Candidates = []
    said: list[str] | None = None
    for script in kept:
        if script in _ONLY:
            found.append((script, _Hits({_ONLY[script]: 1.0}, {_ONLY[script]: 1}, 1)))
            continue
        table = _table(script)
        if not table:
            found.append((script, _Hits({}, {}, 0)))
            continue
        said = words(text) if said is None else said
        n_words = len(said) - sum(map(str.isdigit, said))
        if script == LATIN and (hits := _plainly_english(said, n_words)):
            found.append((script, hits))
            continue
        telling: dict[str, float] = defaultdict(float)
        counted: dict[str, int] = defaultdict(int)
        witnesses: dict[str, set[str]] = defaultdict(set)
        for word, times in Counter(said).items():
            for language, weight in table.get(word, ()):
                telling[language] += (
                    weight  # once: a name that is repeated says no more of a language
                )
                counted[language] += times
                witnesses[language].add(word)
        for language in _SHARED.get(script, ()):
            telling[language] += sum(letter in text for letter in _TELLING.get(language, ""))
        in_words = None if script in _SHARED else witnesses
        found.append((script, _Hits(telling, counted, n_words, in_words)))
    return found


def _plainly_english(said: list[str], n_words: int) -> _Hits | None:
    """What most texts are: so full of English stop words that no other list need be asked."""
    count = sum(map(STOP_WORDS.__contains__, said))
    if n_words < _FEW_WORDS or count < _PLAINLY * n_words:
        return None
    return _english(count, n_words)


@lru_cache(maxsize=4096)
def _english(count: int, n_words: int) -> _Hits:
    """Hits that many texts share; nothing changes them."""
    return _Hits({ENGLISH: float(count)}, {ENGLISH: count}, n_words)


def _best(hits: _Hits) -> str:
    return _choice(hits, {})


def _choice(hits: _Hits, prior: dict[str, float]) -> str:
    if not hits.telling and not prior:
        return UNKNOWN
    names = sorted(prior.keys() - {UNKNOWN})
    if hits.telling:
        names.append(min(hits.telling, key=lambda n: (-hits.telling[n], n)))
        names += [ENGLISH] if ENGLISH in hits.telling else []
    if not names:
        return UNKNOWN
    # Where two languages are as likely, the first in the alphabet: Danish before Norwegian.
    return min(
        names,
        key=lambda n: (
            -hits.telling.get(n, 0.0) - _PRIOR * prior.get(n, 0.0) - _DOUBT * (n == ENGLISH),
            n,
        ),
    )


@cache
def _table(script: str) -> dict[str, tuple[tuple[str, float], ...]]:
    """Stop word → languages of this script that have it, with the weight of the word."""
    if script == LATIN:
        elsewhere = {*_ONLY.values(), *(name for names in _SHARED.values() for name in names)}
        names = sorted(languages() - elsewhere)
    else:
        names = sorted(_SHARED.get(script, ()))
    owners: dict[str, list[str]] = defaultdict(list)
    for name in names:
        for word in stop_words(name) - _VARIABLES:
            owners[word].append(name)
    return {
        word: tuple((name, 1.0 / len(those)) for name in those) for word, those in owners.items()
    }
