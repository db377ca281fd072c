"""The state that follows from a log, against a replay that is written from the definition."""

from __future__ import annotations

import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from review_places import NAMES, open_at

from paser_core.errors import ReviewError
from paser_core.review import Edit, Kind, fold

SAMPLES = ("s1", "s2", "0")  # an id may look like a number and is no cluster
START = datetime(2026, 1, 1, tzinfo=UTC)

_rename = st.tuples(
    st.just(Kind.RENAME), st.integers(0, 2), st.sampled_from(["A", "a", "B", *NAMES])
)
_force = st.tuples(
    st.sampled_from([Kind.FORCE_IN, Kind.FORCE_OUT]), st.sampled_from(SAMPLES), st.just("")
)
_release = st.tuples(st.just(Kind.RELEASE), st.sampled_from([0, 1, 2, *SAMPLES]), st.just(""))
_note = st.tuples(st.just(Kind.NOTE), st.sampled_from([0, *SAMPLES]), st.sampled_from("xy"))
_undo = st.tuples(st.just(Kind.UNDO), st.integers(0, 30), st.just(""))
actions = st.lists(st.one_of(_rename, _force, _release, _note, _undo, _undo), max_size=25)


def log_of(given_actions, ids) -> list[Edit]:
    """Every action as an edit; an undo is of whatever the number points at."""
    edits: list[Edit] = []
    for number, (kind, subject, value) in zip(ids, given_actions, strict=False):
        undoes = None
        if kind is Kind.UNDO:
            if not edits:
                continue
            target = edits[subject % len(edits)]
            subject, undoes = target.subject, target.id
        time = START + timedelta(minutes=number)
        edits.append(Edit(kind, subject, "Ann", value, "why", undoes, id=number, time=time))
    return edits


def counts(edits, edit) -> bool:
    """By definition: no undo of it counts."""
    return not any(u.undoes == edit.id and counts(edits, u) for u in edits)


def last(edits, subject, kinds):
    """The last edit of these kinds on this that counts."""
    of_it = [
        e
        for e in edits
        if e.kind in kinds and e.subject == subject and type(e.subject) is type(subject)
    ]
    return next((e for e in reversed(of_it) if counts(edits, e)), None)


def replay(edits):
    """``names, forced in, forced out, notes`` asked one by one."""
    names, decided, notes = {}, [], {}
    for cluster in range(3):
        edit = last(edits, cluster, (Kind.RENAME, Kind.RELEASE))
        if edit is not None and edit.kind is Kind.RENAME:
            names[cluster] = edit.value
    for sample in SAMPLES:
        edit = last(edits, sample, (Kind.FORCE_IN, Kind.FORCE_OUT, Kind.RELEASE))
        if edit is not None and edit.kind is not Kind.RELEASE:
            decided.append(edit)
    for edit in edits:
        if edit.kind is Kind.NOTE and counts(edits, edit):
            notes.setdefault(edit.subject, []).append(edit)
    decided.sort(key=lambda e: e.id)
    return (
        names,
        tuple(e.subject for e in decided if e.kind is Kind.FORCE_IN),
        tuple(e.subject for e in decided if e.kind is Kind.FORCE_OUT),
        {k: tuple(v) for k, v in notes.items()},
    )


def seen_in(state):
    return state.names, state.forced_in, state.forced_out, dict(state.notes)


@given(actions, st.lists(st.integers(1, 3), min_size=25, max_size=25))
def test_the_fold_is_the_definition(given_actions, gaps):
    # Ids have gaps: other runs of the same database take numbers too.
    ids = [sum(gaps[: i + 1]) for i in range(len(gaps))]
    edits = log_of(given_actions, ids)
    state = fold(edits)
    assert seen_in(state) == replay(edits)
    assert state.revision == (edits[-1].id if edits else 0)
    assert state.undone == {e.id for e in edits if not counts(edits, e)}
    for sample, edit in state.decisions.items():
        assert edit == last(edits, sample, (Kind.FORCE_IN, Kind.FORCE_OUT, Kind.RELEASE))


def accepted(edits, kind, subject, value, target) -> bool:
    """Whether the rules let it in, decided from the replay alone."""
    names, forced_in, forced_out, _ = replay(edits)
    shown = [names.get(k, NAMES[k]) for k in range(3)]
    if kind is Kind.RENAME:
        others = [n for k in range(3) if k != subject for n in (shown[k].lower(), NAMES[k].lower())]
        return shown[subject] != value and value.lower() not in others
    if kind is Kind.FORCE_IN:
        return subject not in forced_in
    if kind is Kind.FORCE_OUT:
        return subject not in forced_out
    if kind is Kind.RELEASE:
        return subject in names if isinstance(subject, int) else subject in forced_in + forced_out
    if kind is Kind.UNDO:
        if target is None or not counts(edits, target):
            return False
        undo = Edit(kind, target.subject, "", "", "", target.id, id=edits[-1].id + 1, time=START)
        after = [n.lower() for n in replay([*edits, undo])[0].values()]
        return len(set(after)) == len(after)
    return True


@settings(max_examples=15, deadline=None)
@given(actions)
def test_a_stored_log_is_the_same_after_any_sequence(given_actions):
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        review = open_at(folder, None)
        edits: list[Edit] = []
        for kind, subject, value in given_actions:
            target = None
            if kind is Kind.UNDO and edits:
                target = edits[subject % len(edits)]
            seen = review.revision()
            who = {"author": "Ann", "reason": "why", "seen": seen}
            act = {
                Kind.RENAME: lambda: review.rename(subject, value, automatic=NAMES, **who),  # noqa: B023
                Kind.FORCE_IN: lambda: review.force_in(subject, **who),  # noqa: B023
                Kind.FORCE_OUT: lambda: review.force_out(subject, **who),  # noqa: B023
                Kind.RELEASE: lambda: review.release(subject, **who),  # noqa: B023
                Kind.NOTE: lambda: review.note(subject, value, author="Ann"),  # noqa: B023
                Kind.UNDO: lambda: review.undo(target.id if target else 99, **who),  # noqa: B023
            }[kind]
            if accepted(edits, kind, subject, value, target):
                edits.append(act())
            else:
                with pytest.raises(ReviewError):
                    act()
            # A cluster is never without a name of its own.
            shown = [n.lower() for n in review.state().names_with(NAMES)]
            assert len(set(shown)) == len(shown)
        for reader in (review, open_at(folder, None)):
            assert reader.history() == tuple(reversed(edits))
            assert seen_in(reader.state()) == replay(edits)
