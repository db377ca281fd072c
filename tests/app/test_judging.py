"""The queue of rejected samples, seen marks and the figure, against the core."""

from __future__ import annotations

import pytest
from app_page import open_at

from paser_core.explain.precision import Rejections, precision, told
from paser_core.review import Review, Verdict, unpack
from paser_core.selection import Setting

SETTING = Setting(2000, 1.0)


@pytest.fixture
def rejected(run):
    return Rejections.of_run(run, SETTING)


@pytest.fixture
def at_queue(monkeypatch, copy):
    def start(name="Ann"):
        app = open_at("ledger", monkeypatch, copy, budget="2000", show="queue")
        if name:
            app.text_input(key="reviewer-name").set_value(name).run()
        assert not app.exception
        return app

    return start


def said(app) -> str:
    boxes = (app.text, app.caption, app.info, app.error, app.success)
    return "\n".join(str(element.value) for box in boxes for element in box).replace("\\", "")


def press(app, verdict, row):
    app.button(key=f"judging-{verdict}-{row}").click().run()
    assert not app.exception


def test_it_walks_in_order_and_the_figure_is_the_cores(at_queue, run, rejected):
    app = at_queue()
    verdicts = [Verdict.TRUE, Verdict.FALSE, Verdict.FALSE, Verdict.UNSURE, Verdict.TRUE]
    rows = rejected.rows.tolist()
    for place, verdict in enumerate(verdicts):
        clash = rejected.clash(rows[place])
        shown = said(app)
        assert f"Number {place + 1} of {len(rows)}." in shown
        for concept in clash.concepts:
            assert f"“{concept}”" in shown
        codes = "\n".join(code.value for code in app.code)
        for sample in (clash.sample, *clash.accepted):
            assert run.sample(run.row_of[sample]).output in codes
        press(app, verdict, rows[place])
    state = Review.of(run).state()
    assert [unpack(by["Ann"])[1] for by in state.verdicts.values()] == verdicts
    assert [clash.sample for clash in state.verdicts] == [run.ids[r] for r in rows[:5]]
    first, *rest = told(precision(rejected, state))
    assert first in said(app)
    assert " ".join(rest) in said(app)
    assert f"5 of {len(rows)} rejected samples seen by you, 5 by anybody." in said(app)
    # A verdict changes no selection; Overview has the figure, too.
    assert not state.decisions
    assert first in said(app.switch_page("pages/overview.py").run())


def test_what_is_judged_out_of_turn_waits(monkeypatch, copy, run, rejected):
    rows = rejected.rows.tolist()
    cluster = int(run.labels[rows[-1]])
    of_cluster = [row for row in rows if run.labels[row] == cluster]
    assert 0 < len(of_cluster) < len(rows)
    assert of_cluster[0] != rows[0]
    app = open_at("ledger", monkeypatch, copy, budget="2000", show="queue", clusters=str(cluster))
    app.text_input(key="reviewer-name").set_value("Ann").run()
    for place, row in enumerate(of_cluster):
        assert f"Number {place + 1} of {len(of_cluster)}." in said(app)
        press(app, Verdict.TRUE, row)
    assert "You have judged all of these." in said(app)
    found = precision(rejected, Review.of(run).state())
    assert (found.judged, found.waiting) == (0, len(of_cluster))
    assert "does not narrow the figure" in said(app)
    assert f"{len(of_cluster)} of {len(rows)} rejected samples seen by you" in said(app)
    app = open_at("ledger", monkeypatch, copy, budget="2000", show="queue", q="zzqqx")
    assert "No sample passes" in said(app)


def test_without_a_name_nothing_is_judged(at_queue, run, rejected):
    app = at_queue(None)
    press(app, Verdict.TRUE, rejected.rows[0])
    assert "Say who you are first" in said(app)
    assert "Number 1 of" in said(app)
    assert Review.of(run).revision() == 0


def test_back_changes_a_verdict_and_take_it_back_ends_it(at_queue, run, rejected):
    app, rows, review = at_queue(), rejected.rows.tolist(), Review.of(run)
    press(app, Verdict.TRUE, rows[0])
    app.button(key=f"judging-back-{rows[1]}").click().run()
    assert "Number 1 of" in said(app)
    assert "Ann: true conflict" in said(app)
    press(app, Verdict.FALSE, rows[0])
    assert "Number 2 of" in said(app)
    (by,) = review.state().verdicts.values()
    assert unpack(by["Ann"])[1] is Verdict.FALSE
    app.button(key="judging-undo").click().run()
    (by,) = review.state().verdicts.values()
    assert unpack(by["Ann"])[1] is Verdict.TRUE  # as it was before
    assert "Number 1 of" in said(app)


def test_a_false_conflict_leads_to_the_decision_on_the_sample(at_queue, run, rejected):
    app, row = at_queue(), int(rejected.rows[0])
    press(app, Verdict.TRUE, row)
    assert not [b for b in app.button if b.key == "judging-force"]
    app.button(key="judging-undo").click().run()
    press(app, Verdict.FALSE, row)
    app.button(key="judging-force").click().run()
    (reason,) = [box for box in app.text_input if box.label == "Reason"]
    reason.set_value("they go together").run()
    app.button(key="force-in").click().run()
    assert Review.of(run).state().forced_in == (run.ids[row],)
    # The queue stays what it was: forcing in must not flatter the graph.
    assert f"Number 2 of {len(rejected.rows)}." in said(app)
    assert "0 of 1 conflict" in said(app)


def test_another_persons_verdict_is_hidden_until_ones_own_is_given(at_queue, run, rejected):
    clash = rejected.clash(int(rejected.rows[0]))
    Review.of(run).judge(clash, Verdict.FALSE, author="Ben")
    app = at_queue()
    assert "1 person has judged it; you see how once you have." in said(app)
    assert "Ben: " not in said(app)
    press(app, Verdict.TRUE, rejected.rows[0])
    app.button(key=f"judging-back-{rejected.rows[1]}").click().run()
    assert "Ben: false conflict" in said(app)
    assert "You do not agree." in said(app)
    assert "Disputed: 1" in said(app)
    assert len(Review.of(run).state().verdicts[clash]) == 2


def test_what_is_opened_is_seen_by_that_person(monkeypatch, copy, run, rejected):
    sample = run.ids[rejected.rows[3]]
    app = open_at("ledger", monkeypatch, copy, budget="2000", sample=sample)
    assert Review.of(run).state().seen == {}  # nobody has said who is looking
    assert f"0 of {len(rejected.rows)} rejected samples seen by anybody" in said(app)
    app.text_input(key="reviewer-name").set_value("Ann").run()
    app.run()
    assert Review.of(run).state().seen == {"Ann": {sample}}
    assert f"1 of {len(rejected.rows)} rejected samples seen by you, 1 by anybody." in said(app)
    revision = Review.of(run).revision()
    app.run()
    assert Review.of(run).revision() == revision


def test_where_nothing_can_be_rejected_it_says_so(monkeypatch, copy):
    app = open_at("ledger", monkeypatch, copy, selector="random", show="queue")
    assert not app.exception
    assert "rejects nothing for a conflict" in said(app)
