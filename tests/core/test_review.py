"""Edits on one run, on SQLite and on PostgreSQL."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest
from review_places import NAMES, RUN, open_at
from sqlalchemy import create_engine, text
from sqlalchemy.exc import DBAPIError

from paser_core.errors import ReviewConflict, ReviewError
from paser_core.review import (
    CORRECTIONS,
    Clash,
    Edit,
    Kind,
    Review,
    Verdict,
    Wanted,
    describe,
    when,
)
from paser_core.review.corrections import pack as pack_correction
from paser_core.review.verdicts import pack


def test_nothing_is_made_before_the_first_edit(where):
    folder, url = where
    review = open_at(folder, url)
    assert review.revision() == 0
    assert review.state() == open_at(folder, url).state()
    assert review.history() == ()
    assert review.left_behind() == 0
    for refused in (
        lambda: review.rename(9, "X", author="Ann", seen=0, automatic=NAMES),
        lambda: review.force_in("s", author="Ann", reason=" ", seen=0),
        lambda: review.undo(1, author="Ann", seen=0),
        lambda: review.note(0, "text", author=""),
    ):
        with pytest.raises(ReviewError):
            refused()
    assert list(folder.iterdir()) == []
    assert review.state().names_with(NAMES) == NAMES


def test_an_edit_is_kept_with_author_time_and_reason(where):
    before = datetime.now(UTC)
    made = open_at(*where).force_in("s1", author="  Ann ", reason="it is rare", seen=0)
    assert before <= made.time <= datetime.now(UTC)
    other = open_at(*where)
    assert other.history() == (made,)
    assert other.state().decisions == {"s1": made}
    assert (made.author, made.reason, made.kind) == ("Ann", "it is rare", Kind.FORCE_IN)
    assert made.id == other.revision() == other.state().revision


def test_the_state_is_the_same_object_until_something_is_new(review):
    review.note(0, "look", author="Ann")
    first = review.state()
    assert review.state() is first
    review.note(0, "again", author="Ann")
    assert review.state() is not first
    assert [e.value for e in review.state().notes[0]] == ["look", "again"]


def test_history_of_one_subject(review):
    review.note(0, "a cluster", author="Ann")
    review.note("0", "a sample whose id is a number", author="Ann")
    review.note("cluster:0", "a sample whose id looks like ours", author="Ann")
    assert [e.value for e in review.history(0)] == ["a cluster"]
    assert [e.value for e in review.history("0")] == ["a sample whose id is a number"]
    assert [e.value for e in review.history("cluster:0")] == ["a sample whose id looks like ours"]
    assert len(review.history()) == 3


def test_runs_share_a_database_and_nothing_else(where, tmp_path):
    folder, url = where
    one = open_at(folder, url)
    other = open_at(folder, url, "b" * 64)
    one.rename(0, "Mine", author="Ann", seen=0, automatic=NAMES)
    made = other.rename(0, "Mine", author="Ben", seen=0, automatic=NAMES)
    assert one.state().names == other.state().names == {0: "Mine"}
    assert [e.author for e in other.history()] == ["Ben"]
    with pytest.raises(ReviewError, match="no edit"):
        one.undo(made.id, author="Ann", seen=made.id)
    # In a folder's own file, the other one is what the run was before it was made again.
    assert one.left_behind() == (1 if url is None else 0)


def test_who_has_not_seen_the_last_edit_is_told_about_it(review):
    seen = review.revision()
    made = review.rename(0, "Algebra", author="Ann", seen=seen, automatic=NAMES)
    with pytest.raises(ReviewConflict) as caught:
        review.rename(0, "Addition", author="Ben", seen=seen, automatic=NAMES)
    said = str(caught.value)
    assert said.startswith(f"Ann renamed this cluster to “Algebra” at {made.time:%H:%M} UTC")
    assert "try again" in said
    # Other subjects are free, and so is this one for who has seen it.
    review.rename(1, "Verbs", author="Ben", seen=seen, automatic=NAMES)
    review.rename(0, "Addition", author="Ben", seen=made.id, automatic=NAMES)
    assert review.state().names == {0: "Addition", 1: "Verbs"}


@pytest.mark.parametrize("blind", ["force_out", "release", "undo"])
def test_no_edit_goes_over_an_unseen_one(review, blind):
    first = review.force_in("s1", author="Ann", reason="rare", seen=0)
    review.note("s1", "I am not sure about this", author="Ann")
    act = getattr(review, blind)
    with pytest.raises(ReviewConflict, match="Ann wrote a note on this sample"):
        act(first.id if blind == "undo" else "s1", author="Ben", reason="no", seen=first.id)
    assert review.state().forced_in == ("s1",)


def test_a_log_that_is_older_than_what_was_seen_is_a_conflict(review):
    review.note(0, "one", author="Ann")
    with pytest.raises(ReviewConflict, match="replaced"):
        review.force_in("s1", author="Ann", reason="rare", seen=50)


def test_undo_and_redo(review):
    def undo(edit):
        return review.undo(edit.id, author="Ben", seen=review.revision())

    a = review.force_in("a", author="Ann", reason="rare", seen=0)
    review.force_in("b", author="Ann", reason="rare", seen=0)
    undone = undo(a)
    assert review.state().forced_in == ("b",)
    assert undone.subject == "a"
    with pytest.raises(ReviewError, match=r"Ben has undone this already, at .* UTC"):
        undo(a)
    undo(undone)
    assert review.state().forced_in == ("a", "b")  # its old place in the order
    undo(a)
    assert review.state().forced_in == ("b",)
    assert len(review.history()) == 5
    assert review.state().undone == {a.id, undone.id}


def test_release_gives_back_what_is_automatic(review):
    review.rename(0, "X", author="Ann", seen=0, automatic=NAMES)
    review.force_out("s1", author="Ann", reason="broken", seen=0)
    for subject in (0, "s1"):
        review.release(subject, author="Ben", seen=review.revision())
    state = review.state()
    assert state.names_with(NAMES) == NAMES
    assert state.forced_in == state.forced_out == ()
    with pytest.raises(ReviewError, match="automatic already"):
        review.release("s1", author="Ben", seen=state.revision)


def test_a_name_belongs_to_one_cluster(review):
    def rename(cluster, name):
        return review.rename(cluster, name, author="Ann", seen=review.revision(), automatic=NAMES)

    with pytest.raises(ReviewError, match="name of cluster 1 already"):
        rename(0, " french ")
    first = rename(0, "Maths")
    assert rename(0, "Algebra").value == "Algebra"
    with pytest.raises(ReviewError, match="name of cluster 0 already"):
        rename(1, "ａｌｇｅｂｒａ")  # the same letters, wide
    with pytest.raises(ReviewError, match="name of cluster 0 already"):
        rename(1, "Sums")  # an undo would give it back to cluster 0
    with pytest.raises(ReviewError, match="called “Algebra” already"):
        rename(0, "Algebra")
    algebra = review.history(0)[0]
    rename(1, "Maths")
    with pytest.raises(ReviewError, match="the same name, “Maths”"):
        review.undo(algebra.id, author="Ann", seen=review.revision())
    assert first.id not in review.state().undone
    with pytest.raises(ReviewError, match="no cluster 3; clusters go from 0 to 2"):
        rename(3, "X")


def test_deciding_twice_is_said(review):
    review.force_in("s1", author="Ann", reason="rare", seen=0)
    with pytest.raises(ReviewError, match=r"Ann forced this sample in .“rare”. already"):
        review.force_in("s1", author="Ben", reason="me too", seen=review.revision())
    review.force_out("s1", author="Ben", reason="broken", seen=review.revision())
    state = review.state()
    assert (state.forced_in, state.forced_out) == ((), ("s1",))


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"author": ""}, "author's name is empty"),
        ({"author": "\u200b \u200d"}, "author's name is empty"),
        ({"author": "A" * 81}, "81 characters; at most 80"),
        ({"author": "Ann\u202e"}, "U+202E"),
        ({"author": "An\nn"}, "U+000A"),
        ({"reason": ""}, "reason is empty"),
        ({"reason": "r" * 1001}, "1,001 characters; at most 1,000"),
        ({"reason": "half \ud800"}, "U+D800"),
        ({"reason": "nul \0 nul"}, "U+0000"),
        ({"sample_id": ""}, "0 characters"),
        ({"sample_id": "x" * 501}, "501 characters"),
        ({"sample_id": "a\0b"}, "cannot store"),
    ],
)
def test_what_cannot_be_kept_is_refused(tmp_path, arguments, words):
    review = open_at(tmp_path, None)
    given = {"sample_id": "s1", "author": "Ann", "reason": "rare", "seen": 0} | arguments
    with pytest.raises(ReviewError, match=re.escape(words)):
        review.force_in(given.pop("sample_id"), **given)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "value",
    [
        "<script>alert(1)</script> $x$ ![](http://a)",
        "'; DROP TABLE review_edits; --",
        "👩‍👩‍👧 naïve שלום",
        "two\nlines\tand a tab",
        "x" * 4000,
    ],
)
def test_any_text_comes_back_as_it_was(where, value):
    identifier = value.replace("\t", "\n")[:500]
    made = open_at(*where).note(identifier, value, author="Zoë 👩‍🔬")
    assert open_at(*where).history(identifier) == (made,)
    assert made.value == value


def test_numbers_of_numpy_are_clusters(review):
    np = pytest.importorskip("numpy")
    review.rename(np.int64(1), "X", author="Ann", seen=np.int64(0), automatic=NAMES)
    assert review.state().names == {1: "X"}
    assert review.history(np.int64(1))[0].value == "X"


def test_the_database_itself_keeps_the_log(where):
    folder, url = where
    review = open_at(folder, url)
    review.note(0, "kept", author="Ann")
    engine = create_engine(url or f"sqlite:///{folder / 'review.sqlite'}")
    for statement in ("UPDATE review_edits SET author = 'Ben'", "DELETE FROM review_edits"):
        with pytest.raises(DBAPIError, match="never changed or deleted"), engine.begin() as c:
            c.execute(text(statement))
    engine.dispose()
    assert [e.author for e in review.history()] == ["Ann"]


def test_another_schema_is_refused(where):
    folder, url = where
    review = open_at(folder, url)
    review.note(0, "kept", author="Ann")
    engine = create_engine(url or f"sqlite:///{folder / 'review.sqlite'}")
    for version, words in ((3, "Update the workbench"), (0, "Restore a copy")):
        with engine.begin() as connection:
            connection.execute(text(f"UPDATE review_schema SET version = {version}"))
        for act in (
            review.state,
            review.revision,
            review.left_behind if url is None else review.history,
            lambda: review.note(0, "more", author="Ann"),
        ):
            with pytest.raises(ReviewError, match=f"schema {version}.*schema 1 to 2.*{words}"):
                act()
    engine.dispose()


def test_a_row_of_a_stranger_is_said(where):
    folder, url = where
    review = open_at(folder, url)
    review.note(0, "kept", author="Ann")
    engine = create_engine(url or f"sqlite:///{folder / 'review.sqlite'}")
    with engine.begin() as connection:
        connection.execute(
            text(
                "INSERT INTO review_edits (run, time, author, kind, subject, value, reason) "
                f"VALUES ('{RUN}', '2026-01-01', 'Eve', 'approve', 'cluster:0', '', '')"
            )
        )
    engine.dispose()
    with pytest.raises(ReviewError, match="'approve' is not a valid Kind"):
        review.state()


def test_a_database_that_was_replaced_is_read_anew(tmp_path):
    review = open_at(tmp_path, None)
    for i in range(3):
        review.note(0, f"old {i}", author="Ann")
    assert review.state().revision == 3
    (tmp_path / "review.sqlite").unlink()
    assert review.state().revision == 0
    other = Review.open(tmp_path, RUN)
    for i in range(4):
        other.note(1, f"new {i}", author="Ben")
    assert [e.value for e in review.history()] == [f"new {i}" for i in (3, 2, 1, 0)]


def test_sentences():
    def edit(kind, subject, value="", reason="", minutes=0):
        time = datetime(2026, 3, 4, 14, 2, tzinfo=UTC) + timedelta(minutes=minutes)
        return Edit(kind, subject, "Ann", value, reason, id=1, time=time)

    forced = edit(Kind.FORCE_OUT, "s1", reason="wrong\nanswer " + "very " * 30)
    assert describe(forced).startswith("Ann forced this sample out (“wrong answer very")
    assert len(describe(forced)) < 130
    undo = edit(Kind.UNDO, 0)
    assert describe(undo) == "Ann undid an edit of this cluster"
    named = edit(Kind.RENAME, 0, "X")
    assert describe(undo, named).endswith(": Ann renamed this cluster to “X”")
    assert when(named, now=named.time + timedelta(hours=1)) == "at 14:02 UTC"
    assert when(named, now=named.time + timedelta(days=1)) == "on 2026-03-04 at 14:02 UTC"
    for kind in set(Kind) - CORRECTIONS - {Kind.VERDICT, Kind.VIEW}:
        assert describe(edit(kind, 0)).startswith("Ann ")
    many = edit(Kind.FORCE_IN, ("a", "b"), reason="rare")
    assert describe(many) == "Ann forced 2 samples in (“rare”)"
    for wanted, subject, said in (
        (Wanted(Kind.MERGE, 2, 5), 5, "merged this cluster into cluster 2"),
        (Wanted(Kind.MOVE, 2, samples=("a", "b")), 2, "moved 2 samples into this cluster"),
        (Wanted(Kind.SPLIT, samples=("a",), name="X"), 9, "made this cluster, “X”, of 1 sample"),
    ):
        made = edit(wanted.kind, subject, pack_correction(wanted), reason="one thing")
        assert describe(made) == f"Ann {said} (“one thing”)"
    clash = Clash("s1", ("red", "blue"), ("s2", "s3"))
    words = {
        Verdict.TRUE: "judged the conflict of “red” and “blue” a true one",
        Verdict.FALSE: "judged the conflict of “red” and “blue” a false one",
        Verdict.UNSURE: "was unsure about the conflict of “red” and “blue”",
    }
    for verdict, said in words.items():
        assert describe(edit(Kind.VERDICT, "s1", pack(clash, verdict))) == f"Ann {said}"
