"""The page Study: every section has the numbers of the core, says what is missing, and starts a study."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest
import yaml
from app_page import DEMO, box_of, lines_of, open_at
from made_results import BUDGETS, COMPRESSIONS, SELECTORS, made_study

from dashboard.jobs import control
from dashboard.jobs.folders import JobFiles
from paser_core.runs import Run
from paser_core.study.answers import beside
from paser_core.study.assumption import damaged, together
from paser_core.study.checking import check_settings
from paser_core.study.overlaps import Selections
from paser_core.study.plan import Plan
from paser_core.study.results import Results
from paser_core.study.retained import Arm, retained
from paser_core.study.settings import StudyConfig
from paser_core.study.statistics import spearman
from paser_core.study.steps import Places


@pytest.fixture(scope="session")
def study(tmp_path_factory):
    """A study that nobody has made, with the demo as the run of one compression. Read only."""
    folder = tmp_path_factory.mktemp("studies") / "mine"
    made_study(folder, seeds=2, items=240, pool=Run.open(DEMO).ids)
    run = Places(folder, Results.open(folder).config).run("magnitude")
    run.parent.mkdir()
    run.symlink_to(DEMO)
    return folder


@pytest.fixture
def home(monkeypatch, tmp_path):
    monkeypatch.setenv("PASER_STARTED_IN", str(tmp_path))
    monkeypatch.setenv("PASER_NEW_RUNS", str(tmp_path / "runs"))
    return tmp_path


@pytest.fixture
def alone(tmp_path):
    """The demo run where no study is beside it."""
    (tmp_path / "alone").mkdir()
    (tmp_path / "alone" / "run").symlink_to(DEMO)
    return tmp_path / "alone" / "run"


def test_what_the_steps_have_warned_of_stands_above_the_figures(monkeypatch, study, home, tmp_path):
    warned = tmp_path / "warned"
    shutil.copytree(study, warned, symlinks=True)
    file = warned / "results" / "study.json"
    tree = json.loads(file.read_text())
    text = "3 of 9 samples *were cut* at 512 tokens."
    file.write_text(json.dumps(tree | {"remarks": [{"where": "run of magnitude", "text": text}]}))
    page = at(monkeypatch, warned)
    assert "1 remark to know before the figures are read" in [e.label for e in page.expander]
    assert any("run of magnitude: 3 of 9 samples \\*were cut" in c.value for c in page.caption)
    assert not [e for e in at(monkeypatch, study).expander if "remark" in e.label]


def at(monkeypatch, *places: Path, **address: str):
    page = open_at("study", monkeypatch, ":".join(map(str, places)), **address)
    assert not page.exception
    return page


def figure(page, key):
    """The figure with this key as plotly's JSON has it."""
    (found,) = [c for c in page.get("plotly_chart") if key in c.proto.id]
    return json.loads(found.proto.spec)


def array(values):
    """Numbers of a figure, however they are packed."""
    if isinstance(values, dict):
        import base64

        flat = np.frombuffer(base64.b64decode(values["bdata"]), values["dtype"])
        return (
            flat.reshape([int(n) for n in values["shape"].split(",")])
            if "shape" in values
            else flat
        )
    return np.array([np.nan if v is None else v for v in values], float)


def plus_minus(values):
    return f"{100 * np.mean(values):.1f} ± {100 * np.std(values, ddof=1):.1f}"


def told(page):
    return " ".join(t.value for t in (*page.text, *page.caption, *page.info)).replace("\\", "")


def test_damage_and_gain_are_those_of_the_core_with_rho_in_words(study, home, monkeypatch):
    page = at(monkeypatch, DEMO, study, study="mine")
    box_of(page, "study-selector").select("ifd")
    box_of(page, "study-budget").select("5 %")
    box_of(page, "study-signal").select("kl").run()
    box_of(page, "study-aggregate").select("max").run()
    assert not page.exception
    results = Results.open(study)
    groups = damaged(
        results, retained(results), selector="ifd", budget="5 %", recovery="sft", signal="kl", aggregate="max"
    )  # fmt: skip
    drawn = figure(page, "study-gain-figure")["data"]
    for trace, group in zip(drawn, groups, strict=True):
        assert array(trace["x"]) == pytest.approx(group.damage)
        assert array(trace["y"]) == pytest.approx(100 * group.gained)
    lines = dict(lines_of(page, "Rank correlation of damage and accuracy"))
    assert list(lines) == [*COMPRESSIONS, "Mean of all"]
    for group in groups:
        found = spearman(group.damage, group.gained)
        assert f"rho {found.rho:+.2f}".replace("-", "−") in lines[group.compression]
        assert ("includes 0" in lines[group.compression]) == (found.low <= 0 <= found.high)
    mean = together(groups, [group.gained for group in groups])
    assert f"rho {mean.rho:+.2f}".replace("-", "−") in lines["Mean of all"]
    # What the compression took, instead of what came back.
    switch = next(g for g in page.get("button_group") if str(g.key).startswith("study-counted"))
    switch.set_value("lost").run()
    drawn = figure(page, "study-gain-figure")["data"]
    assert array(drawn[0]["y"]) == pytest.approx(100 * groups[0].lost)


def test_a_pool_without_capabilities_is_said(study, home, monkeypatch, tmp_path):
    shutil.copytree(study / "results", tmp_path / "bare")
    table = pq.read_table(tmp_path / "bare" / "damage.parquet")
    pq.write_table(table.slice(0, 0), tmp_path / "bare" / "damage.parquet")
    page = at(monkeypatch, DEMO, tmp_path / "bare")
    assert "no column “capability”" in told(page)


def test_retention_cost_and_table_are_those_of_the_core(study, home, monkeypatch):
    page = at(monkeypatch, DEMO, study, study="mine")
    found = retained(Results.open(study))
    arms = {s: found.of(Arm("magnitude", s, "1 %", "sft")) for s in SELECTORS}
    lines = {line[0]: line[1:] for line in lines_of(page, "Mean and worst retention by selector")}
    assert list(lines) == ["Before recovery", *SELECTORS]
    assert lines["Before recovery"][0] == f"{100 * np.mean(found.before['magnitude']):.1f} %"
    heat = array(figure(page, "study-retention-figure")["data"][0]["z"])
    for row, (name, arm) in enumerate(arms.items(), 1):
        assert lines[name][0] == f"{plus_minus(arm.mean)} %"
        assert lines[name][1].startswith(f"{plus_minus(arm.worst)} % ")
        assert lines[name][2] == "2"
        expected = [*arm.shares.mean(axis=0), arm.mean.mean(), arm.worst.mean()]
        assert heat[row] == pytest.approx(100 * np.array(expected))
    table = lines_of(page, "Mean retention by selector and budget")
    assert [line[0] for line in table] == list(SELECTORS)
    for line in table:
        for said, budget in zip(line[1:], BUDGETS, strict=True):
            arm = found.of(Arm("magnitude", line[0], f"{100 * budget:g} %", "sft"))
            assert said == plus_minus(arm.mean)
    points = figure(page, "study-cost-figure")["data"]
    curves = figure(page, "study-curves-figure")["data"]
    for selector, cost, curve in zip(SELECTORS, points, curves, strict=False):
        own = [found.of(Arm("magnitude", selector, f"{100 * b:g} %", "sft")) for b in BUDGETS]
        assert array(cost["x"]) == pytest.approx([a.costs["cpu_seconds"].mean() for a in own])
        assert array(cost["y"]) == pytest.approx([100 * a.mean.mean() for a in own])
        assert array(curve["x"]) == pytest.approx([a.costs["samples"].mean() for a in own])
        assert array(curve["error_y"]["array"]) == pytest.approx(
            [100 * a.mean.std(ddof=1) for a in own]
        )


def test_overlap_and_length_of_the_selections(study, home, monkeypatch):
    page = at(monkeypatch, DEMO, study, study="mine")
    results = Results.open(study)
    found = retained(results)
    arms = [found.of(Arm("magnitude", s, "1 %", "sft")) for s in SELECTORS]
    cells = [dict(zip(arm.numbers, arm.keys, strict=True)) for arm in arms]
    expected = Selections.of(results).overlaps(cells)
    shown = array(figure(page, "study-overlap-figure")["data"][0]["z"])
    assert shown == pytest.approx(expected)
    lines = lines_of(page, "Samples and tokens of every selection")
    assert [line[:2] for line in lines] == [[s, "40"] for s in SELECTORS]
    assert lines[0][2] == f"{round(arms[0].costs['tokens'].mean()):,}"


@pytest.mark.parametrize("part", ["development", "all"])
def test_the_questions_of_the_address_are_those_that_count(study, home, monkeypatch, part):
    page = at(monkeypatch, DEMO, study, study="mine", items=part)
    found = retained(Results.open(study), part)
    lines = {line[0]: line[1] for line in lines_of(page, "Mean and worst retention by selector")}
    assert lines["paser"] == f"{plus_minus(found.arms[0].mean)} %"
    assert f"{int(found.items.sum())} questions" in told(page)


def test_a_cell_has_its_answers_beside_another(study, home, monkeypatch):
    results = Results.open(study)
    cells = results.cells
    own = cells[(cells["selector"] == "ifd") & (cells["budget"] == "5 %")].iloc[0]
    page = at(monkeypatch, DEMO, study, study="mine", cell=own["key"])
    assert [s.value for s in page.subheader if "ifd" in s.value]
    # Beside it stands the opponent in the same place.
    reference = cells[
        (cells["selector"] == "random") & (cells["budget"] == "5 %") & (cells["number"] == own["number"])
        & (cells["compression"] == own["compression"])
    ]["key"].iloc[0]  # fmt: skip
    assert box_of(page, "study-beside").value == reference
    found = beside(results, own["key"], reference, "test")
    assert f"both have {found.both} right, only this cell {found.ours}" in told(page)
    (frame,) = [f.value for f in page.dataframe if "other_answer" in f.value]
    assert frame["id"].tolist() == found.differing["id"].tolist()
    page.toggle(key="study-differ").set_value(False).run()
    (frame,) = [f.value for f in page.dataframe if "other_answer" in f.value]
    assert frame["id"].tolist() == found.table["id"].tolist()
    box_of(page, "study-beside").select("model/original").run()
    found = beside(results, own["key"], "model/original", "test")
    assert f"both have {found.both} right" in told(page)
    (ids,) = [f.value for f in page.dataframe if "rank" in f.value]
    assert ids["id"].tolist() == results.selected(own["key"])
    page.button(key="study-close-cells").click().run()
    assert not page.exception
    assert not [f for f in page.dataframe if "other_answer" in f.value]


def test_the_selection_of_a_cell_opens_on_the_map(study, home, monkeypatch):
    key = Results.open(study).cells["key"][0]
    page = at(monkeypatch, DEMO, study, study="mine", cell=key)
    page.button(key="study-map-cells").click().run()
    assert not page.exception
    assert [t.value for t in page.title] == ["Map"]
    chip = page.button(key="unlink").label.replace("\\", "")
    assert chip.startswith("40 samples picked: of the cell paser · 1 %")
    assert "not in this run" not in chip
    other = Results.open(study).cells.query("compression == 'wanda'")["key"].iloc[0]
    page = at(monkeypatch, DEMO, study, study="mine", cell=other)
    assert "there is no map of it" in told(page)


def test_cells_that_were_lost_say_why(study, home, monkeypatch):
    cells = Results.open(study).cells
    for state, words in (
        ("diverged", "The loss is no number."),
        ("failed", "ended without a word"),
    ):
        key = cells.loc[cells["status"] == state, "key"].iloc[0]
        page = at(monkeypatch, DEMO, study, study="mine", cell=key)
        assert any(words in e.value.replace("\\", "") for e in page.error), state


def test_results_alone_can_be_looked_at_without_any_run(study, home, monkeypatch):
    page = at(monkeypatch, study / "results")
    found = retained(Results.open(study))
    lines = {line[0]: line[1] for line in lines_of(page, "Mean and worst retention by selector")}
    assert lines["paser"] == f"{plus_minus(found.arms[0].mean)} %"
    assert not page.error


def test_a_name_that_no_study_has_is_said(study, home, monkeypatch):
    page = at(monkeypatch, DEMO, study, study="yours")
    assert any("study “yours”" in i.value.replace("\\", "") for i in page.info)
    assert page.query_params["study"] == "mine"


def test_what_is_damaged_is_one_sentence(study, home, monkeypatch, tmp_path):
    shutil.copytree(study / "results", tmp_path / "bad" / "results")
    (tmp_path / "bad" / "results" / "items.parquet").write_bytes(b"PAR1")
    page = at(monkeypatch, DEMO, tmp_path / "bad")
    assert any("items.parquet" in e.value.replace("\\", "") for e in page.error)


def test_without_a_study_the_page_says_what_one_is_and_starts_one(alone, home, monkeypatch):
    calls = []
    monkeypatch.setattr(control, "begin", lambda *args, **kwargs: calls.append((args, kwargs)))
    page = at(monkeypatch, alone)
    assert any("There is no study here yet" in m.value for m in page.markdown)
    (example,) = [c.value for c in page.code if c.value.startswith("original: models/original")]
    check_settings(Plan(StudyConfig.of_tree(yaml.safe_load(example))))
    page.text_input(key="study-new-budgets").set_value("2 %, 10 % of tokens")
    page.number_input(key="study-new-seeds").set_value(2)
    page.text_input(key="study-new-name").set_value("first").run()
    assert "8 cells to select, train and measure" in told(page)
    command = next(c.value for c in page.code if c.value.startswith("paser study runs/"))
    assert command == "paser study runs/studies/.jobs/first/study.yaml --out runs/studies/first"
    page.button(key="study-new-start").click().run()
    assert not page.exception
    (((work, steps, files), kwargs),) = calls
    assert work == home / "runs" / "studies" / "first"
    assert [step.verb for step in steps] == ["study"]
    assert kwargs == {"new": True}
    plan = yaml.safe_load(files[JobFiles.STUDY])
    assert plan["budgets"] == ["2 %", {"tokens": "10 %"}]
    assert plan["compressions"] == {
        "compressed": {"model": str(DEMO.parent / "models" / "compressed")}
    }
    assert Path(plan["run"]["data"]["path"]).is_absolute()


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("budgets", "5 pc", "5 pc"),
        ("name", "../x", "cannot be used"),
        ("tasks", "dmeo", "Did you mean"),
    ],
)
def test_a_mistake_is_said_before_the_start(field, value, words, alone, home, monkeypatch):
    page = at(monkeypatch, alone)
    page.text_input(key=f"study-new-{field}").set_value(value).run()
    assert not page.exception
    assert page.button(key="study-new-start").disabled
    assert words in told(page)


def test_a_study_that_stopped_says_how_far_it_is_and_goes_on(home, monkeypatch):
    folder = home / "runs" / "studies" / "half"
    folder.mkdir(parents=True)
    config = {"original": "o", "compressions": {"c": {"model": "m"}}, "budgets": [0.1], "seeds": 2,
              "selectors": ["paser", "random"]}  # fmt: skip
    manifest = {
        "kind": "study",
        "state": "failed",
        "error": "interrupted",
        "stages": {},
        "config": config,
    }
    (folder / "manifest.json").write_text(
        json.dumps(manifest | {"failed": {"run/c": "No such model."}})
    )
    page = at(monkeypatch, DEMO, study="half")
    assert "4 cells: 4 pending." in told(page)
    assert any("No such model." in e.value.replace("\\", "") for e in page.error)
    assert "There are no results yet" in told(page)
    calls = []
    monkeypatch.setattr(control, "begin", lambda *args, **kwargs: calls.append(args))
    page.button(key=f"resume-study-list-{folder}").click().run()
    ((work, steps, files),) = calls
    assert (work, steps[0].verb) == (folder, "study")
    assert yaml.safe_load(files[JobFiles.STUDY]) == config
    # One that has ended with failures says them, too, and can be tried again.
    ended = {"state": "done", "failed": {"run/c": "No such model."}}
    (folder / "manifest.json").write_text(json.dumps(manifest | ended))
    page = at(monkeypatch, DEMO, study="half")
    assert any("No such model." in e.value.replace("\\", "") for e in page.error)
    page.button(key="study-again").click().run()
    assert calls[1][0] == folder


def test_results_are_shown_where_a_selector_of_the_plan_is_not_installed(monkeypatch, home, alone):
    """Also in the folder of a study that was not finished: what cannot be told is said above."""
    folder = made_study(home / "elsewhere", seeds=2, items=120)
    place = folder / "results" / "study.json"
    tree = json.loads(place.read_text())
    tree["config"]["selectors"]["ifd"] = {"selector": "acme-best"}
    place.write_text(json.dumps(tree))
    manifest = {
        "kind": "study",
        "state": "failed",
        "config": tree["config"],
        "failed": {},
        "error": "Ended.",
    }
    (folder / "manifest.json").write_text(json.dumps(manifest))
    page = at(monkeypatch, folder)
    assert any("acme" in one.value for one in page.error)
    assert page.get("plotly_chart")
