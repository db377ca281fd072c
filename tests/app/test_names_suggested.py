"""Names as tasks on the page Clusters: asked for, taken one by one or all at once, and taken back."""

from __future__ import annotations

import pytest
from app_page import open_at

from paser_core.explain.suggested import names_of
from paser_core.explain.tasks import NameKind
from paser_core.review import Kind, Review, Wanted
from paser_core.runs import Run

CLUSTER = 4


@pytest.fixture
def app(monkeypatch, copy):
    page = open_at("clusters", monkeypatch, copy, cluster=str(CLUSTER))
    page.session_state["_reviewer"] = "Ann"
    return page.run()


@pytest.fixture(scope="module")
def names(tmp_path_factory):
    from app_page import DEMO

    return names_of(Run.open(DEMO), encoder=True)


def said(app):
    return " ".join([*(t.value for t in app.text), *(c.value for c in app.caption)]).replace(
        "\\", ""
    )


def ask(app):
    app.button(key="suggest-names").click().run()
    assert not app.exception


def test_nothing_is_read_before_somebody_asks(app):
    assert "Suggested:" not in said(app)


def test_a_suggestion_has_its_evidence_and_is_taken_by_a_click(app, run, names):
    ask(app)
    one = names.names[CLUSTER]
    assert f"Suggested: “{one.name}”" in said(app)
    assert one.evidence in said(app)
    assert names.ranking in said(app)
    app.button(key=f"take-name-{CLUSTER}").click().run()
    assert not app.exception
    (edit,) = Review.of(run).history()
    assert (edit.kind, edit.subject, edit.value, edit.author) == (
        Kind.RENAME,
        CLUSTER,
        one.name,
        "Ann",
    )
    assert edit.reason == "suggested as a task"
    assert app.button(key=f"take-name-{CLUSTER}").disabled
    app.button(key="names-undo").click().run()
    assert Review.of(run).state().names == {}


def test_all_are_taken_but_those_that_people_named(app, run, names):
    review = Review.of(run)
    review.rename(2, "Ours", author="Bob", seen=0, automatic=run.names)
    ask(app)
    app.button(key="take-names").click().run()
    assert not app.exception
    wanted = {n.cluster: n.name for n in names.names if n.kind is not NameKind.KEYWORDS}
    assert review.state().names == wanted | {2: "Ours"}
    assert f"{len(wanted) - 1} clusters named as suggested." in said(app)
    assert not [b for b in app.button if b.key == "take-names"]
    app.button(key="names-undo").click().run()
    assert review.state().names == {2: "Ours"}
    assert not [b for b in app.button if b.key == "names-undo"]


def test_a_cluster_that_a_person_made_keeps_the_name_that_it_was_given(app, run):
    review = Review.of(run)
    wanted = Wanted(Kind.SPLIT, samples=run.ids[:40], name="Odd ones")
    review.correct(wanted, author="Bob", reason="apart", seen=0, names=run.names)
    made = run.n_clusters
    ask(app)
    app.button(key="take-names").click().run()
    assert not app.exception
    names = review.state().names
    assert names
    assert made not in names


def test_without_a_name_of_ones_own_it_is_refused(monkeypatch, copy, run):
    page = open_at("clusters", monkeypatch, copy, cluster=str(CLUSTER))
    ask(page)
    page.button(key=f"take-name-{CLUSTER}").click().run()
    assert Review.of(run).history() == ()
    assert page.error
