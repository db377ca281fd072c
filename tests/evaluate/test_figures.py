"""Intervals, pass@k, chance and retention against their definitions."""

from __future__ import annotations

import itertools
import math

import pytest

from paser_core.errors import EvaluationError
from paser_core.evaluate.figures import bits_per_byte, chance_of, fold, pass_at, wilson
from paser_core.evaluate.retention import in_words, retained_share, retention


def test_wilson_interval_against_its_defining_equation():
    # The limits are the p0 that a score test at 5 % just does not reject.
    for right, n in ((0, 65), (30, 65), (65, 65)):
        p = right / n
        for p0 in wilson(p, n):
            assert abs(p - p0) == pytest.approx(1.96 * (p0 * (1 - p0) / n) ** 0.5, abs=1e-7)


def test_pass_at_k_against_every_choice_of_k_answers():
    for n in range(1, 8):
        for right in range(n + 1):
            drawn = [i < right for i in range(n)]
            for k in range(1, n + 1):
                picks = [any(pick) for pick in itertools.combinations(drawn, k)]
                assert pass_at(k, n, right) == pytest.approx(sum(picks) / len(picks))
    with pytest.raises(ValueError):
        pass_at(2, 1, 1)


def test_bits_per_byte_of_a_text_whose_bytes_are_drawn_evenly():
    assert bits_per_byte(12 * math.log(256), 12) == pytest.approx(8.0)
    assert bits_per_byte(1.0, 0) is None


def test_chance_is_what_the_best_fixed_answer_scores():
    assert chance_of(["Yes.", "yes", "no", " YES "]) == 0.75
    assert chance_of(["a", None]) is None
    assert chance_of([]) is None
    assert fold("  The  End. ") == "the end"


def test_retention_is_a_share_above_chance_and_never_more_than_all():
    assert retained_share(0.5, 0.9, 0.1) == pytest.approx(0.5)
    assert retained_share(0.9, 0.9, 0.3) == 1.0
    assert retained_share(0.95, 0.9) == 1.0
    assert retained_share(0.5, 1.0, 0.5) == 0.0
    assert retained_share(0.2, 0.9, 0.5) < 0
    assert retained_share(0.5, 0.5, 0.5) is None


def results(scores, facts="same", template="chat", **more):
    capabilities = {n: {"n": 9, "score": s, "chance": 0.1} for n, s in scores.items()}
    task = {"n": 9, "score": 0.5, "capabilities": capabilities, "facts": {"questions": facts}}
    return {"template": template, "tasks": {"demo": task, **more}}


def test_mean_and_worst_over_capabilities_and_what_is_left_out_is_said():
    text = {"n": 3, "perplexity": 9.0, "capabilities": {}, "facts": {}}
    original = results({"sums": 0.9, "words": 0.6, "rhymes": 0.1}, **{"ppl:a": text})
    found = retention(
        results({"sums": 0.5, "words": 0.7, "rhymes": 0.4}, **{"ppl:a": text}), original
    )
    assert found.shares == pytest.approx({("demo", "sums"): 0.5, ("demo", "words"): 1.0})
    assert found.mean == pytest.approx(0.75)
    assert found.worst == (("demo", "sums"), pytest.approx(0.5))
    assert found.left_out.keys() == {("demo", "rhymes"), ("ppl:a", "ppl:a")}
    told = " ".join(in_words(found))
    assert "75.0% in the mean of 2 capabilities, 50.0% of the worst (sums)" in told
    assert "rhymes, because the original's 10.0% is no better than chance" in told
    assert retention(original, original).mean == 1.0


def test_what_cannot_be_compared_is_refused():
    with pytest.raises(EvaluationError, match="same items"):
        retention(results({"a": 0.5}), results({"a": 0.5}, facts="other"))
    with pytest.raises(EvaluationError, match="other templates"):
        retention(results({"a": 0.5}), results({"a": 0.5}, template="alpaca"))
    with pytest.raises(EvaluationError, match="no task in common"):
        retention(results({"a": 0.5}), {"template": "chat", "tasks": {"ppl:a": {}}})
