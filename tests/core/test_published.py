"""The authors' script as it is described: each difference from the paper, on small inputs."""

from __future__ import annotations

import numpy as np
import pytest
from tiny_run import loaders, write_workspace

from paser_core.config import AllocationRule, Order, of_count
from paser_core.errors import ConfigError, SelectionError
from paser_core.measure import run_pipeline
from paser_core.runs import Run
from paser_core.selection import Setting, selector_of
from paser_core.selection.of_run import candidates, select_from_run
from paser_core.selection.selectors.as_published_code import COLUMN, summed_divergence
from paser_core.stages import published
from paser_core.stages.published import published_clusters


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    folder = tmp_path_factory.mktemp("published")
    config = write_workspace(folder, 30)
    return run_pipeline(config, folder / "run", loaders(config))


def unit_rows(n: int, d: int) -> np.ndarray:
    rows = np.random.default_rng(3).normal(size=(n, d))
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def test_the_eigenvectors_are_those_of_the_random_walk_laplacian(monkeypatch):
    points, given = unit_rows(40, 5), []

    def keep(rows):
        given.append(rows)
        return affinity(rows)

    affinity = published.gaussian_affinity
    monkeypatch.setattr(published, "gaussian_affinity", keep)
    labels = published_clusters(points)
    assert labels.max() < 10
    a = affinity(points.astype(np.float32))
    laplacian = np.eye(40) - a / a.sum(axis=1, keepdims=True)
    coordinates = given[1].astype(np.float64)
    assert coordinates.shape == (40, 10)
    for column in coordinates.T:  # an eigenvector, not scaled by any diffusion
        assert np.linalg.norm(column) == pytest.approx(1, rel=1e-5)
        value = column @ laplacian @ column
        np.testing.assert_allclose(laplacian @ column, value * column, atol=1e-4)
    np.testing.assert_array_equal(published_clusters(points), labels)


def test_more_than_a_full_matrix_holds_is_refused(monkeypatch):
    monkeypatch.setattr(published, "DENSE_LIMIT", 20)
    with pytest.raises(ConfigError, match=r"with 21 samples that is too much \(limit 20\)"):
        published_clusters(unit_rows(21, 3))


def test_few_samples_are_a_cluster_each():
    assert published_clusters(unit_rows(4, 3)).tolist() == [0, 1, 2, 3]


def test_score_and_order_are_read_by_hand(made):
    budget = 12
    setting = Setting(of_count(budget), selector="as-published-code")
    assert not setting.nested
    selection = select_from_run(made, setting)
    ranking = selection.ranking
    samples = made.samples
    own = ranking.own.labels
    total = made.divergence_at(1.0) * samples["response_tokens"].to_numpy(float) * np.log(2)
    cost = (samples["prompt_tokens"].to_numpy(float) + samples["output"].str.len()) ** 2
    efficiency = total / np.log(cost.to_numpy())
    damage = {k: total[own == k].mean() for k in np.unique(own)}
    whole = sum(damage.values())
    expected = []
    for k in sorted(damage):  # cluster after cluster, shares rounded down
        best = sorted(np.flatnonzero(own == k), key=lambda r: (-efficiency[r], r))
        expected.append((k, best, int(budget * damage[k] / whole + 1e-9)))
    taken = selection.rows.tolist()
    assert len(taken) <= budget
    place = 0
    for k, best, seats in expected:
        mine = [row for row in taken if own[row] == k]
        assert len(mine) <= seats
        assert taken[place : place + len(mine)] == mine
        assert [r for r in best if r in mine] == mine  # by efficiency; the graph may reject some
        place += len(mine)


def test_the_knobs_of_seats_do_not_change_it(made):
    rule = selector_of("as-published-code")
    assert (rule.allocation, rule.order) == (AllocationRule.PAPER, Order.CLUSTERWISE)
    plain = Setting(of_count(12), selector="as-published-code")
    other = plain.changed(allocation="sainte-lague", order="interleaved")
    rows = [select_from_run(made, setting).rows.tolist() for setting in (plain, other)]
    assert rows[0] == rows[1]


def test_the_scripts_own_divergence_can_be_brought(made):
    setting = Setting(of_count(12), selector="as-published-code")
    run = Run.open(made.path)
    brought = np.linspace(0, 3, run.n)
    run.samples[COLUMN] = brought
    np.testing.assert_array_equal(summed_divergence(candidates(run, setting)), brought)
    assert set(select_from_run(run, setting).rows) != set(select_from_run(made, setting).rows)
    run.samples[COLUMN] = ["high"] * run.n
    with pytest.raises(SelectionError, match=r"instruction_divergence .* does not have a number"):
        select_from_run(run, setting)


@pytest.mark.parametrize("knobs", [{"signal": "kl"}, {"aggregate": "sum"}, {"signal": "loss_gap"}])
def test_another_damage_is_not_taken_for_the_script_s_divergence(made, knobs):
    setting = Setting(of_count(12), selector="as-published-code", **knobs)
    with pytest.raises(SelectionError, match=r"sums the Jensen–Shannon divergence.* mean of jsd"):
        select_from_run(made, setting)
    hotter = select_from_run(made, setting.changed(signal="jsd", aggregate="mean", temperature=2.0))
    assert hotter.n_selected
