"""Selectors by name: three parts that combine, the same promises for all, and messages for mistakes."""

from __future__ import annotations

import json
from dataclasses import replace
from importlib.metadata import EntryPoint
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from selected import OTHERS, rows_by
from tiny_pools import make, pools
from tiny_run import loaders, write_workspace

from paser_core.cli import main
from paser_core.config import of_count
from paser_core.errors import ConfigError, SelectionError
from paser_core.measure import run_pipeline
from paser_core.models.sentence_encoder import BUNDLED
from paser_core.registry import CLUSTERINGS, SELECTORS, Registry
from paser_core.runs import Run
from paser_core.selection import (
    Overrides,
    Selector,
    Setting,
    Status,
    rank_samples,
    select,
    selector_of,
)
from paser_core.selection.allocation import seat_sequence

DEMO = Path(__file__).parents[2] / "data" / "demo" / "run"
# They read its texts or its vectors.
OF_THE_RUN = (
    "longest",
    "k-center",
    "facility-location",
    "paser-coverage",
    "paser-balanced-coverage",
    "as-published-code",
    *CLUSTERINGS,
)
NESTED = tuple(
    name
    for name in SELECTORS
    for rule in (selector_of(name),)
    if name not in OF_THE_RUN and not (rule.at_budget or rule.everything or rule.needs)
)


@pytest.fixture(scope="module")
def demo():
    return Run.open(DEMO)


@given(pools(), st.sampled_from(NESTED), st.data())
@settings(max_examples=200, deadline=None)
def test_what_every_selector_promises(candidates, selector, data):
    blind = not selector_of(selector).damage
    usable = np.flatnonzero(replace(candidates, unmeasured=blind).usable).tolist()
    people = data.draw(st.permutations(usable)) if usable else []
    cut = data.draw(st.integers(0, min(2, len(people))))
    overrides = Overrides(tuple(people[:cut]), tuple(people[cut : cut + 1]))
    config = Setting(of_count(candidates.n), selector=selector, seed=3)
    ranking = rank_samples(candidates, config, overrides)
    before: set[int] = set()
    for budget in range(max(cut, 1), candidates.n + 1):
        selection = ranking.at(budget)
        rows = selection.rows.tolist()
        assert len(rows) <= budget
        assert rows[:cut] == list(overrides.forced_in)
        assert before <= set(rows) <= set(usable) - set(overrides.forced_out)  # nested
        rejected = np.flatnonzero(selection.status == Status.CONFLICT.code)
        if not selector_of(selector).graph:
            assert not len(rejected)
            assert len(rows) == min(budget, len(usable) - len(overrides.forced_out))
        before = set(rows)


def test_the_parts_combine(monkeypatch):
    # Two clusters of three; sample 1 conflicts with 0 and 3, which bring a and b in apart.
    pool = make([0.9, 0.8, 0.7, 0.3, 0.2, 0.1], [8] * 6, [0, 0, 0, 1, 1, 1], [[]] * 6)
    joined = make(
        [0.9, 0.8, 0.7, 0.3, 0.2, 0.1],
        [8] * 6,
        [0, 0, 0, 1, 1, 1],
        [["a"], ["b"], ["a", "b"], [], [], []],
    )
    even = Selector("even", lambda p, _: p.divergence, lambda p: np.ones(p.n_clusters))
    graph = Selector("graph", lambda p, _: p.divergence, graph=True)
    for name, rule in (("even", even), ("graph", graph)):
        monkeypatch.setitem(SELECTORS._built_in, name, "nowhere")
        monkeypatch.setitem(SELECTORS._loaded, name, rule)

    def rows(candidates, name):
        return select(candidates, Setting(of_count(4), selector=name)).rows.tolist()

    assert rows(pool, "divergence") == [0, 1, 2, 3]  # no seats: the best, whatever the cluster
    assert rows(pool, "even") == [0, 3, 1, 4]  # a seat each in turn
    assert rows(joined, "divergence") == [0, 1, 2, 3]
    assert rows(joined, "graph") == [0, 1, 3, 4]  # 2 joins what was accepted apart


def test_seats_by_damage_are_given_as_before(demo):
    selection = select_rows = rank_samples(
        _candidates(demo), Setting(of_count(500), selector="paser-without-ntm")
    ).at(500)
    seats = seat_sequence(select_rows.ranking.cds, select_rows.ranking.sizes, 500)
    assert selection.allocated.tolist() == np.bincount(seats, minlength=demo.n_clusters).tolist()
    assert selection.accepted.tolist() == selection.allocated.tolist()


def _candidates(run):
    from paser_core.selection.of_run import candidates

    return candidates(run, Setting())


def test_the_longest_responses(demo):
    lengths = [len(text) for text in demo.samples["output"]]
    able = [r for r in range(demo.n) if demo.valid[r] and demo.labels[r] >= 0]
    expected = sorted(able, key=lambda r: (-lengths[r], r))[:200]
    assert rows_by("longest", demo, Setting(of_count(200))).tolist() == expected


def test_every_selector_is_exported_and_made_again(finished, tmp_path, capsys):
    for name in OTHERS:
        first, again = tmp_path / name, tmp_path / f"{name}-again"
        options = ["--selector", name, "--seed", "4", "--budget", "8"]
        if "spectral" in name:
            options += ["--encoder", BUNDLED]
        assert main(["select", str(finished.path), *options, "--out", str(first)]) == 0
        manifest = json.loads((first / "manifest.json").read_text())
        assert manifest["selector"] == name
        assert f"selector: {name}\n" in (first / "selection.yaml").read_text()
        card = (first / "README.md").read_text()
        assert f"| selector | {name} |" in card
        assert selector_of(name).label in card
        config = str(first / "selection.yaml")
        assert main(["select", "--config", config, "--out", str(again)]) == 0
        for file in sorted(p.name for p in first.iterdir()):
            assert (first / file).read_bytes() == (again / file).read_bytes(), file
    capsys.readouterr()


def test_a_run_without_models_is_selected_from_blindly(tmp_path, capsys):
    config = write_workspace(tmp_path, 9, models=False)
    run = run_pipeline(config, tmp_path / "run", loaders(config))
    out = tmp_path / "out"
    command = ["select", str(run.path), "--budget", "4", "--out", str(out), "--selector"]
    assert main([*command, "proportional"]) == 0
    assert len((out / "train.jsonl").read_text().splitlines()) == 4
    assert main([*command, "ies"]) == 2
    message = capsys.readouterr().err
    assert "no models" in message
    assert "'random'" in message  # what can be done instead


def test_an_unknown_selector_is_named_with_the_nearest():
    with pytest.raises(ConfigError, match=r"selection.selector is 'randon'.*Did you mean 'random'"):
        Setting(selector="randon")


def test_a_broken_selector_is_told(monkeypatch, demo):
    registry = Registry("selector", "paser.selectors", "paser_core.selection.Selector", {})
    brought = {
        name: EntryPoint(name, value, registry.group)
        for name, value in (("broken", "no_such_module:SELECTOR"), ("number", "math:pi"))
    }
    monkeypatch.setattr(registry, "_brought", brought)
    with pytest.raises(
        ConfigError, match=r"'broken' \(no_such_module:SELECTOR\).*Repair or remove"
    ):
        registry["broken"]
    with pytest.raises(ConfigError, match=r"'number' is a float.*paser_core\.selection\.Selector"):
        registry["number"]
    for name, brought, said in (
        ("short", Selector("Short", lambda pool, _: np.ones(3)), "“Short” gave no score"),
        ("blank", Selector("Blank", lambda p, _: np.full(p.n, np.nan)), "“Blank” gave no score"),
    ):
        monkeypatch.setitem(SELECTORS._built_in, name, "nowhere")
        monkeypatch.setitem(SELECTORS._loaded, name, brought)
        with pytest.raises(SelectionError, match=said):
            rows_by(name, demo, Setting())
