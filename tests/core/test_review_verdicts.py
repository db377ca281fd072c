"""Verdicts on conflicts and marks of what was seen: people's work, which decides nothing."""

from __future__ import annotations

import pytest
from review_places import RUN, open_at
from sqlalchemy import create_engine, text

from paser_core.errors import ReviewError
from paser_core.review import Clash, Kind, Verdict, unpack

CLASH = Clash("s1", ("red “apple”", "blue\nplum"), ("s2", "s3"))


def said(review) -> dict[str, Verdict]:
    return {a: unpack(e)[1] for a, e in review.state().verdicts.get(CLASH, {}).items()}


def test_everybody_has_one_verdict_and_the_last_counts(where):
    review = open_at(*where)
    review.judge(CLASH, Verdict.TRUE, author="Ann")
    review.judge(CLASH, Verdict.UNSURE, author="Ben")
    assert said(review) == {"Ann": Verdict.TRUE, "Ben": Verdict.UNSURE}
    changed = review.judge(CLASH, Verdict.FALSE, author="Ann")
    assert said(open_at(*where)) == {"Ann": Verdict.FALSE, "Ben": Verdict.UNSURE}
    review.undo(changed.id, author="Ann", seen=review.revision())
    assert said(review) == {"Ann": Verdict.TRUE, "Ben": Verdict.UNSURE}
    assert unpack(changed)[0] == CLASH


@pytest.mark.parametrize(
    "other",
    [
        Clash("s1", ("red “apple”", "green pear"), ("s2", "s3")),
        Clash("s1", CLASH.concepts, ("s2", "s4")),
        Clash("s5", CLASH.concepts, CLASH.accepted),
    ],
)
def test_a_verdict_is_about_one_conflict(review, other):
    review.judge(CLASH, Verdict.TRUE, author="Ann")
    assert other not in review.state().verdicts


def test_verdicts_and_marks_decide_nothing_and_stand_in_nobodys_way(review):
    seen = review.revision()
    made = review.judge(CLASH, Verdict.FALSE, author="Ann")
    review.mark_seen("s1", author="Ben")
    review.undo(made.id, author="Ann", seen=review.revision())
    state = review.state()
    assert not state.decisions
    assert not state.notes
    review.force_in("s1", author="Cy", reason="rare", seen=seen)  # who saw none of that
    assert review.state().forced_in == ("s1",)
    assert review.plan(Kind.FORCE_OUT, ["s1"], seen=review.revision()).ids == ("s1",)


def test_a_sample_is_seen_once_by_a_person(review):
    assert review.mark_seen("s9", author=" Ann ") is not None
    revision = review.revision()
    assert review.mark_seen("s9", author="Ann") is None
    assert review.revision() == revision
    review.mark_seen("s9", author="Ben")
    review.judge(CLASH, Verdict.TRUE, author="Ann")
    assert review.state().seen == {"Ann": {"s9", "s1"}, "Ben": {"s9"}}
    assert [e.kind for e in review.history()] == [Kind.VERDICT]  # a mark is no edit of anything
    with pytest.raises(ReviewError, match="author's name is empty"):
        review.mark_seen("s9", author=" ")


@pytest.mark.parametrize("value", ["", "{}", "[]", '{"verdict": "maybe"}', '{"verdict": "true"}'])
def test_a_verdict_of_a_stranger_is_said(where, value):
    folder, url = where
    review = open_at(folder, url)
    review.judge(CLASH, Verdict.TRUE, author="Ann")
    engine = create_engine(url or f"sqlite:///{folder / 'review.sqlite'}")
    with engine.begin() as connection:
        connection.execute(
            text(
                "INSERT INTO review_edits (run, time, author, kind, subject, value, reason) VALUES "
                f"('{RUN}', '2026-01-01T00:00:00+00:00', 'Eve', 'verdict', 'sample:s1', :value, '')"
            ),
            {"value": value},
        )
    engine.dispose()
    with pytest.raises(ReviewError, match="cannot be read"):
        review.state()
