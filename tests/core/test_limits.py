"""Limits against figures worked out by hand, and what is not known kept apart from what is nothing."""

from __future__ import annotations

import json
import math
import re
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from report_page import read
from tiny_run import loaders, write_workspace

import paser_core as paser
from paser_core.cli import main
from paser_core.config import describe
from paser_core.errors import ConfigError, DataError
from paser_core.limits import LimitsConfig, Side, Verdict, section
from paser_core.measure import run_pipeline
from paser_core.registry import LIMITS
from paser_core.stages.scoring import cluster_scores

ROOT = Path(__file__).parents[2]
DEMO = ROOT / "data" / "demo" / "run"


@pytest.fixture(scope="module")
def run():
    return paser.open(DEMO)


@pytest.fixture(scope="module")
def sel(run):
    return run.select(budget=0.2)


@pytest.fixture(scope="module")
def bare(tmp_path_factory):
    """A run without models."""
    folder = tmp_path_factory.mktemp("bare")
    config = write_workspace(folder, 9, models=False)
    run_pipeline(config, folder / "run", loaders(config))
    return paser.open(folder / "run")


def value_of(checked, name):
    (found,) = (judged for judged in checked.limits if judged.name == name)
    return found.value


def test_the_figures_of_the_demo_by_hand(run, sel):
    checked = sel.check({"over_temperature": 0.1})
    artifact, ledger, status = run.artifact, sel.ledger, sel.ledger["status"].value_counts()
    clusters = run.samples.loc[sel.ids, "cluster"].value_counts()
    rejected = (ledger["status"] == "conflict").sum()
    expected = {
        "acceptance_rate": status["selected"] / (status["selected"] + rejected),
        "budget_filled": 1.0,
        "largest_cluster": clusters.max() / len(sel),
        "invalid": (run.samples["cluster"] < 0).mean(),
        "unmeasured": 0.0,
        "truncated": artifact.truncated[artifact.valid].mean(),
    }
    valid = artifact.valid
    scores = cluster_scores(
        artifact.divergence_at(1.0),
        artifact.labels,
        artifact.n_clusters,
        valid,
        artifact.config.seed,
    )
    expected["cds_interval"] = ((scores.high - scores.low) / scores.cds).max()
    weak = np.flatnonzero(artifact.stability_per_cluster < 0.6)
    expected["stable_clusters"] = 1 - np.isin(artifact.labels[valid], weak).mean()
    kept = [
        len({*sel.ids} & {*run.select(budget=0.2, temperature=t).ids}) / len(sel) for t in (0.5, 2)
    ]
    expected["over_temperature"] = min(kept)
    for name, value in expected.items():
        assert value_of(checked, name) == pytest.approx(value), name


def test_the_held_out_file_of_the_demo_is_kept_apart_and_its_pool_is_not(run, sel, tmp_path):
    apart = sel.check({"held_out": str(ROOT / "data" / "demo" / "heldout.jsonl")})
    assert value_of(apart, "held_out_exact") == 0
    rows = run.samples.loc[sel.ids[:3], ["instruction", "input", "output"]].to_dict("records")
    rows[0]["instruction"] = rows[0]["instruction"].upper() + "  "
    rows.append({"instruction": "Who painted this? " * 4, "input": "", "output": "Nobody."})
    rows.append({"instruction": "", "input": "", "output": "An answer without a question."})
    leaked = tmp_path / "leaked.jsonl"
    leaked.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    found = sel.check({"held_out": str(leaked)})
    assert value_of(found, "held_out_exact") == 3 / 4
    (missed,) = found.missed
    assert missed.name == "held_out_exact"
    assert f"as the sample {sel.ids[0]}" in missed.told
    assert "1 row of the file has no question" in missed.told


def test_what_is_not_measured_is_not_nothing(bare):
    usual = bare.check()
    assert usual.passed
    unknown = {j.name for j in usual.limits if j.verdict is Verdict.NOT_MEASURED}
    assert {
        "acceptance_rate",
        "unmeasured",
        "truncated",
        "cds_interval",
        "held_out_exact",
    } <= unknown
    for judged in usual.limits:
        if judged.name in unknown:
            assert math.isnan(judged.value)
            assert judged.value_told == "–"
            assert judged.told
    asked = bare.check({"cds_interval": 0.5, "invalid": 0.5})
    assert [judged.name for judged in asked.missed] == ["cds_interval"]
    assert asked.missed[0].verdict is Verdict.NOT_MEASURED
    assert "no models" in asked.missed[0].told
    # A selector that needs no damage has a selection.
    assert value_of(bare.check(selector="random", budget=3), "budget_filled") == 1


def test_a_held_out_limit_without_a_file_is_asked_for_and_not_measured(sel):
    assert [j.name for j in sel.check({"held_out_near": 0.1}).missed] == ["held_out_near"]
    assert sel.check({"held_out": None}).passed


def test_null_switches_a_limit_off(sel):
    names = {judged.name for judged in sel.check({"invalid": None}).limits}
    assert "invalid" not in names
    assert names == {*LIMITS} - {"invalid", "over_temperature"}


def test_a_selector_without_the_graph_has_no_acceptance_rate(run):
    found = run.check(selector="random", budget=0.1)
    assert math.isnan(value_of(found, "acceptance_rate"))
    assert math.isnan(
        value_of(run.check({"over_temperature": 0}, selector="random"), "over_temperature")
    )


@given(st.floats(0, 1), st.floats(0, 1))
def test_the_bound_itself_is_within(value, bound):
    assert Side.AT_LEAST.holds(bound, bound)
    assert Side.AT_MOST.holds(bound, bound)
    if abs(value - bound) > 1e-6:
        assert Side.AT_LEAST.holds(value, bound) == (value > bound)
        assert Side.AT_MOST.holds(value, bound) == (value < bound)
    assert Side.AT_MOST.holds(0.1 + 0.2, 0.3)


def test_every_limit_is_a_field_with_a_reason_and_the_defaults_are_in_its_range():
    known = describe(section())
    for name in LIMITS:
        field = known[name]
        assert field.help
        assert field.why
        assert field.label == LIMITS[name].title
        assert field.kinds == (float, type(None))
    assert LimitsConfig.of().named == frozenset()


@pytest.mark.parametrize(
    ("given_", "words"),
    [
        ({"acceptance_rat": 0.5}, "'acceptance_rate'"),
        ({"invalid": 5}, "between 0 and 1"),
        ({"invalid": "none"}, "'none'"),
        ({"held_out_words": 0}, "between 1 and 100"),
        (3, "a YAML file"),
    ],
)
def test_a_slip_in_the_limits_is_said(given_, words, sel):
    with pytest.raises(ConfigError, match=words):
        sel.check(given_)
    with pytest.raises(DataError, match="nowhere"):
        sel.check({"held_out": "nowhere.jsonl"})


def test_the_report_and_the_frame_have_the_same_list(sel, tmp_path):
    checked = sel.check()
    page = read(sel.report(tmp_path / "report.html").read_text(encoding="utf-8"))
    (part,) = (s for s in page.all("section") if s.attributes["aria-labelledby"] == "checks")
    rows = [row for row in part.all("tr") if row.all("td")]
    assert [row.all("th")[0].text for row in rows] == [judged.title for judged in checked.limits]
    for row, judged in zip(rows, checked.limits, strict=True):
        assert judged.told in row.text.replace("\N{NO-BREAK SPACE}", " ")
    assert list(checked.frame.index) == [judged.name for judged in checked.limits]


def test_the_page_is_what_the_fields_say(monkeypatch):
    monkeypatch.syspath_prepend(str(ROOT / "scripts"))
    import config_docs

    page = config_docs.CHECK.read_text(encoding="utf-8")
    assert page == config_docs.check_page(page), "run: python scripts/config_docs.py"


def test_a_package_brings_a_limit_as_the_page_says(sel, monkeypatch):
    page = (ROOT / "docs" / "check.md").read_text(encoding="utf-8")
    (code,) = re.findall(r"^```python\n(.*?)^```", page, re.DOTALL | re.MULTILINE)
    names: dict[str, object] = {}
    exec(compile(code, "docs/check.md", "exec"), names)
    point = SimpleNamespace(name="rows", value="paser_rows:LIMIT", load=lambda: names["LIMIT"])
    monkeypatch.setitem(vars(LIMITS), "_brought", {"rows": point})
    section.cache_clear()
    try:
        checked = sel.check({"rows": 5000})
        assert [judged.name for judged in checked.missed] == ["rows"]
        assert checked.missed[0].value_told == "4,178"
        assert checked.missed[0].bound_told == "at least 5,000"
    finally:
        section.cache_clear()
        LIMITS._loaded.pop("rows", None)


# --- the command --------------------------------------------------------------------------------


def checked_by(capsys, *arguments):
    code = main(["check", *map(str, arguments)])
    said = capsys.readouterr()
    return code, said.out, said.err


def test_the_command_says_what_the_front_door_says(capsys, sel):
    code, said, _ = checked_by(capsys, DEMO, "--budget", 0.2)
    assert code == 0
    for judged in sel.check().limits:
        assert judged.title in said
        assert judged.bound_told in said
    assert "no limit is missed; 2 not measured" in said


def test_a_missed_limit_is_exit_code_1_and_json_has_it(capsys, tmp_path):
    limits = tmp_path / "limits.yaml"
    limits.write_text("acceptance_rate: 0.999\nheld_out_exact: 0\n", encoding="utf-8")
    code, said, told = checked_by(capsys, DEMO, "--budget", 0.2, "--limits", limits, "--json")
    assert code == 1, told
    tree = json.loads(said)
    assert not tree["passed"]
    assert tree["selection"]["budget"] == 0.2
    found = {limit["name"]: limit for limit in tree["limits"]}
    assert found["acceptance_rate"]["verdict"] == "missed"
    assert found["held_out_exact"] | {"value": None, "missed": True} == found["held_out_exact"]
    code, said, _ = checked_by(capsys, DEMO, "--budget", 0.2, "--limits", limits)
    assert code == 1
    assert said.count("MISSED") == 2
    assert "Acceptance rate and Held-out, word for word" in said


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("acceptance_rat: 1\n", ["limits.yaml:1", "'acceptance_rate'"]),
        ("invalid: 0\ninvalid: 1\n", ["limits.yaml", "invalid"]),
        ("- invalid\n", ["a file of limits", "mapping"]),
        ("# none\ninvalid: 2\n", ["limits.yaml:2", "between 0 and 1"]),
    ],
)
def test_a_file_that_is_none_is_a_mistake_with_its_line(content, words, tmp_path, capsys):
    (tmp_path / "limits.yaml").write_text(content, encoding="utf-8")
    code, _, told = checked_by(capsys, DEMO, "--limits", tmp_path / "limits.yaml")
    assert code == 2
    assert all(word in told for word in words), told


def test_an_empty_file_is_the_defaults(tmp_path, capsys):
    (tmp_path / "limits.yaml").write_text("", encoding="utf-8")
    assert checked_by(capsys, DEMO, "--limits", tmp_path / "limits.yaml")[0] == 0
