"""The Compare page against another run and an export: matched by id, by text, or one sentence."""

from __future__ import annotations

import shutil

import numpy as np
import pytest
from app_page import DEMO, lines_of
from compare_page import clean, numbers, shifts, table
from compare_runs import make_run_of_other_data
from overlaps import overlap
from second_run import RENAMED, make_second_run

from dashboard.state import session
from paser_core.compare import chosen, compare, worth
from paser_core.config import SelectionConfig
from paser_core.export import write_export
from paser_core.runs import Run
from paser_core.selection import Setting
from paser_core.selection.of_run import select_from_run
from paser_core.stages.concepts import filter_concepts


@pytest.fixture(scope="module")
def two_runs(tmp_path_factory):
    """A folder with the demo and a second run."""
    folder = tmp_path_factory.mktemp("runs")
    shutil.copytree(DEMO, folder / "first", ignore=shutil.ignore_patterns("review.sqlite*"))
    make_second_run(DEMO, folder / "second")
    return folder


def test_another_run_is_matched_by_sample_id(at_compare, two_runs):
    app = at_compare(two_runs, against="run", budget=300)
    clean(app)
    first, second = Run.open(two_runs / "first"), Run.open(two_runs / "second")
    a = chosen(first, select_from_run(first, Setting(300)), "a")
    b = chosen(second, select_from_run(second, Setting.of(second)), "b")
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
    app.segmented_control(key=session.KEY_SIDE).set_value("only_b").run()
    unknown = [d.value for d in app.dataframe if list(d.value.columns) == ["id", "cluster"]]
    assert list(unknown[0]["id"]) == list(found.unknown_to_a)[:100]
    # At the knobs of the side bar.
    app.selectbox(key=session.KEY_OTHER_SETTING).set_value("That of the side bar").run()
    b = chosen(second, select_from_run(second, Setting(300)), "b")
    assert numbers(app) == overlap(a.ids, b.ids)
    # The other way round: the run that was B is A, and is not offered as B.
    app.selectbox(key=session.KEY_RUN).set_value("second").run()
    clean(app)
    assert app.selectbox(key=session.KEY_OTHER_RUN).options == ["first"]


def test_the_same_id_in_other_data_is_another_sample(at_compare, demo, tmp_path):
    shutil.copytree(DEMO, tmp_path / "first", ignore=shutil.ignore_patterns("review.sqlite*"))
    changed = set(range(0, demo.n, 2))
    make_run_of_other_data(DEMO, tmp_path / "other", changed)
    app = at_compare(tmp_path, against="run", budget=300)
    clean(app)
    ours = select_from_run(demo, Setting(300)).rows.tolist()
    theirs = select_from_run(demo, Setting.of(demo)).rows.tolist()
    assert numbers(app) == overlap(ours, [(r, "changed") if r in changed else r for r in theirs])
    said = " ".join(text.value for text in app.text)
    assert "A and B come from different data: samples are the same where both" in said
    assert "chance" not in said
    # Of B, what this run has: on the lists, and in what it is worth.
    here = [r for r in theirs if r not in changed]
    app.segmented_control(key=session.KEY_SIDE).set_value("only_b").run()
    only_b = sorted(set(here) - set(ours))
    assert list(table(app, "id", "instruction")["id"]) == [demo.ids[r] for r in only_b][:100]
    shown = {line[0]: line[1:] for line in lines_of(app, "What both selections are worth")}
    concepts = filter_concepts(demo.concepts, demo.config.concepts)
    for side, rows in enumerate((ours, here)):
        expected = worth(demo, np.array(rows), SelectionConfig(), concepts)
        assert shown["Samples of this run"][side] == f"{len(rows):,}"
        assert shown["Divergence covered"][side] == f"{100 * expected.covered:.1f} %"


def test_a_run_that_stands_alone_says_so(at_compare):
    app = at_compare(against="run")
    clean(app)
    assert "No other run is served" in app.info[0].value


def test_another_run_without_models_is_one_sentence(at_compare, two_runs, without_models, tmp_path):
    folder = tmp_path / "mixed"
    shutil.copytree(two_runs / "first", folder / "first")
    shutil.copytree(without_models, folder / "plain")
    app = at_compare(folder, against="run")
    assert not app.exception
    assert [error.value for error in app.error if "no models" in error.value]
    assert not app.metric


def test_an_export_is_compared_as_it_is(at_compare, demo, tmp_path):
    knobs = Setting(400, 1.3)
    selection = select_from_run(demo, knobs)
    folder = tmp_path / "export"
    write_export(demo, selection, knobs, folder)
    app = at_compare(against="export", folder=str(folder), budget=300)
    clean(app)
    ours = select_from_run(demo, Setting(300))
    assert numbers(app) == overlap(ours.rows, selection.rows)
    app.slider(key="budget").set_value(400).run()
    app.slider(key="temperature").set_value(1.3).run()
    assert any("are the same" in text.value for text in app.text)
    # Made again, it is read again; one of its files may be named instead.
    shutil.rmtree(folder)
    again = select_from_run(demo, Setting(200))
    write_export(demo, again, Setting(200), folder)
    app.text_input(key=session.KEY_OTHER_EXPORT).set_value(str(folder / "scores.parquet")).run()
    assert numbers(app)["Only in B"] == f"{len(set(again.rows) - set(selection.rows)):,}"


@pytest.mark.parametrize(
    ("typed", "words"),
    [("nowhere/at/all", "scores.parquet and clusters.json"), (str(DEMO), "scores.parquet")],
)
def test_a_folder_that_is_no_export_is_one_sentence(at_compare, typed, words):
    app = at_compare(against="export", folder=typed)
    assert not app.exception
    assert len(app.error) == 1
    assert f"not an export folder ({words}" in app.error[0].value.replace("\\", "")
    assert "paser select" in app.error[0].value
    assert not app.metric


def test_without_a_folder_the_page_says_what_to_name(at_compare):
    app = at_compare(against="export")
    clean(app)
    assert "paser select" in app.info[0].value


def test_a_run_without_models_says_what_is_missing(at_compare, without_models):
    app = at_compare(without_models)
    clean(app)
    assert "no models" in app.info[0].value
    assert any("no selection to compare" in caption.value for caption in app.caption)
    assert not app.metric
