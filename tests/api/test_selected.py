"""What the front door says of a selection, and that the command line says the same."""

from __future__ import annotations

import inspect
import json
import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import paser_core as paser
from paser_core.cli import main
from paser_core.errors import ConfigError, SelectionError
from paser_core.review import Review
from paser_core.runs import Run
from paser_core.selection import Setting
from paser_core.selection.of_run import select_from_run

ROOT = Path(__file__).parents[2]
DEMO = ROOT / "data" / "demo" / "run"


@pytest.fixture(scope="module")
def run():
    return paser.open(DEMO)


@pytest.fixture(scope="module")
def sel(run):
    return run.select(budget=0.2)


@pytest.fixture(scope="module")
def answer(run):
    artifact = Run.open(DEMO)
    return select_from_run(artifact, Setting.of(artifact, budget=0.2))


def contents(folder):
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


def test_it_is_the_selection_of_the_core(sel, answer):
    assert sel.ids == [Run.open(DEMO).ids[row] for row in answer.rows]
    assert len(sel) == 836


def test_selected_rows_are_those_of_the_pool(sel):
    lines = (ROOT / "data" / "demo" / "pool.jsonl").read_text(encoding="utf-8").splitlines()
    pool = {row["id"]: row for row in map(json.loads, lines)}
    assert list(sel.selected) == [pool[i] for i in sel.ids]


def test_the_ledger_has_every_sample_once_and_says_when_it_enters(run, sel):
    ledger = sel.ledger.set_index("id")
    assert list(ledger.index) == list(run.samples.index)
    assert set(ledger.index[ledger["status"] == "selected"]) == set(sel.ids)
    # What is said of the budget is what another budget gives.
    later = ledger.index[(ledger["status"] == "over_budget") & ledger["enters_at_budget"].notna()]
    for identifier in later[:: len(later) // 7]:
        at = int(ledger.loc[identifier, "enters_at_budget"])
        assert sel.at(budget=at).ids[-1] == identifier
        assert identifier not in sel.at(budget=at - 1).ids


def test_rejected_samples_name_those_that_block_them(sel):
    rejected = sel.rejected
    assert set(rejected["status"]) == {"conflict", "invalid"}
    assert rejected["enters_at_budget"].isna().all()
    conflict = rejected[rejected["status"] == "conflict"]
    inside = set(sel.ids)
    assert conflict["blocked_by"].map(lambda ids: len(ids) > 0 and set(ids) <= inside).all()


def test_clusters_are_told_with_their_interval(run):
    clusters = run.clusters
    assert (clusters["cds_low"] <= clusters["cds"]).all()
    assert (clusters["cds"] <= clusters["cds_high"]).all()
    assert clusters["size"].sum() == (run.samples["cluster"] >= 0).sum()


@pytest.mark.parametrize("status", ["selected", "conflict", "over_budget", "invalid"])
def test_an_explanation_agrees_with_the_ledger(sel, status):
    row = sel.ledger[sel.ledger["status"] == status].iloc[0]
    found = sel.explain(row["id"])
    assert (found.status, str(found)) == (status, row["reason"])
    assert found.would_enter == (
        None if pd.isna(row["enters_at_budget"]) else row["enters_at_budget"]
    )
    blockers = {i for conflict in found.evidence for i in conflict.brought_in_by}
    assert set(row["blocked_by"]) <= blockers
    assert repr(found).count("\n") == 2


def test_a_wrong_id_names_the_nearest(sel):
    with pytest.raises(SelectionError, match="Did you mean 'gen-arithmetic-179'"):
        sel.explain("gen-arithmetik-179")
    with pytest.raises(SelectionError, match="no sample"):
        sel.explain(3)


def test_other_budgets_are_nested_and_take_no_other_pass(sel, monkeypatch):
    monkeypatch.setattr("paser_core.api.selected.rank_run", None)  # would fail if it were asked
    assert sel.at(budget=100).ids == sel.ids[:100]
    monkeypatch.undo()
    other = sel.at(temperature=1.7)
    assert other.setting.budget == 0.2
    assert other.ids != sel.ids
    with pytest.raises(ConfigError, match="'temperature'"):
        sel.at(temperatur=2)


def test_random_selections_overlap_as_chance_says(sel):
    found = sel.compare("random", draws=10)
    low, high = found.chance_interval
    assert low < found.overlap < high
    assert found.shift["shift"].sum() == pytest.approx(0, abs=1e-9)
    assert (found.shift["shift_low"] <= found.shift["shift_high"]).all()
    assert found.lengths.loc["here", "samples"] == len(sel)
    assert found.lengths.loc["here", "tokens"] == sel.run.tokens[sel.answer.rows].sum()
    assert repr(found).count("\n") == 2


def test_it_compares_with_itself_and_with_an_export(sel, tmp_path):
    half = sel.at(budget=418)
    half.export(tmp_path / "half")
    for other in (half, tmp_path / "half", str(tmp_path / "half")):
        found = sel.compare(other)
        assert found.overlap == 1.0
        assert found.lengths.loc["there", "samples"] == 418
    assert sel.compare(sel).shift["shift"].eq(0).all()


@pytest.mark.parametrize(
    ("other", "draws", "words"),
    [
        ("randm", None, ["randm", "'random'", "ies"]),
        ("ies", 3, ["draws", "3", "ies"]),
        ("random", 0, ["draws", "0"]),
        (DEMO, None, ["no export"]),
    ],
)
def test_what_cannot_be_compared_with_is_said(sel, other, draws, words):
    with pytest.raises(ConfigError) as caught:
        sel.compare(other, draws=draws)
    assert [word for word in words if word not in str(caught.value)] == []


@pytest.fixture(scope="module")
def reviewed(tmp_path_factory, sel):
    """The demo with decisions of people: one sample in, one out, a cluster renamed."""
    folder = tmp_path_factory.mktemp("reviewed") / "run"
    shutil.copytree(DEMO, folder, ignore=shutil.ignore_patterns("review*"))
    review = Review.of(Run.open(folder))
    later = sel.ledger[sel.ledger["status"] == "over_budget"]["id"].iloc[5]
    review.force_in(later, author="Ada", reason="wanted", seen=review.revision())
    review.force_out(sel.ids[3], author="Ada", reason="wrong", seen=review.revision())
    review.rename(2, "Spanish", author="Ada", seen=review.revision(), automatic=sel.names)
    return folder


def test_exports_and_reports_are_the_bytes_of_the_command_line(reviewed, tmp_path, capsys):
    sel = paser.open(reviewed).select(budget="10 %", temperature=1.7)
    sel.export(tmp_path / "api", format="messages", without=["rejected"])
    sel.report(tmp_path / "api.html")
    knobs = ["--budget", "10 %", "--temperature", "1.7"]
    form = ["--format", "messages", "--without", "rejected"]
    assert main(["select", str(reviewed), *knobs, *form, "--out", str(tmp_path / "cli")]) == 0
    assert main(["report", str(reviewed), *knobs, "--out", str(tmp_path / "cli.html")]) == 0
    assert contents(tmp_path / "api") == contents(tmp_path / "cli")
    assert (tmp_path / "api.html").read_bytes() == (tmp_path / "cli.html").read_bytes()
    assert "1 forced in, 1 forced out by Ada" in capsys.readouterr().out


def test_peoples_decisions_count_unless_they_are_not_wanted(reviewed, sel):
    run = paser.open(reviewed)
    with_people, without = run.select(budget=0.2), run.select(budget=0.2, review=False)
    assert without.ids == sel.ids
    assert sel.ids[3] not in with_people.ids
    assert set(with_people.rejected["status"]) == {"conflict", "invalid", "forced_out"}
    assert run.clusters.loc[2, "name"] == "Spanish"
    with pytest.raises(ConfigError, match="list of sample ids"):
        run.select(budget=0.2, forced_out=sel.ids[0])
    more = run.select(budget=0.2, forced_out=[sel.ids[0]])
    assert not {sel.ids[0], sel.ids[3]} & set(more.ids)


def test_every_selector_gives_a_selection_of_the_same_kind(run, tmp_path):
    sel = run.select(budget=50, selector="random", seed=3)
    assert sel.ids != run.select(budget=50, selector="random", seed=4).ids
    assert len(sel.selected) == len(set(sel.ids)) == 50
    assert "selector random" in repr(sel)
    assert sel.explain(sel.ids[9]).would_enter == 10
    sel.export(tmp_path / "random")
    assert run.select(budget=50).compare(tmp_path / "random").pairs[0].b.ids == tuple(sel.ids)
    with pytest.raises(ConfigError, match="'random'"):
        run.select(selector="randm")


def test_outside_a_notebook_it_says_how_to_open_the_dashboard(sel, capsys):
    sel.show()
    said = capsys.readouterr().out
    assert said.startswith(f"paser serve {DEMO}\nhttp://127.0.0.1:8501/budget?")
    assert "budget=836&temperature=1.0&allocation=sainte-lague" in said


def test_reprs_have_three_lines(run, sel):
    assert [repr(shown).count("\n") for shown in (run, sel, run.select(budget=1.0))] == [2, 2, 2]


def test_a_run_without_models_says_what_is_missing(tmp_path):
    rows = [{"instruction": f"Ask {n} of {n * 7}.", "output": "Yes."} for n in range(9)]
    run = paser.run(rows, out=tmp_path / "run", clustering={"n_clusters": 2})
    with pytest.raises(SelectionError, match=r"models\.original"):
        run.select()
    assert "No models were given" in run.report(tmp_path / "report.html").read_text("utf-8")
    assert np.isnan(run.clusters["cds"]).all()


def test_the_ten_lines_with_live_models_and_a_list_of_dicts(measured, tmp_path, capsys):
    sel = measured.select(budget=5, temperature=1.0)
    assert sel.selected["level"][:] == [int(i[1:]) for i in sel.ids]
    assert len(sel.ledger) == 9
    assert set(measured.clusters) >= {"name", "cds", "keywords"}
    assert sel.explain("s4").id == "s4"
    assert sel.at(budget=2).ids == sel.ids[:2]
    assert 0 <= sel.compare("random", draws=3).overlap <= 1
    assert "train.jsonl" in sel.export(tmp_path / "mine", format="alpaca").files
    sel.show()
    assert "paser serve" in capsys.readouterr().out


def test_public_methods_say_what_they_take_and_raise():
    for kind in (paser.Run, paser.Selection):
        for name, member in vars(kind).items():
            if name.startswith("_") or not inspect.isfunction(member):
                continue
            assert member.__doc__, name
            if len(inspect.signature(member).parameters) > 3:
                assert "Args:" in member.__doc__, name
