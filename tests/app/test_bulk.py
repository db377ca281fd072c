"""One decision on all that is filtered or picked: before, after, undone, against the core."""

from __future__ import annotations

from app_page import open_at

from dashboard.runs import opening
from dashboard.state import focus
from paser_core.review import Kind, Review
from paser_core.selection import Setting, Status
from paser_core.selection.of_run import select_from_run


def opened(page, monkeypatch, copy, **address):
    """The page with the box open, and Ann in front of it."""
    app = open_at(page, monkeypatch, copy, **address)
    app.text_input(key="reviewer-name").set_value("Ann").run()
    app.session_state["bulk"] = True
    return app.run()


def reason_box(app):
    (box,) = [box for box in app.text_input if box.label == "One reason for all of them"]
    return box


def said(app) -> str:
    boxes = (app.text, app.warning, app.info, app.error, app.caption)
    return "\n".join(str(element.value) for box in boxes for element in box).replace("\\", "")


def rows_with(selection, status):
    return [row for row in range(len(selection.status)) if selection.status_of(row) is status]


def test_all_that_pass_the_filters_are_forced_in_and_come_back(monkeypatch, copy, run):
    review = Review.of(run)
    selection = select_from_run(run, Setting(2000, 1.0))
    rejected = [run.ids[row] for row in rows_with(selection, Status.CONFLICT)]
    app = opened("ledger", monkeypatch, copy, budget="2000", status="conflict")
    assert not app.exception
    n = len(rejected)
    assert f"Force all in. {n} samples: {n} would be forced in." in said(app)
    app.button(key="bulk-force_in").click().run()  # without a reason
    assert "The reason is empty" in said(app)
    assert review.revision() == 0
    reason_box(app).set_value("our customers ask these").run()
    app.button(key="bulk-force_in").click().run()
    assert not app.exception
    state = review.state()
    assert set(state.forced_in) == set(rejected)
    (edit,) = review.history()
    assert (edit.author, edit.reason) == ("Ann", "our customers ask these")
    assert f"{n} samples: {n} are forced in." in said(app)
    # The selection follows, as the core has it with the same decisions.
    expected = select_from_run(run, Setting(2000, 1.0, forced_in=state.forced_in))
    shown = {metric.label: metric.value for metric in app.metric}
    assert shown["Forced in"] == str(n)
    number = len(rows_with(expected, Status.CONFLICT))
    assert shown["Rejected (conflict)"] == str(number)
    app.button(key="bulk-undo").click().run()
    assert not review.state().decisions
    assert {m.label: m.value for m in app.metric}["Rejected (conflict)"] == str(n)


def test_what_is_left_alone_is_counted_with_its_reason(monkeypatch, copy, run):
    invalid = [row for row in range(run.n) if run.problems[row]]
    assert len(invalid) > 1
    good = [row for row in range(run.n) if run.valid[row] and run.labels[row] >= 0][:5]
    review = Review.of(run)
    review.decide(
        Kind.FORCE_IN, [run.ids[r] for r in good[:2]], author="Ben", reason="rare", seen=0
    )
    app = open_at("map", monkeypatch, copy)
    app.text_input(key="reviewer-name").set_value("Ann").run()
    picked = opening.ids_of(run, [*good, *invalid])
    app.session_state["_linked"] = focus.Linked("in the lasso", picked)
    app.session_state["bulk"] = True
    app.run()
    assert not app.exception
    words = said(app)
    n = len(picked)
    assert f"Force all in. {n} samples: 3 would be forced in, 2 are forced in already, " in words
    assert f"{n - 5} refused: " in words
    for row in invalid:
        assert f"invalid ({run.problems[row]})" in words
    assert f"Set the decisions aside. {n} samples: 2 would be set back to automatic" in words
    reason_box(app).set_value("broken").run()
    app.button(key="bulk-force_out").click().run()
    assert set(review.state().forced_out) == set(picked)


def test_all_of_a_run_is_not_decided_by_accident(monkeypatch, copy):
    app = opened("ledger", monkeypatch, copy)
    assert "These are all samples" in said(app)
    assert not [b for b in app.button if str(b.key).startswith("bulk-")]


def test_more_than_the_budget_is_said_before(monkeypatch, copy):
    app = opened("ledger", monkeypatch, copy, budget="50", status="over_budget")
    assert "the budget is 50" in said(app)


def test_an_edit_by_somebody_else_meanwhile_is_not_overwritten(monkeypatch, copy, run):
    app = opened("ledger", monkeypatch, copy, budget="2000", status="conflict")
    review = Review.of(run)
    selection = select_from_run(run, Setting(2000, 1.0))
    rejected = [run.ids[row] for row in rows_with(selection, Status.CONFLICT)]
    review.force_out(rejected[0], author="Ben", reason="wrong answer", seen=0)
    reason_box(app).set_value("ours")
    app.button(key="bulk-force_in").click().run()
    assert not app.exception
    assert review.state().forced_out == (rejected[0],)
    assert len(review.state().forced_in) == len(rejected) - 1
    assert "1 refused: edited by Ben after you had looked" in said(app)
