"""Addresses of the dashboard under a name, kept beside the run, on SQLite and on PostgreSQL."""

from __future__ import annotations

import pytest
from review_places import NAMES, open_at

from paser_core.errors import ReviewError
from paser_core.review import Kind, SavedView, describe
from paser_core.review.views import QUERY_LIMIT

RARE = SavedView("Rejected poems", "ledger", "run=run&status=conflict&q=po%C3%A8me")


def test_a_view_is_there_for_the_next_who_opens_the_run_and_can_be_taken_back(where):
    review = open_at(*where)
    edit = review.save_view(RARE, author="Ann")
    other = open_at(*where)
    assert list(other.state().views) == [RARE]
    assert other.state().views[RARE].author == "Ann"
    assert describe(edit) == "Ann saved the view “Rejected poems”"
    undo = other.undo(edit.id, author="Ben", seen=other.revision())
    assert not review.state().views
    assert describe(undo, edit) == "Ben undid an edit: Ann saved the view “Rejected poems”"
    review.undo(undo.id, author="Ann", seen=review.revision())
    assert list(review.state().views) == [RARE]


def test_of_one_name_the_last_counts_and_undoing_it_brings_the_first_back(where):
    review = open_at(*where)
    review.save_view(RARE, author="Ann")
    later = SavedView("  Rejected   poems ", "map", "run=run")
    edit = review.save_view(later, author="Ben")
    assert list(review.state().views) == [SavedView("Rejected poems", "map", "run=run")]
    review.undo(edit.id, author="Ben", seen=review.revision())
    assert list(review.state().views) == [RARE]


def test_a_view_stands_in_nobodys_way(where):
    """Who has not seen it may still decide, and no sample is decided by it."""
    review = open_at(*where)
    seen = review.revision()
    review.save_view(RARE, author="Ann")
    review.rename(0, "Poems", author="Ben", seen=seen, automatic=NAMES)
    review.force_in("s", author="Ben", reason="needed", seen=seen)
    state = review.state()
    assert state.forced_in == ("s",)
    assert review.history("s")[-1].kind is Kind.FORCE_IN


@pytest.mark.parametrize(
    ("view", "said"),
    [
        (SavedView(" ", "map", ""), "name of the view is empty"),
        (SavedView("n" * 81, "map", ""), "81 characters"),
        (SavedView("x", "//elsewhere.example", ""), "no page of the dashboard"),
        (SavedView("x", "javascript:alert(1)", ""), "no page of the dashboard"),
        (SavedView("x", "map", "q" * (QUERY_LIMIT + 1)), "4,001 characters"),
    ],
)
def test_what_cannot_be_kept_is_one_sentence_and_nothing_is_stored(tmp_path, view, said):
    review = open_at(tmp_path, None)
    with pytest.raises(ReviewError, match=said):
        review.save_view(view, author="Ann")
    assert review.revision() == 0
