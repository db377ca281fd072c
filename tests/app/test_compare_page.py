"""The Compare page, run in-process, against what the core answers."""

from __future__ import annotations

import shutil
import time
from pathlib import Path

import numpy as np
import pytest
from app_page import DEMO, lines_of, open_at
from second_run import RENAMED, make_second_run
from streamlit.testing.v1 import AppTest
from tiny_run import loaders, write_workspace

from dashboard import state
from paser_core.answer import select_from_run
from paser_core.compare import Baseline, baseline, chosen, compare, stability, worth
from paser_core.concepts import filter_concepts
from paser_core.config import SelectionConfig
from paser_core.export import Recipe, write_export
from paser_core.pipeline import run_pipeline
from paser_core.run import Run


@pytest.fixture
def opened(monkeypatch):
    """``opened(runs, against, **widgets)``: the page with these choices made, by key."""

    def go(runs: Path = DEMO, against: str | None = None, **widgets: object) -> AppTest:
        app = open_at("compare", monkeypatch, runs)
        if against is not None:
            app.selectbox(key=state.KEY_AGAINST).set_value(against).run()
        for key, value in widgets.items():
            kinds = (app.slider, app.number_input, app.selectbox, app.text_input)
            found = [w for kind in kinds for w in kind if w.key == key]
            assert len(found) == 1, key
            found[0].set_value(value).run()
        return app

    return go


@pytest.fixture(scope="module")
def demo():
    return Run.open(DEMO)


@pytest.fixture(scope="module")
def two_runs(tmp_path_factory):
    """A folder with the demo and a second run."""
    folder = tmp_path_factory.mktemp("runs")
    shutil.copytree(DEMO, folder / "first", ignore=shutil.ignore_patterns("review.sqlite*"))
    make_second_run(DEMO, folder / "second")
    return folder


def clean(app: AppTest) -> None:
    assert not app.exception
    assert not app.error


def numbers(app: AppTest) -> dict[str, str]:
    return {metric.label: metric.value for metric in app.metric}


def overlap(a, b) -> dict[str, str]:
    """The metrics of two sets of ids."""
    a, b = set(a), set(b)
    return {
        "In both": f"{len(a & b):,}",
        "Only in A": f"{len(a - b):,}",
        "Only in B": f"{len(b - a):,}",
        "Jaccard index": f"{len(a & b) / len(a | b):.3f}",
    }


def table(app: AppTest, *columns: str):
    """The table with these columns."""
    return next(d.value for d in app.dataframe if set(columns) <= set(d.value.columns))


def shifts(app: AppTest):
    """The table of the shift per cluster, which is in a tab of its own."""
    app.session_state["compare-view"] = "Table"
    app.run()
    return table(app, "shift").set_index("cluster")


def ids(run: Run, rows) -> list[str]:
    return [run.ids[row] for row in rows]


@pytest.mark.parametrize("kind", list(Baseline))
def test_every_baseline_is_what_the_core_selects(opened, demo, kind):
    seed = {"draw": 3} if kind.drawn else {}
    app = opened(against=kind, budget=300, temperature=2.0, **seed)
    clean(app)
    ours = select_from_run(demo, SelectionConfig(300, 2.0))
    theirs = baseline(demo, kind, SelectionConfig(300, 2.0), 3)
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


def test_what_the_difference_costs_is_what_the_core_measures(opened, demo):
    app = opened(against=Baseline.DIVERGENCE, budget=300, temperature=2.0)
    concepts = filter_concepts(demo.concepts, demo.config.concepts)
    ours = select_from_run(demo, SelectionConfig(300, 2.0))
    theirs = baseline(demo, Baseline.DIVERGENCE, SelectionConfig(300, 2.0))
    shown = {line[0]: line[1:] for line in lines_of(app, "What both selections are worth")}
    for side, rows in enumerate((ours.rows, theirs)):
        expected = worth(demo, rows, 2.0, concepts)
        assert shown["Divergence covered"][side] == f"{100 * expected.covered:.1f} %"
        assert shown["Mean divergence"][side] == f"{expected.divergence:.3f}"
        assert shown["Mean response tokens"][side] == f"{expected.response_tokens:.1f}"
        assert shown["Tokens to train on"][side] == f"{expected.tokens:,}"
        assert shown["Free of conflicts"][side] == f"{100 * expected.consistent:.1f} %"
    assert shown["Acceptance rate"][0] == f"{100 * ours.acceptance_rate:.1f} %"
    assert shown["Acceptance rate"][1] == "–"


def test_another_seed_is_another_draw(opened, demo):
    app = opened(budget=300)
    app.number_input(key=state.KEY_DRAW).set_value(5).run()
    ours = select_from_run(demo, SelectionConfig(300))
    theirs = baseline(demo, Baseline.RANDOM, SelectionConfig(300), 5)
    assert numbers(app) == overlap(ours.rows, theirs)


def test_an_unfilled_budget_is_compared_with_as_many_samples(opened, demo):
    app = opened(budget=int(demo.valid.sum()))
    clean(app)
    ours = select_from_run(demo, SelectionConfig(float(demo.valid.sum())))
    assert ours.shortfall
    theirs = baseline(demo, Baseline.RANDOM, SelectionConfig(float(ours.n_selected)))
    assert numbers(app) == overlap(ours.rows, theirs)
    assert any("cannot be filled" in warning.value for warning in app.warning)


def test_the_lists_hold_who_differs(opened, demo):
    app = opened(against=Baseline.IES, budget=300)
    app.segmented_control(key=state.KEY_SIDE).set_value("only_b").run()
    ours = set(select_from_run(demo, SelectionConfig(300)).rows)
    theirs = set(baseline(demo, Baseline.IES, SelectionConfig(300)))
    assert list(table(app, "id", "instruction")["id"]) == ids(demo, sorted(theirs - ours))[:100]
    app.segmented_control(key=state.KEY_SIDE).set_value("both").run()
    assert list(table(app, "id", "instruction")["id"]) == ids(demo, sorted(theirs & ours))[:100]
    # One cluster of it.
    cluster = int(demo.labels[min(theirs & ours)])
    key = f"compare-cluster-{demo.fingerprint[:12]}"
    app.selectbox(key=key).set_value(cluster).run()
    inside = [row for row in sorted(theirs & ours) if demo.labels[row] == cluster]
    assert list(table(app, "id", "instruction")["id"]) == ids(demo, inside)[:100]
    # Picked here, shown on every page.
    app.button(key="pick-side").click().run()
    app.switch_page("pages/map.py").run()
    assert any(h.value.startswith(f"{len(inside)} samples in both") for h in app.header)


def test_the_pinned_setting_is_compared_with_the_knobs(opened, demo):
    app = opened(against="pinned")
    clean(app)
    assert "Nothing is pinned" in app.info[0].value
    assert not app.metric
    before = select_from_run(demo, demo.config.selection)
    app.button(key="pin").click().run()
    assert any("are the same" in text.value for text in app.text)
    app.slider(key="budget").set_value(500).run()
    app.slider(key="temperature").set_value(0.5).run()
    now = select_from_run(demo, SelectionConfig(500, 0.5))
    assert numbers(app) == overlap(now.rows, before.rows)


def test_another_run_is_matched_by_sample_id(opened, two_runs):
    app = opened(two_runs, against="run", budget=300)
    clean(app)
    first, second = Run.open(two_runs / "first"), Run.open(two_runs / "second")
    a = chosen(first, select_from_run(first, SelectionConfig(300)), "a")
    b = chosen(second, select_from_run(second, second.config.selection), "b")
    assert numbers(app) == overlap(a.ids, b.ids)
    found = compare(a, b)
    said = " ".join(text.value for text in app.text)
    for one, other, unknown in (
        ("A", "B", found.unknown_to_b),
        ("B", "A", found.unknown_to_a),
    ):
        assert (
            f"{RENAMED} samples of {one}'s data set are not in {other}'s; {one} selected "
            f"{len(unknown)} of them."
        ) in said
    # The clusters are those of A, although B has numbered its own backwards.
    shown = shifts(app)
    for shift in found.shifts:
        line = shown.loc[shift.name or "(in no cluster of A)"]
        assert (line["a"], line["b"]) == (shift.a, shift.b)
    app.segmented_control(key=state.KEY_SIDE).set_value("only_b").run()
    unknown = [d.value for d in app.dataframe if list(d.value.columns) == ["id", "cluster"]]
    assert list(unknown[0]["id"]) == list(found.unknown_to_a)[:100]
    # At the knobs of the side bar.
    app.selectbox(key=state.KEY_OTHER_SETTING).set_value("That of the side bar").run()
    b = chosen(second, select_from_run(second, SelectionConfig(300)), "b")
    assert numbers(app) == overlap(a.ids, b.ids)
    # The other way round: the run that was B is A, and is not offered as B.
    app.selectbox(key=state.KEY_RUN).set_value("second").run()
    clean(app)
    assert app.selectbox(key=state.KEY_OTHER_RUN).options == ["first"]


def test_a_run_that_stands_alone_says_so(opened):
    app = opened(against="run")
    clean(app)
    assert "No other run is served" in app.info[0].value


def test_another_run_without_models_is_one_sentence(opened, two_runs, without_models, tmp_path):
    folder = tmp_path / "mixed"
    shutil.copytree(two_runs / "first", folder / "first")
    shutil.copytree(without_models, folder / "plain")
    app = opened(folder, against="run")
    assert not app.exception
    assert [error.value for error in app.error if "no models" in error.value]
    assert not app.metric


def test_an_export_is_compared_as_it_is(opened, demo, tmp_path):
    knobs = SelectionConfig(400, 1.3)
    selection = select_from_run(demo, knobs)
    folder = tmp_path / "export"
    write_export(
        demo, selection, Recipe(str(DEMO), demo.fingerprint, knobs, demo.config.concepts), folder
    )
    app = opened(against="export", folder=str(folder), budget=300)
    clean(app)
    ours = select_from_run(demo, SelectionConfig(300))
    assert numbers(app) == overlap(ours.rows, selection.rows)
    app.slider(key="budget").set_value(400).run()
    app.slider(key="temperature").set_value(1.3).run()
    assert any("are the same" in text.value for text in app.text)
    # Made again, it is read again; one of its files may be named instead.
    shutil.rmtree(folder)
    again = select_from_run(demo, SelectionConfig(200))
    write_export(
        demo,
        again,
        Recipe(str(DEMO), demo.fingerprint, SelectionConfig(200), demo.config.concepts),
        folder,
    )
    app.text_input(key=state.KEY_OTHER_EXPORT).set_value(str(folder / "scores.parquet")).run()
    assert numbers(app)["Only in B"] == f"{len(set(again.rows) - set(selection.rows)):,}"


@pytest.mark.parametrize(
    ("typed", "words"),
    [("nowhere/at/all", "scores.parquet and clusters.json"), (str(DEMO), "scores.parquet")],
)
def test_a_folder_that_is_no_export_is_one_sentence(opened, typed, words):
    app = opened(against="export", folder=typed)
    assert not app.exception
    assert len(app.error) == 1
    assert f"not an export folder ({words}" in app.error[0].value.replace("\\", "")
    assert "paser select" in app.error[0].value
    assert not app.metric


def test_without_a_folder_the_page_says_what_to_name(opened):
    app = opened(against="export")
    clean(app)
    assert "paser select" in app.info[0].value


@pytest.fixture(scope="module")
def without_models(tmp_path_factory):
    folder = tmp_path_factory.mktemp("without")
    config = write_workspace(folder, 9, models=False)
    return run_pipeline(config, tmp_path_factory.mktemp("run"), loaders(config)).path


def test_a_run_without_models_says_what_is_missing(opened, without_models):
    app = opened(without_models)
    clean(app)
    assert "no models" in app.info[0].value
    assert any("no selection to compare" in caption.value for caption in app.caption)
    assert not app.metric


def test_stability_is_what_the_core_counts(opened, demo):
    app = opened(budget=400)
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
        expected = stability(demo, SelectionConfig(budget), seeds)
        shown = numbers(app)
        assert shown["Two seeds"] == f"{expected.mean:.3f}"
        assert shown["Two random draws"] == f"{expected.random_mean:.3f}"
        assert shown["With this selection"] == f"{expected.with_run.mean():.3f}"
        assert shown["In every selection"] == f"{expected.always:,}"
        lines = table(app, "agreement", "always", "ever")
        assert lines["always"].sum() == expected.always
        assert lines["ever"].sum() == expected.ever
        assert np.all(np.diff(lines["agreement"].dropna()) >= 0)


def test_a_measurement_that_fails_is_one_sentence_and_can_be_tried_again(opened, tmp_path):
    copy = tmp_path / "copy"
    shutil.copytree(DEMO, copy, ignore=shutil.ignore_patterns("review.sqlite*"))
    app = opened(copy)
    hidden = (copy / "manifold.npz").rename(tmp_path / "manifold.npz")
    app.button(key="measure-seeds").click().run()
    deadline = time.monotonic() + 120
    while app.get("progress") and time.monotonic() < deadline:
        time.sleep(0.5)
        app.run()
    assert not app.exception
    assert ["Measure again" in error.value for error in app.error] == [True]
    hidden.rename(copy / "manifold.npz")
    app.button(key="measure-again").click().run()
    clean(app)
    assert app.get("progress")
