"""Names as tasks: the demo's by what its capabilities are, and inputs whose name follows from them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from paser_core.explain.encoders import why_no_encoder
from paser_core.explain.suggested import MOST_READ, names_of, suggested_names
from paser_core.explain.tasks import NameKind, name_tasks
from paser_core.review import NAME_LIMIT, rules
from paser_core.runs import Run

ROOT = Path(__file__).parents[2]
DEMO = Run.open(ROOT / "data" / "demo" / "run")

# By the capability that most of a cluster has: words of which one has to be in its name.
FITS = {
    "code": ("program", "function", "Python", "code"),
    "arithmetic": ("arithmetic", "calculate"),
    "translation": ("translate",),
    "word_problems": ("how-many",),
    "summarising": ("summarize", "summar"),
    "creative_writing": ("write",),
    "extraction": ("extract",),
    "rewriting": ("rewrite",),
    "list_handling": ("list", "items"),
    "factual_recall": ("capital", "continent", "city"),
    "classification": ("classify",),
    "logic": ("who", "yes-or-no"),
}
PURE = 0.75  # share of the first capability from which on a cluster is one thing


@pytest.fixture(scope="module", params=[True, False], ids=["encoder", "counts"])
def named(request):
    return names_of(DEMO, encoder=request.param)


def capabilities():
    frame = DEMO.samples[DEMO.labels >= 0]
    for cluster, rows in frame.groupby("cluster"):
        counts = rows["capability"].value_counts()
        yield int(cluster), counts.index[0], counts.iloc[0] / counts.sum()


def test_the_names_of_the_demo_fit_its_capabilities(named):
    for cluster, capability, share in capabilities():
        found = named.names[cluster]
        if share >= PURE:
            assert found.kind is NameKind.TASK, found
            assert any(word in found.name for word in FITS[capability]), found
            for other, words in FITS.items():
                if other not in (capability, "list_handling", "code"):
                    assert not any(w in found.name.split() for w in words), (found, other)


def test_a_cluster_of_several_capabilities_is_called_so(named):
    mixed = {cluster for cluster, _, share in capabilities() if share < PURE}
    assert len(mixed) == 2
    assert {n.cluster for n in named.names if n.kind is NameKind.REST} == mixed
    for cluster in mixed:
        assert named.names[cluster].name.startswith("mixed: ")
        assert named.names[cluster].evidence.startswith("It is no one thing")


def test_evidence_counts_what_it_says(named):
    """By a plain search, which knows nothing of verbs."""
    frame = DEMO.samples
    one = next(n for n in named.names if n.name == "how-many questions")
    own = frame["instruction"][frame["cluster"] == one.cluster]
    many = int(own.str.contains(r"how many", case=False).sum())
    assert f"{many} of {len(own)} ask “how many”" in one.evidence
    words = next(n for n in named.names if "translate" in n.name)
    own = frame["instruction"][frame["cluster"] == words.cluster]
    begin = int(own.str.lower().str.match(r"(please |could you (please )?)?translate").sum())
    said = int(words.evidence.split(" of ")[0])
    assert abs(said - begin) <= 2  # "Help me translate …"
    assert words.share >= 0.9


def test_names_can_all_be_taken_and_are_different(named):
    names = [one.name for one in named.names]
    assert len({n.casefold() for n in names}) == len(names)
    assert all(rules.line(name, "name", NAME_LIMIT) == name for name in names)


def test_the_encoder_is_said_to_be_asked():
    assert why_no_encoder(DEMO) is None
    assert "all-MiniLM-L6-v2" in names_of(DEMO, encoder=True).ranking
    assert "counts alone" in names_of(DEMO, encoder=False).ranking
    assert names_of(DEMO, encoder=True) == names_of(DEMO, encoder=True)


class _Short:
    name = "short"

    def encode(self, texts, on_progress=None):
        return np.ones((len(texts), 3), np.float32)


def test_another_encoder_is_not_believed():
    found = suggested_names(DEMO, _Short())
    assert "another length" in found.ranking
    assert found.names == names_of(DEMO, encoder=False).names


def made(groups, english=True, vectors=None, encoder=None):
    texts = [text for group in groups for text in group]
    labels = np.repeat(np.arange(len(groups)), [len(g) for g in groups])
    keywords = [f"Key{k} · Word · More" for k in range(len(groups))]
    return name_tasks(
        texts, labels, keywords, np.full(len(texts), english), vectors, encoder
    ).names  # fmt: skip


STORIES = [
    f"Write a short story about {x}." for x in ("dragons", "ships", "rain", "a king", "Mars", "tea")
]
SUMS = [f"Please calculate {n} + {2 * n}." for n in range(6)]
ASKS = [f"Who wrote {x}?" for x in ("Emma", "Faust", "Dune", "Ulysses", "Walden", "Candide")]


def test_directed_inputs():
    stories, sums, asks = made([STORIES, SUMS, ASKS])
    assert stories.name == "write short stories"
    assert stories.evidence.startswith("6 of 6 begin with “write”")
    assert sums.name == "arithmetic"
    assert asks.name == "who questions"
    assert {n.kind for n in (stories, sums, asks)} == {NameKind.TASK}
    assert [n.share for n in (stories, sums, asks)] == [1.0, 1.0, 1.0]


def test_the_order_of_samples_does_not_matter():
    once = made([STORIES, SUMS, ASKS])
    again = made([STORIES[::-1], SUMS[::-1], ASKS[::-1]])
    assert once == again


def test_nothing_in_common_is_a_rest():
    many = [
        "Sing!",
        "Why is it red?",
        "Translate it.",
        "Count beans.",
        "Is it?",
        "Draw a cat.",
        "Bake.",
    ]
    assert made([STORIES, many])[1].kind is NameKind.REST


def test_two_tasks_that_mean_different_things_are_a_rest():
    rng = np.random.default_rng(0)
    base = np.eye(4)
    near = [base[0]] * 6 + [base[1]] * 6 + [base[2]] * 6
    vectors = np.array(near) + 0.01 * rng.normal(size=(18, 4))
    both, asks = made([STORIES + SUMS, ASKS], vectors=vectors)
    assert both.kind is NameKind.REST
    assert both.name.startswith("mixed: ")
    assert "short stories" in both.name
    assert "arithmetic" in both.name
    assert asks.kind is NameKind.TASK


def test_other_languages_keep_their_keywords_and_say_so():
    german = [f"Schreibe eine Geschichte über {x}." for x in "ABCDEF"]
    (found,) = made([german], english=False)
    assert (found.name, found.kind) == ("Key0 · Word · More", NameKind.KEYWORDS)
    assert "6 of 6 instructions are not in English" in found.evidence
    assert np.isnan(found.share)


@pytest.mark.parametrize(
    "group",
    [
        [""] * 8,
        ["one sample"],
        [],
        ["Write a poem."] * 40,
        ["<b></b>"] * 6,
        ["首都はどこですか"] * 7,
        ["\u202e reversed"] * 6,
        ["x" * 10_000] * 6,
        [f"Write a {'very' * 30}{i}long thing" for i in range(7)],
    ],
    ids=["empty", "one", "none", "same", "markup", "script", "controls", "long", "long-words"],
)
@pytest.mark.parametrize("alone", [True, False])
def test_odd_inputs(group, alone):
    groups = [group] if alone else [group, STORIES]
    vectors = np.ones((sum(map(len, groups)), 5))
    for given in (None, vectors):
        found = made(groups, vectors=given)
        assert [n.cluster for n in found] == list(range(len(groups)))
        for one in found:
            assert rules.line(one.name, "name", NAME_LIMIT) == one.name
            assert one.evidence


def test_all_the_same_is_a_task():
    (poem,) = made([["Write a poem."] * 40])
    assert (poem.name, poem.kind, poem.share) == ("write poems", NameKind.TASK, 1.0)


def test_equal_names_are_told_apart():
    first, second = made([STORIES, STORIES])
    assert first.name != second.name
    assert second.name.startswith("write short stories (")


def test_many_samples_are_read_in_part_and_it_is_said():
    n = MOST_READ
    names = name_tasks(
        STORIES, np.zeros(6, int), ["Key"], np.ones(6, bool), sizes=np.array([n + 1])
    ).names
    assert f"Told by 6 of its {n + 1:,} samples." in names[0].evidence


def test_what_speaks_for_a_name_is_short_and_counts_one_sample_as_one():
    endless = "x" * 500
    texts = [f"Write {endless}"] * 6 + ["Write a poem"]
    labels = np.array([0] * 6 + [1])
    keywords = ["Key · Word", "Other"]
    long, single = name_tasks(texts, labels, keywords, np.full(7, True)).names
    assert "speak of “xxx" in long.evidence
    assert len(long.evidence) < 150
    assert single.evidence == "It has 1 sample, too few to tell a task by."
