"""One decision on many samples, on SQLite and PostgreSQL, against the same decisions one by one."""

from __future__ import annotations

import time
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from review_places import NAMES, open_at
from sqlalchemy import create_engine, text

from paser_core.errors import ReviewConflict, ReviewError
from paser_core.review import DECISIONS, Edit, Kind, Review, fold, told

SAMPLES = ("a", "b", "c", "d")
NOW = datetime(2026, 1, 1, tzinfo=UTC)


def decide(review: Review, kind: Kind, ids, **changes):
    given = {"author": "Ann", "reason": "why", "seen": review.revision()} | changes
    return review.decide(kind, ids, **given)


_edits = st.lists(
    st.tuples(
        st.sampled_from([*DECISIONS, Kind.UNDO]),
        st.lists(st.sampled_from(SAMPLES), min_size=1, unique=True),
        st.integers(0, 20),
    ),
    max_size=15,
)


@given(_edits)
def test_an_edit_of_many_is_as_many_edits(actions):
    many: list[Edit] = []
    single: list[Edit] = []
    for number, (kind, ids, target) in enumerate(actions, 1):
        undoes = None
        if kind is Kind.UNDO:
            if not many:
                continue
            undoes = many[target % len(many)].id
        many.append(Edit(kind, tuple(ids), "Ann", "", "why", undoes, id=number, time=NOW))
        single += [Edit(kind, i, "Ann", "", "why", undoes, id=number, time=NOW) for i in ids]
    one, other = fold(many), fold(single)
    assert (one.forced_in, one.forced_out) == (other.forced_in, other.forced_out)
    assert one.undone == other.undone


@given(
    st.lists(st.tuples(st.sampled_from(DECISIONS), st.sampled_from(SAMPLES)), max_size=6),
    st.lists(st.tuples(st.sampled_from(DECISIONS), st.sampled_from(SAMPLES)), max_size=3),
    st.sampled_from(DECISIONS),
    st.lists(st.sampled_from(SAMPLES), min_size=1),
    st.sets(st.sampled_from(SAMPLES)),
)
def test_the_numbers_are_what_single_decisions_come_to(
    tmp_path_factory, before, after, kind, ids, bad
):
    """Every sample by itself: what the rules of one decision say of it."""
    review = open_at(tmp_path_factory.mktemp("review"), None)
    acts = {
        Kind.FORCE_IN: review.force_in,
        Kind.FORCE_OUT: review.force_out,
        Kind.RELEASE: review.release,
    }

    def attempt(act, sample, author, seen):
        try:
            acts[act](sample, author=author, reason="why", seen=seen)
        except ReviewConflict:
            return "refused"
        except ReviewError:
            return "already"
        return "taken"

    for act, sample in before:
        attempt(act, sample, "Ann", review.revision())
    seen = review.revision()
    for act, sample in after:
        attempt(act, sample, "Ben", review.revision())
    state = review.state()
    unusable = dict.fromkeys(bad, "invalid")
    planned = review.plan(kind, ids, seen=seen, unusable=unusable)
    assert review.state() == state  # nothing was changed
    fates = {}
    for sample in dict.fromkeys(ids):
        fate = attempt(kind, sample, "Ann", seen)
        unfit = kind is Kind.FORCE_IN and sample in bad
        fates[sample] = "refused" if unfit and fate != "refused" else fate
    assert planned.ids == tuple(i for i, fate in fates.items() if fate == "taken")
    assert planned.already == list(fates.values()).count("already")
    assert sum(planned.refused.values()) == list(fates.values()).count("refused")
    assert planned.changed == sum(i in state.decisions for i in planned.ids)
    assert planned.asked == len(set(ids))


def test_one_edit_one_undo_and_everything_is_as_before(review):
    review.force_out("b", author="Ben", reason="broken", seen=0)
    before = review.state()
    made = decide(review, Kind.FORCE_IN, ["c", "b", "a", "c"])
    assert review.state().forced_in == ("c", "b", "a")
    assert [e.reason for e in review.history("a")] == ["why"]
    assert review.history("x") == ()
    assert len(review.history()) == 2
    review.undo(made.edit.id, author="Ben", seen=review.revision())
    after = review.state()
    assert dict(after.decisions) == dict(before.decisions)
    # One of them can be taken out of it.
    again = decide(review, Kind.FORCE_IN, ["a", "c"])
    review.release("a", author="Ben", seen=again.edit.id)
    assert review.state().forced_in == ("c",)


def test_it_is_told_in_numbers(review):
    review.force_in("a", author="Ann", reason="rare", seen=0)
    review.force_out("b", author="Ann", reason="broken", seen=review.revision())
    seen = review.revision()
    review.note("c", "wait", author="Ben")
    given = {"seen": seen, "unusable": {"d": "invalid (empty output)"}}
    planned = review.plan(Kind.FORCE_IN, "abcde", **given)
    assert told(planned) == (
        "5 samples: 2 would be forced in (1 of them decided otherwise before), 1 is forced in "
        "already, 2 refused: 1 edited by Ben after you had looked; 1 invalid (empty output)."
    )
    made = decide(review, Kind.FORCE_IN, "abcde", **given)
    assert told(made.plan, done=True).startswith("5 samples: 2 are forced in (1 of them")
    assert made.edit.subject == ("b", "e")
    assert told(review.plan(Kind.RELEASE, "ax", seen=review.revision())) == (
        "2 samples: 1 would be set back to automatic, 1 is automatic already."
    )


def test_nothing_left_is_one_sentence(review):
    with pytest.raises(ReviewError, match="No sample was passed"):
        decide(review, Kind.FORCE_IN, [])
    with pytest.raises(ReviewError, match=r"1 sample: 0 would be set back.*Choose other"):
        decide(review, Kind.RELEASE, ["a"])
    with pytest.raises(ReviewError, match="reason is empty"):
        decide(review, Kind.FORCE_IN, ["a"], reason=" ")
    review.note("a", "wait", author="Ben")
    with pytest.raises(ReviewConflict, match="edited by Ben after you had looked"):
        decide(review, Kind.FORCE_IN, ["a"], seen=0)
    with pytest.raises(ReviewConflict, match="replaced by an older"):
        review.plan(Kind.FORCE_IN, ["a"], seen=99)
    assert review.state().decisions == {}


def test_a_decision_on_many_is_news_for_who_has_not_seen_it(review):
    decide(review, Kind.FORCE_OUT, ["a", "b"])
    with pytest.raises(ReviewConflict, match="Ann forced 2 samples out"):
        review.force_in("b", author="Ben", reason="rare", seen=0)
    review.force_in("c", author="Ben", reason="rare", seen=0)


def test_thousands_take_well_under_a_second(review):
    ids = [f"sample-{number:06d}-of-a-pool" for number in range(5_000)]
    began = time.perf_counter()
    made = decide(review, Kind.FORCE_IN, ids)
    assert review.state().forced_in == tuple(ids)
    review.undo(made.edit.id, author="Ann", seen=made.edit.id)
    assert time.perf_counter() - began < 1.0
    assert review.state().forced_in == ()


def test_an_older_workbench_is_told_that_it_is_too_old(where):
    folder, url = where
    review = open_at(folder, url)
    review.rename(0, "Kept", author="Ann", seen=0, automatic=NAMES)
    engine = create_engine(url or f"sqlite:///{folder / 'review.sqlite'}")

    def version() -> int:
        with engine.begin() as connection:
            return connection.scalar(text("SELECT version FROM review_schema"))

    with engine.begin() as connection:  # as that workbench made it
        connection.execute(text("UPDATE review_schema SET version = 1"))
    old = open_at(folder, url)
    old.force_in("a", author="Ann", reason="rare", seen=old.revision())
    assert version() == 1  # what it can read stays what it can read
    decide(old, Kind.FORCE_OUT, ["a", "b"])
    assert version() == 2
    assert old.state().names == {0: "Kept"}
    engine.dispose()
