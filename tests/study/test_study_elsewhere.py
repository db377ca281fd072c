"""Results are read where the packages are not that made them, and while not everything is finished."""

from __future__ import annotations

import json
import shutil

import pytest
from test_study_tables import made

import paser_core as paser
from paser_core.cli import main
from paser_core.errors import ConfigError
from paser_core.evaluate.results import is_finished
from paser_core.selection import Family
from paser_core.study.gathering import write_results
from paser_core.study.plan import Plan, points_of
from paser_core.study.results import FOLDER, Results
from paser_core.study.steps import Places
from paser_core.study.tables import tables_of
from paser_core.workspace.checkpoints import MANIFEST, State
from paser_core.workspace.store import Store

pytestmark = pytest.mark.timeout(900)  # the first that needs it makes a study of sixteen cells

HYPOTHESIS = {"name": "h", "claim": "c", "refuted_by": "r", "better": "better", "than": "random"}


def of_a_package(folder, **families):
    """The made study, two of whose selectors come from packages that are not here."""
    results = made(folder, hypotheses=[HYPOTHESIS])
    place = results.folder / "study.json"
    tree = json.loads(place.read_text())
    tree["config"]["selectors"] |= {
        "better": {"selector": "acme-best"},
        "same": {"selector": "acme"},
    }
    tree["config"]["selectors"]["paser"] = tree["config"]["selectors"].pop("random")
    tree["config"] |= {"reference": "paser"}
    tree["config"]["hypotheses"][0]["than"] = "paser"
    place.write_text(json.dumps(tree | families))
    cells = results.cells
    results.cells["selector"] = cells["selector"].replace("random", "paser")
    Store(folder).write_table(f"{FOLDER}/cells.parquet", _table(results.cells))
    return Results.open(folder)


def _table(frame):
    import pyarrow as pa

    return pa.Table.from_pandas(frame, preserve_index=False)


def test_results_open_without_the_packages_of_their_selectors(tmp_path, capsys):
    results = of_a_package(tmp_path)
    with pytest.raises(ConfigError, match="acme"):
        _ = Plan(results.config).works  # what a study is made with
    titles = [table.title for table in tables_of(results)]
    assert "Selectors: one, 10 %, sft" in titles
    assert not any(title.startswith("Ablations") for title in titles)
    (outcome,) = next(t for t in tables_of(results) if t.name == "hypotheses").numbers["outcome"]
    assert outcome == "supported"
    assert results.families == {"better": None, "same": None, "paser": Family.PASER}
    assert main(["study", "tables", str(tmp_path)]) == 0
    assert main(["report", str(tmp_path), "--out", str(tmp_path / "r.html")]) == 0
    study = paser.Study(tmp_path)
    assert "30 points of the grid" in repr(study)


def test_results_say_what_their_selectors_are_for(tmp_path):
    told = {"paser": "PASER", "same": "Ablation", "better": "Variant"}
    results = of_a_package(tmp_path, families=told)
    (ablations,) = [t for t in tables_of(results) if t.title.startswith("Ablations: one,")]
    assert ablations.numbers["selector"].tolist() == ["original", "compressed", "paser", "same"]


def test_every_point_is_in_the_plan_once_in_its_order(done):
    out, config = done
    plan = Plan(config)
    assert list(points_of(config)) == list(plan.cells)
    assert Results.open(out).study["families"] == {
        name: str(plan.rule(name).family) for name in config.selectors
    }


@pytest.mark.parametrize("state", [State.RUNNING, State.FAILED])
def test_an_evaluation_in_work_or_failed_costs_itself_only(done, tmp_path, state):
    out, config = done
    here = shutil.copytree(out, tmp_path / "out")
    place = Places(here, config).evaluation("cut")
    assert is_finished(place)
    manifest = json.loads((place / MANIFEST).read_text()) | {"state": state}
    (place / MANIFEST).write_text(json.dumps(manifest))
    assert not is_finished(place)
    write_results(Plan(config), Store(here))
    results = Results.open(here)
    assert set(results.study["models"]) == {"original", "given"}
    assert set(results.items["key"]) >= {"model/original", "model/given"}
    assert "model/cut" not in set(results.items["key"])
    assert (results.cells["status"] == "done").all()


def test_a_study_that_has_only_begun_opens(done, tmp_path):
    out, config = done
    (tmp_path / "begun").mkdir()
    shutil.copy(out / MANIFEST, tmp_path / "begun" / MANIFEST)
    study = paser.Study(tmp_path / "begun")
    assert list(points_of(study.config)) == list(points_of(config))
    assert set(study.standing.states.values()) == {"pending"}
