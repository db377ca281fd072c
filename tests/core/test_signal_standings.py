"""The order of the clusters by every signal: ranks, and how sure they are, against slow loops."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from paser_core.config import Aggregate, SelectionConfig
from paser_core.explain.signals import standings, usual_measures
from paser_core.runs import Run
from paser_core.runs.signals import damage_of
from paser_core.selection import Setting
from paser_core.selection.measures import idle_temperature, measure_short, measure_told
from paser_core.selection.of_run import select_from_run
from paser_core.stages.scoring import cluster_means

DEMO = Path(__file__).parents[2] / "data" / "demo" / "run"
MEASURES = (
    SelectionConfig(),
    SelectionConfig(signal="kl"),
    SelectionConfig(signal="loss_gap", aggregate="failure"),
)


@pytest.fixture(scope="module")
def demo() -> Run:
    return Run.open(DEMO)


def ranks_of(cds):
    """1 for the highest, one cluster at a time."""
    return [1 + sum(other > own for other in cds) for own in cds]


def test_ranks_are_those_of_the_cds_and_intervals_those_of_drawing_again(demo):
    found = standings(demo, MEASURES)
    for i, by in enumerate(MEASURES):
        damage = damage_of(demo, by)
        cds, _ = cluster_means(damage, demo.labels, demo.n_clusters, demo.valid)
        np.testing.assert_allclose(found.cds[i], cds)
        assert found.ranks[i].tolist() == ranks_of(cds)
        # Another generator, plain draws: the ends agree but for a rank or so.
        chance = np.random.default_rng(99)
        rows = [np.flatnonzero(np.isfinite(damage) & (demo.labels == k)) for k in range(len(cds))]
        drawn = [
            ranks_of([damage[chance.choice(r, len(r))].mean() for r in rows]) for _ in range(300)
        ]
        low, high = np.percentile(drawn, [2.5, 97.5], axis=0)
        assert np.abs(low - found.low[i]).max() <= 1
        assert np.abs(high - found.high[i]).max() <= 1
        assert (found.low[i] <= found.ranks[i]).all()
        assert (found.ranks[i] <= found.high[i]).all()
    assert not found.moved[0].any()
    assert found.agreement[0] == pytest.approx(1)
    order = found.ranks[1]
    assert found.agreement[1] == pytest.approx(np.corrcoef(found.ranks[0], order)[0, 1])


def test_signals_that_are_one_signal_never_move_a_cluster(demo):
    same = standings(demo, (SelectionConfig(), SelectionConfig()))
    np.testing.assert_array_equal(same.low[0], same.low[1])
    assert not same.moved.any()


def test_what_is_laid_side_by_side_begins_with_what_is_shown(demo):
    shown = Setting(signal="top1", aggregate="sum", budget=5, temperature=2.0)
    measures = usual_measures(demo, shown)
    assert measures[0] == SelectionConfig(signal="top1", aggregate="sum")
    assert len(set(measures)) == len(measures)
    assert SelectionConfig() in measures
    assert usual_measures(demo, Setting(temperature=2.0))[:2] == (
        SelectionConfig(temperature=2.0),
        SelectionConfig(),
    )


def test_what_is_said_of_damage_follows_the_setting():
    assert measure_told(SelectionConfig()) == (
        "mean Jensen–Shannon divergence (bits), at temperature 1"
    )
    gap = SelectionConfig(signal="changed_gap", aggregate=Aggregate.FAILURE, temperature=2.0)
    assert measure_told(gap) == (
        "chance that an answer breaks, by the loss gap on changed tokens, at temperature 1"
    )
    assert measure_short(gap) == "failure by loss gap on changed"
    assert "temperature of 2 has no part" in (idle_temperature(gap) or "")
    assert idle_temperature(SelectionConfig(temperature=2.0)) is None


def test_a_setting_of_the_paper_is_to_the_last_bit_what_it_was(demo):
    ranking = select_from_run(demo, Setting(temperature=1.7)).ranking
    np.testing.assert_array_equal(ranking.candidates.divergence, demo.divergence_at(1.7))


def test_export_report_and_card_name_the_damage_that_was_selected_by(demo, tmp_path):
    import pandas as pd

    from paser_core.export import write_export
    from paser_core.export.selection_yaml import read_selection
    from paser_core.report import build_report

    setting = Setting(budget=0.05, signal="loss_gap", aggregate="sum", temperature=3.0)
    selection = select_from_run(demo, setting)
    write_export(demo, selection, setting, tmp_path / "out")
    told = "sum of the loss gap (nats), at temperature 1"
    assert f"| damage | {told} |" in (tmp_path / "out" / "README.md").read_text()
    scores = pd.read_parquet(tmp_path / "out" / "scores.parquet")
    np.testing.assert_array_equal(scores["damage"], damage_of(demo, setting))
    np.testing.assert_array_equal(scores["divergence"], demo.divergence_at(1.0))
    run, again, _ = read_selection(tmp_path / "out" / "selection.yaml")
    assert again == setting
    assert select_from_run(run, again).rows.tolist() == selection.rows.tolist()
    page = build_report(demo, selection, setting)
    assert told in page
    assert "averaged over the tokens of the response" not in page
    assert "--signal loss_gap --aggregate sum" in page
    assert "would still be selected" not in page  # other temperatures have no part
    usual = Setting(budget=0.05)
    plain = build_report(demo, select_from_run(demo, usual), usual)
    assert told not in plain
    assert "--temperature 1 " in plain
