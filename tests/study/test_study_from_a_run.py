"""Finding studies, and drafting one for a run."""

from __future__ import annotations

import json
from itertools import product
from pathlib import Path

import pytest
import yaml
from made_results import made_study

from dashboard import serving
from paser_core.errors import ConfigError, StudyError
from paser_core.runs import Run
from paser_core.study.discovery import is_begun, is_study, results_of, studies_at
from paser_core.study.drafting import draft_study, typed_budgets
from paser_core.study.folder import load_study

DEMO = Path(__file__).parents[2] / "data" / "demo"


def test_studies_lie_at_a_place_below_it_and_in_its_folder_studies(tmp_path):
    alone = made_study(tmp_path / "alone", seeds=1, items=24)
    begun = tmp_path / "studies" / "begun"
    begun.mkdir(parents=True)
    (begun / "manifest.json").write_text(json.dumps({"kind": "study"}))
    (tmp_path / "export").mkdir()
    (tmp_path / "export" / "manifest.json").write_text(json.dumps({"kind": "paser-export"}))
    (tmp_path / "torn").mkdir()
    (tmp_path / "torn" / "manifest.json").write_text("{")
    assert studies_at(tmp_path) == [alone, begun]
    assert studies_at(alone) == [alone]
    assert studies_at(alone / "results") == [alone / "results"]  # as it is sent to others
    assert (is_begun(begun), is_begun(alone), results_of(begun)) == (True, False, None)
    assert not is_study(tmp_path / "export")


def test_a_study_is_no_run_and_its_finished_runs_are(tmp_path, monkeypatch):
    study = tmp_path / "study"
    (study / "runs").mkdir(parents=True)
    (study / "manifest.json").write_text(json.dumps({"kind": "study"}))
    (study / "runs" / "wanda-1").symlink_to(DEMO / "run")
    monkeypatch.setenv("PASER_RUNS", str(tmp_path))
    monkeypatch.delenv("PASER_NEW_RUNS", raising=False)
    assert serving.all_studies() == [study]
    assert serving.all_runs() == [DEMO / "run"]
    monkeypatch.setenv("PASER_RUNS", str(study))
    monkeypatch.setenv("PASER_STARTED_IN", str(tmp_path))
    assert serving.all_runs() == [DEMO / "run"]
    assert serving.new_runs_folder() == tmp_path / "runs"  # never in the study


def drafted(**other):
    given = {
        "title": "T", "original": "original", "compressed": "models/wanda",
        "data": str(DEMO / "pool.jsonl"), "selectors": ["paser", "random", "full"],
        "budgets": typed_budgets("5 %, 400, 10 % of tokens"), "recovery": {"method": "kd", "lr": 0.01},
        "seeds": 2, "tasks": ["demo"],
    }  # fmt: skip
    return draft_study(Run.open(DEMO / "run"), **{**given, **other})


def test_a_draft_reads_back_as_the_plan_it_says(tmp_path):
    draft = drafted()
    (tmp_path / "study.yaml").write_text(draft.text)
    config = load_study(tmp_path / "study.yaml")
    assert config == draft.config
    assert list(config.compressions) == ["wanda"]
    assert list(config.recoveries) == ["kd"]
    assert [str(b) for b in config.budgets] == ["5 %", "400", "10 % of tokens"]
    run = yaml.safe_load(draft.text)["run"]
    assert run == {"data": {"path": str(DEMO / "pool.jsonl")}, "models": {"template": "chat"}}
    points = set(product(range(2), ["paser", "random", "full"], range(3)))
    assert draft.points == len(points)
    # All samples are all samples at every budget.
    assert draft.cells == len({p for p in points if p[1] != "full" or p[2] == 0})


def test_without_random_the_first_selector_is_what_others_are_compared_with():
    assert drafted().config.reference == "random"
    assert drafted(selectors=["paser", "full"]).config.reference == "paser"


@pytest.mark.parametrize(
    ("other", "kind", "words"),
    [
        ({"data": None}, StudyError, "made of rows that no file has"),
        ({"data": "/gone/pool.jsonl"}, StudyError, "/gone/pool.jsonl: the data of this run"),
        ({"budgets": []}, ConfigError, "budgets is missing"),
        ({"budgets": typed_budgets("5 pc")}, ConfigError, "5 pc"),
        ({"selectors": ["pasr"]}, ConfigError, "paser"),
        ({"recovery": {"lr": -1.0}}, ConfigError, "lr"),
        ({"seeds": 0}, ConfigError, "between 1 and 1000"),
    ],
)
def test_what_cannot_be_a_study_is_one_sentence(other, kind, words):
    with pytest.raises(kind, match=words):
        drafted(**other)


def test_a_run_without_models_cannot_be_studied(monkeypatch):
    run = Run.open(DEMO / "run")
    monkeypatch.setattr(type(run), "has_models", False)
    with pytest.raises(StudyError, match="has no models"):
        draft_study(
            run, title="T", original="o", compressed="c", data="d", selectors=["paser"],
            budgets=[0.1], recovery={}, seeds=1, tasks=["demo"],
        )  # fmt: skip
