"""Signals in a run folder: measured by default, missing in older runs, measured when asked for."""

from __future__ import annotations

import dataclasses
import json
import shutil
import sys
from importlib.metadata import EntryPoint
from types import ModuleType

import numpy as np
import pandas as pd
import pytest
from pipeline_runs import changed, events
from run_damage import reseal
from tiny_run import assert_same_run, contents, loaders

from paser_core.cli import main
from paser_core.config import Aggregate, dump_config
from paser_core.errors import ConfigError, ModelError, RunError
from paser_core.measure import run_pipeline
from paser_core.registry import SIGNALS
from paser_core.runs import Files, Run
from paser_core.runs.signals import column_of, damage_of, measured_signals
from paser_core.runs.verify import verify
from paser_core.selection import Setting
from paser_core.selection.of_run import select_from_run
from paser_core.stages.divergence import Signal
from paser_core.stages.scoring import cluster_means, efficiency

KL = Setting(budget=1.0, signal="kl")


@pytest.fixture
def copy(finished, tmp_path):
    """The finished run, without its events."""
    folder = tmp_path / "run"
    shutil.copytree(finished.path, folder, ignore=shutil.ignore_patterns("events.jsonl"))
    return folder


@pytest.fixture
def older(copy):
    """The same as a version without signals has left it."""
    (copy / Files.SIGNALS).unlink()
    file = copy / "manifest.json"
    manifest = json.loads(file.read_text())
    manifest["stages"]["divergence"]["files"].remove(Files.SIGNALS)
    del manifest["files"][Files.SIGNALS]
    del manifest["stages"]["summary"]["inputs"]  # its key is then what follows from the files
    del manifest["config"]["divergence"]["signals"]
    for name in ("signal", "aggregate"):
        del manifest["config"]["selection"][name]
    file.write_text(json.dumps(manifest))
    return copy


def test_a_run_has_every_signal_of_every_measured_sample(finished):
    assert measured_signals(finished) == tuple(SIGNALS)
    measured = np.isfinite(finished.divergence_at(1.0))
    for signal in SIGNALS:
        for aggregate in Aggregate:
            damage = damage_of(finished, Setting(signal=signal, aggregate=aggregate))
            assert (np.isfinite(damage) == measured).all(), (signal, aggregate)
    usual = damage_of(finished, Setting(temperature=0.7))
    np.testing.assert_array_equal(usual, finished.divergence_at(0.7))
    hot, cold = (damage_of(finished, KL.changed(temperature=t)) for t in (0.5, 2.0))
    np.testing.assert_array_equal(hot, cold)


def test_seats_and_order_follow_the_signal(finished):
    setting = Setting(budget=1.0, selector="no-graph", signal="loss_gap", aggregate="sum")
    ranking = select_from_run(finished, setting).ranking
    damage = damage_of(finished, setting)
    cds, _ = cluster_means(damage, finished.labels, finished.n_clusters, finished.valid)
    np.testing.assert_array_equal(ranking.cds, cds)
    np.testing.assert_array_equal(ranking.weights, np.maximum(cds, 0.0))
    np.testing.assert_array_equal(ranking.ies, efficiency(damage, finished.tokens))
    for k in range(finished.n_clusters):
        mine = np.flatnonzero(finished.labels == k)
        best_first = mine[np.argsort(ranking.rank[mine])]
        assert (np.diff(ranking.ies[best_first]) <= 0).all()


def test_an_older_run_opens_as_before_and_says_how_another_signal_is_measured(older, finished):
    before = contents(older)
    run = Run.open(older)
    assert all(finding.ok for finding in verify(older))
    assert measured_signals(run) == ("jsd",)
    usual = Setting(budget=0.5)
    rows = select_from_run(run, usual).rows.tolist()
    assert rows == select_from_run(finished, usual).rows.tolist()
    with pytest.raises(RunError, match=r"'kl' was not measured.*--again divergence`"):
        select_from_run(run, KL)
    with pytest.raises(RunError, match=r"the sum of jsd was not measured"):
        select_from_run(run, Setting(aggregate="sum"))
    assert contents(older) == before


def test_an_older_run_stays_what_it_is_until_its_signals_are_asked_for(
    workspace, older, finished, tmp_path, capsys
):
    _, config = workspace
    (tmp_path / "run.yaml").write_text(dump_config(config))
    command = ["run", str(tmp_path / "run.yaml"), "--out", str(older)]
    before = contents(older)
    print_before = json.loads((older / "manifest.json").read_text())["fingerprint"]
    assert main(command) == 0
    assert events(older, "stage_started") == []
    assert contents(older) == before
    assert main([*command, "--again", "divergence"]) == 0
    assert events(older, "stage_started") == ["divergence", "summary"]
    assert json.loads((older / "manifest.json").read_text())["fingerprint"] == print_before
    assert_same_run(older, finished.path)
    assert select_from_run(Run.open(older), KL).n_selected
    assert main([*command, "--again", "divergense"]) == 2
    assert "no such stage. Did you mean 'divergence'?" in capsys.readouterr().err


def test_a_finished_run_is_not_given_up_before_the_models_are_there(workspace, older):
    _, config = workspace

    def missing(*_):
        raise ModelError("The models are not here.")

    before = contents(older), json.loads((older / "manifest.json").read_text())
    with pytest.raises(ModelError, match="not here"):
        run_pipeline(
            config,
            older,
            dataclasses.replace(loaders(config), check=missing),
            again=["divergence"],
        )
    assert (contents(older), json.loads((older / "manifest.json").read_text())) == before
    assert Run.open(older).has_models


def test_other_signals_are_measured_where_the_config_names_them(workspace, copy):
    _, config = workspace
    run = run_pipeline(changed(config, divergence={"signals": ["kl"]}), copy, loaders(config))
    assert events(copy, "stage_started") == ["divergence", "summary"]
    assert measured_signals(run) == ("jsd", "kl")
    with pytest.raises(RunError, match=r"'top1' was not measured.*divergence\.signals"):
        select_from_run(run, Setting(signal="top1"))


# --- of a package ----------------------------------------------------------------------------


def brings(monkeypatch, **signals):
    module = ModuleType("signals_of_a_package")
    vars(module).update(signals)
    monkeypatch.setitem(sys.modules, module.__name__, module)
    points = {n: EntryPoint(n, f"{module.__name__}:{n}", SIGNALS.group) for n in signals}
    monkeypatch.setattr(SIGNALS, "_brought", points, raising=False)
    monkeypatch.setattr(SIGNALS, "_loaded", dict(SIGNALS._loaded))


def total_variation(log_p, log_q, _):
    return (log_p.exp() - log_q.exp()).abs().sum(1) / 2


def test_a_package_s_signal_is_measured_in_the_pass_once_the_config_names_it(
    workspace, copy, monkeypatch
):
    brings(
        monkeypatch,
        tv=Signal("total variation", "TV", "", "Half the distance.", of_tokens=total_variation),
        root=Signal("root of JSD", "√JSD", "", "A metric.", lambda known: np.sqrt(known["jsd"])),
    )
    _, config = workspace
    with pytest.raises(RunError, match=r"'tv' was not measured.*Name it in divergence\.signals"):
        damage_of(Run.open(copy), Setting(signal="tv"))
    config = changed(config, divergence={"signals": ["tv", "root", "top1"]})
    run = run_pipeline(config, copy, loaders(config))
    assert measured_signals(run) == ("jsd", "top1", "tv", "root")
    distance = damage_of(run, Setting(signal="tv", aggregate="max"))
    found = distance[np.isfinite(distance)]
    assert ((found > 0) & (found <= 1)).all()
    bits = pd.read_parquet(copy / "tokens.parquet")["divergence"]
    roots = [np.sqrt(b).mean() if len(b) else np.nan for b in bits]
    np.testing.assert_allclose(damage_of(run, Setting(signal="root")), roots, atol=1e-6)
    # JSD <= TV, and TV <= sqrt(2 JSD) in natural units (Lin 1991; Pinsker).
    jsd_max = damage_of(run, Setting(aggregate="max"))[np.isfinite(distance)]
    assert (jsd_max <= found + 1e-6).all()
    assert select_from_run(run, Setting(budget=1.0, signal="tv")).n_selected


@pytest.mark.parametrize(
    ("signal", "said"),
    [
        (Signal("x", "x", "", "x", lambda known: known["kl"] / 0.0), "gave no number for some"),
        (Signal("x", "x", "", "x", lambda known: known["kl"][:1]), "gave no number for some"),
        (Signal("x", "x", "", "x"), "either of_pass or of_tokens"),
        (lambda *_: 0, r"is a function; .* must bring a \S+\.Signal"),
    ],
)
@pytest.mark.filterwarnings("ignore:divide by zero")
def test_a_package_s_signal_that_is_broken_is_named(workspace, copy, monkeypatch, signal, said):
    brings(monkeypatch, broken=signal)
    _, config = workspace
    config = changed(config, divergence={"signals": ["broken"]})
    with pytest.raises((ModelError, ConfigError), match=f"'broken'.*{said}"):
        run_pipeline(config, copy, loaders(config))


# --- damage to the file ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda t: t.assign(kl_mean=np.inf), "infinite"),
        (lambda t: t.assign(kl_mean="x"), "the column kl_mean has the type"),
        (lambda t: t.iloc[:-1], "length"),
    ],
)
def test_a_file_of_signals_that_cannot_be_one_is_refused(copy, change, said):
    change(pd.read_parquet(copy / Files.SIGNALS)).to_parquet(copy / Files.SIGNALS)
    reseal(copy)
    with pytest.raises(RunError, match=said):
        damage_of(Run.open(copy), KL)


@pytest.mark.parametrize("column", [column_of("jsd", "max"), "kl_sum", "top1_worst"])
def test_verify_notices_signals_that_do_not_fit_each_other(copy, column):
    assert all(finding.ok for finding in verify(copy))
    table = pd.read_parquet(copy / Files.SIGNALS)
    table.loc[4, column] = table.loc[4, column] * 1.5 + 0.2
    table.to_parquet(copy / Files.SIGNALS)
    reseal(copy)
    wrong = [finding for finding in verify(copy) if not finding.ok]
    assert [finding.what for finding in wrong] == ["signals"]


def test_an_aggregate_that_does_not_exist_is_named():
    with pytest.raises(ConfigError, match=r"selection\.aggregate is 'median'"):
        Setting(aggregate="median")
