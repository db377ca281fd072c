"""The side bar: the knobs a run starts with, what stays when another run is chosen, the way out."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pandas as pd
import pytest
from app_page import DEMO, chips, open_at
from run_damage import reseal

from paser_core.review import Review
from paser_core.runs import Run

WITHOUT_EDITS = shutil.ignore_patterns("review.sqlite*")


def changed(target: Path, **manifest: object) -> Path:
    """A copy of the demo with other entries in its manifest."""
    shutil.copytree(DEMO, target, ignore=WITHOUT_EDITS)
    given = json.loads((target / "manifest.json").read_text())
    (target / "manifest.json").write_text(json.dumps(given | manifest))
    return target


@pytest.mark.parametrize(
    ("rule", "order"), [("paper", "clusterwise"), ("sainte-lague", "clusterwise")]
)
def test_the_knobs_start_where_the_config_of_the_run_says(monkeypatch, tmp_path, rule, order):
    config = json.loads((DEMO / "manifest.json").read_text())["config"]
    config["selection"] |= {"allocation": rule, "order": order, "budget": 123, "temperature": 2.0}
    app = open_at("budget", monkeypatch, changed(tmp_path / "run", config=config))
    assert not app.exception
    assert str(app.selectbox(key="allocation").value) == rule
    assert str(app.selectbox(key="order").value) == order
    assert app.slider(key="budget").value == 123
    assert app.slider(key="temperature").value == 2.0


@pytest.mark.parametrize("other_data", [False, True])
def test_another_run_is_entered_without_what_belongs_to_the_first(
    monkeypatch, tmp_path, other_data
):
    changed(tmp_path / "first")
    data = json.loads((DEMO / "manifest.json").read_text())["data"]
    data |= {"sha256": "f" * 64} if other_data else {}
    second = changed(tmp_path / "second", fingerprint="2" * 64, data=data)
    clusters = pd.read_parquet(second / "clusters.parquet")
    clusters.assign(name=clusters["name"] + " 2").to_parquet(second / "clusters.parquet")
    reseal(second)
    sample = str(Run.open(DEMO).samples["id"].iloc[7])
    app = open_at("clusters", monkeypatch, tmp_path, run="first", sample=sample, cluster="3")
    app.button(key="pick-cluster").click().run()
    assert "picked: in cluster" in chips(app)["unlink"]
    assert app.session_state["_sample"] == sample
    app.selectbox(key="run").set_value("second").run()
    assert not app.exception
    assert app.session_state["_cluster"] is None  # its number means another cluster
    assert ("unlink" in chips(app)) is not other_data
    assert app.session_state["_sample"] == (None if other_data else sample)


def test_more_forced_in_than_fits_can_be_solved_on_any_page(monkeypatch, tmp_path):
    run = Run.open(changed(tmp_path / "run"))
    review = Review.of(run)
    for row in range(7):
        sample = str(run.samples["id"].iloc[row])
        review.force_in(sample, author="Ann", reason="a must", seen=review.state().revision)
    app = open_at("overview", monkeypatch, run.path, budget="5")
    assert "7 samples are forced in, but the budget is 5" in app.error[0].value
    assert app.text_input(key="reviewer-name")  # who wants to undo can say who they are
    assert sum(button.label == "Undo" for button in app.button) == 7
    app.button(key="budget-for-forced").click().run()
    assert not app.error
    assert not app.exception
    assert app.slider(key="budget").value == 7
    # And the other way out.
    app.slider(key="budget").set_value(6).run()
    app.text_input(key="reviewer-name").set_value("Ben").run()
    next(button for button in app.button if button.label == "Undo").click().run()
    assert not app.error
    assert not app.exception


def test_another_list_begins_on_its_first_page(monkeypatch):
    app = open_at("ledger", monkeypatch, DEMO)
    app.session_state["ledger-page"] = 20
    app.run()
    first = app.dataframe[0].value["id"].iloc[0]
    app.run()
    assert app.dataframe[0].value["id"].iloc[0] == first  # the same list stays where it is
    app.pills(key="status").set_value(["over_budget"]).run()
    run = Run.open(DEMO)
    assert app.session_state["ledger-page"] == 1
    assert not app.exception
    assert app.dataframe[0].value["id"].iloc[0] in set(run.samples["id"].iloc[:60])


def test_what_was_typed_stays_while_another_sample_is_looked_at(monkeypatch, tmp_path):
    run = Run.open(changed(tmp_path / "run"))
    one, two = (str(run.samples["id"].iloc[row]) for row in (3, 4))
    app = open_at("ledger", monkeypatch, run.path, sample=one)
    key = f"reason-{run.fingerprint[:8]}-{one}"
    app.text_input(key=key).set_value("because").run()
    app.session_state["_sample"] = two
    app.run()
    assert app.text_input(key=f"reason-{run.fingerprint[:8]}-{two}").value == ""
    app.switch_page("pages/map.py").run()
    app.session_state["_sample"] = one
    app.run()
    assert app.text_input(key=key).value == "because"


def test_a_run_without_models_takes_notes_on_samples(monkeypatch, without_models, tmp_path):
    copy = tmp_path / "copy"
    shutil.copytree(without_models, copy, ignore=WITHOUT_EDITS)
    run = Run.open(copy)
    sample = str(run.samples["id"].iloc[0])
    app = open_at("map", monkeypatch, copy, sample=sample)
    assert not app.exception
    assert "force-in" not in [button.key for button in app.button]
    app.text_input(key="reviewer-name").set_value("Ann").run()
    key = f"note-{run.fingerprint[:8]}-{sample}"
    app.text_area(key=key).set_value("Is this German?")
    app.button(key=f"add-{key}").click().run()
    assert not app.error
    kept = Review.of(Run.open(copy)).state().notes[sample]
    assert [note.value for note in kept] == ["Is this German?"]
