"""The Compare page, run in-process, against what the core answers."""

from __future__ import annotations

import shutil
import time
from importlib.metadata import EntryPoint

import numpy as np
import pytest
from app_page import DEMO, lines_of
from compare_page import clean, numbers, shifts, table
from overlaps import overlap
from selected import rows_by

from dashboard.state import choices, session
from paser_core.compare import chosen, compare, stability, worth
from paser_core.config import SelectionConfig
from paser_core.registry import SELECTORS
from paser_core.runs import Run
from paser_core.selection import Selector, Setting
from paser_core.selection.of_run import select_from_run
from paser_core.selection.selector import selector_of
from paser_core.stages.concepts import filter_concepts


def ids(run: Run, rows) -> list[str]:
    return [run.ids[row] for row in rows]


# A rule of every kind: drawn, by score, in clusters of its own, of everything, for one budget alone.
@pytest.mark.parametrize(
    "kind", ["random", "divergence", "paser-without-s2ric", "full", "random-matched"]
)
def test_every_selector_is_what_the_core_selects(at_compare, demo, kind):
    seed = {"draw": 3} if selector_of(kind).drawn else {}
    app = at_compare(against=kind, budget=300, temperature=2.0, **seed)
    clean(app)
    ours = select_from_run(demo, Setting(300, 2.0))
    theirs = rows_by(kind, demo, Setting(300, 2.0), 3)
    assert numbers(app) == overlap(ours.rows, theirs)
    found = compare(chosen(demo, ours, "a"), chosen(demo, theirs, "b"))
    shown = shifts(app)
    for shift in found.shifts:
        line = shown.loc[shift.name]
        assert (line["a"], line["b"], line["both"]) == (shift.a, shift.b, shift.both)
        assert line["shift"] == pytest.approx(100 * (shift.b / theirs.size - shift.a / 300))
    assert list(shown["shift"]) == sorted(shown["shift"])
    said = " ".join(text.value for text in app.text)
    chance = found.chance
    assert f"would share {chance.mean:.0f} ± {(chance.high - chance.low) / 2:.0f}; these" in said


def test_a_selector_whose_scores_are_missing_names_the_command(at_compare):
    app = at_compare(against="ifd", budget=300)
    clean(app)
    said = [info.value for info in app.info]
    assert any(f"paser score {DEMO} ifd" in text for text in said), said


def test_a_selector_of_a_package_is_offered(at_compare, demo, monkeypatch):
    shortest = Selector(
        "Shortest responses",
        lambda pool, _: np.array([-len(text) for text in pool.samples["output"]]),
        damage=False,
    )
    brought = {"shortest": EntryPoint("shortest", "nowhere:SELECTOR", SELECTORS.group)}
    monkeypatch.setattr(SELECTORS, "_brought", brought)
    monkeypatch.setitem(SELECTORS._loaded, "shortest", shortest)
    app = at_compare(against="shortest", budget=300)
    clean(app)
    ours = select_from_run(demo, Setting(300)).rows
    assert numbers(app) == overlap(ours, rows_by("shortest", demo, Setting(300)))
    assert any("Shortest responses" in html.proto.body for html in app.get("html"))


def test_what_the_difference_costs_is_what_the_core_measures(at_compare, demo):
    app = at_compare(against="divergence", budget=300, temperature=2.0)
    concepts = filter_concepts(demo.concepts, demo.config.concepts)
    ours = select_from_run(demo, Setting(300, 2.0))
    theirs = rows_by("divergence", demo, Setting(300, 2.0))
    shown = {line[0]: line[1:] for line in lines_of(app, "What both selections are worth")}
    for side, rows in enumerate((ours.rows, theirs)):
        expected = worth(demo, rows, SelectionConfig(temperature=2.0), concepts)
        assert shown["Divergence covered"][side] == f"{100 * expected.covered:.1f} %"
        assert shown["Mean divergence"][side] == f"{expected.divergence:.3f}"
        assert shown["Mean response tokens"][side] == f"{expected.response_tokens:.1f}"
        assert shown["Tokens to train on"][side] == f"{expected.tokens:,}"
        assert shown["Free of conflicts"][side] == f"{100 * expected.consistent:.1f} %"
    assert shown["Acceptance rate"][0] == f"{100 * ours.acceptance_rate:.1f} %"
    assert shown["Acceptance rate"][1] == "–"  # the graph has no part in a random draw


def test_another_seed_is_another_draw(at_compare, demo):
    app = at_compare(budget=300)
    app.number_input(key=session.KEY_DRAW).set_value(5).run()
    ours = select_from_run(demo, Setting(300))
    theirs = rows_by("random", demo, Setting(300), 5)
    assert numbers(app) == overlap(ours.rows, theirs)


def test_an_unfilled_budget_is_compared_with_as_many_samples(at_compare, demo):
    app = at_compare(budget=int(demo.valid.sum()))
    clean(app)
    ours = select_from_run(demo, Setting(float(demo.valid.sum())))
    assert ours.shortfall
    theirs = rows_by("random", demo, Setting(float(ours.n_selected)))
    assert numbers(app) == overlap(ours.rows, theirs)
    assert any("cannot be filled" in warning.value for warning in app.warning)


def test_the_lists_hold_who_differs(at_compare, demo):
    app = at_compare(against="ies", budget=300)
    app.segmented_control(key=session.KEY_SIDE).set_value("only_b").run()
    ours = set(select_from_run(demo, Setting(300)).rows)
    theirs = set(rows_by("ies", demo, Setting(300)))
    assert list(table(app, "id", "instruction")["id"]) == ids(demo, sorted(theirs - ours))[:100]
    app.segmented_control(key=session.KEY_SIDE).set_value("both").run()
    assert list(table(app, "id", "instruction")["id"]) == ids(demo, sorted(theirs & ours))[:100]
    # One cluster of it.
    cluster = int(demo.labels[min(theirs & ours)])
    app.session_state[choices.choice_key(session.KEY_CLUSTERS)] = [cluster]
    app.run()
    inside = [row for row in sorted(theirs & ours) if demo.labels[row] == cluster]
    assert list(table(app, "id", "instruction")["id"]) == ids(demo, inside)[:100]
    # Picked here, shown on every page.
    app.button(key="pick-side").click().run()
    app.switch_page("pages/map.py").run()
    assert any(h.value.startswith(f"{len(inside)} samples found in both") for h in app.header)


def test_the_pinned_setting_is_compared_with_the_knobs(at_compare, demo):
    app = at_compare(against="pinned")
    clean(app)
    assert "Nothing is pinned" in app.info[0].value
    assert not app.metric
    before = select_from_run(demo, Setting.of(demo))
    app.button(key="pin").click().run()
    assert any("are the same" in text.value for text in app.text)
    app.slider(key="budget").set_value(500).run()
    app.slider(key="temperature").set_value(0.5).run()
    now = select_from_run(demo, Setting(500, 0.5))
    assert numbers(app) == overlap(now.rows, before.rows)


def test_stability_is_what_the_core_counts(at_compare, demo):
    app = at_compare(budget=400)
    assert "Two seeds" not in numbers(app)
    app.button(key="measure-seeds").click().run()
    deadline = time.monotonic() + 240
    while app.get("progress") and time.monotonic() < deadline:
        time.sleep(0.5)
        app.run()
    clean(app)
    first = demo.config.seed + 1
    seeds = range(first, first + 5)
    for budget in (400, 250):
        app.slider(key="budget").set_value(budget).run()
        expected = stability(demo, Setting(budget), seeds)
        shown = numbers(app)
        assert shown["Two seeds"] == f"{expected.mean:.3f}"
        assert shown["Two random draws"] == f"{expected.random_mean:.3f}"
        assert shown["With this selection"] == f"{expected.with_run.mean():.3f}"
        assert shown["In every selection"] == f"{expected.always:,}"
        lines = table(app, "agreement", "always", "ever")
        assert lines["always"].sum() == expected.always
        assert lines["ever"].sum() == expected.ever
        assert np.all(np.diff(lines["agreement"].dropna()) >= 0)


def test_a_measurement_that_fails_is_one_sentence_and_can_be_tried_again(at_compare, tmp_path):
    copy = tmp_path / "copy"
    shutil.copytree(DEMO, copy, ignore=shutil.ignore_patterns("review.sqlite*"))
    app = at_compare(copy)
    hidden = (copy / "manifold.npz").rename(tmp_path / "manifold.npz")
    app.button(key="measure-seeds").click().run()
    deadline = time.monotonic() + 120
    while app.get("progress") and time.monotonic() < deadline:
        time.sleep(0.5)
        app.run()
    assert not app.exception
    assert ["manifold" in error.value for error in app.error] == [True]
    hidden.rename(copy / "manifold.npz")
    app.button(key="measure-again").click().run()
    clean(app)
    assert app.get("progress")
