"""Several names at once: one edit each, and none stops the others."""

from __future__ import annotations

import pytest
from review_places import NAMES

from paser_core.errors import ReviewError
from paser_core.review import Kind


def test_each_name_is_an_edit_of_its_own(review):
    made = review.rename_all(
        {0: "write poems", 1: "arithmetic"}, author="Ann", reason="why", seen=0, automatic=NAMES
    )
    assert made.refused == {}
    assert review.history() == made.edits or review.history() == made.edits[::-1]
    assert [(e.kind, e.subject, e.value, e.author, e.reason) for e in made.edits] == [
        (Kind.RENAME, 0, "write poems", "Ann", "why"),
        (Kind.RENAME, 1, "arithmetic", "Ann", "why"),
    ]
    assert review.state().names == {0: "write poems", 1: "arithmetic"}
    for edit in made.edits:
        review.undo(edit.id, author="Ann", seen=review.revision())
    assert review.state().names == {}


def test_what_is_refused_stops_no_other(review):
    review.rename(0, "Bob's", author="Bob", seen=0, automatic=NAMES)
    made = review.rename_all(
        {0: "write poems", 1: "same", 2: "SAME"}, author="Ann", seen=0, automatic=NAMES
    )
    assert [edit.subject for edit in made.edits] == [1]
    assert set(made.refused) == {0, 2}
    assert "after you had looked" in made.refused[0]
    assert review.state().names == {0: "Bob's", 1: "same"}


def test_without_an_author_nothing_is_made(review):
    with pytest.raises(ReviewError, match="author"):
        review.rename_all({0: "x"}, author=" ", seen=0, automatic=NAMES)
    assert review.revision() == 0
