"""InstructMining's procedure: the regression by closed forms, and real fine-tunings of a real model."""

from __future__ import annotations

import numpy as np
import pytest
from slow_reading import SlowReader

from paser_core.config import ScoresConfig
from paser_core.errors import SelectionError
from paser_core.measure.scores.make import make_scores
from paser_core.measure.scores.mining import regress
from paser_core.selection import Setting
from paser_core.selection.of_run import select_from_run


def test_the_regression_finds_what_made_the_losses():
    chance = np.random.default_rng(3)
    pool = chance.normal(size=(400, 4)) * [5, 0.1, 1, 0] + [20, 0.5, 2, 7]
    means = np.array([pool[chance.choice(400, 20)].mean(axis=0) for _ in range(30)])
    target = 0.4 + 0.02 * means[:, 0] - 3 * means[:, 1]
    fit = regress(target, means, pool)
    assert fit.r2 == pytest.approx(1)
    assert fit.adjusted_r2 == pytest.approx(1)
    spread = pool.std(axis=0)
    np.testing.assert_allclose(
        fit.coefficients, [0.02 * spread[0], -3 * spread[1], 0, 0], atol=1e-9
    )
    np.testing.assert_allclose(fit.predict(pool), 0.4 + 0.02 * pool[:, 0] - 3 * pool[:, 1])
    noise = chance.normal(size=30)
    blind = regress(noise, means, pool)
    design = np.column_stack([np.ones(30), means[:, :3]])
    rest = noise - design @ np.linalg.lstsq(design, noise, rcond=None)[0]
    r2 = 1 - (rest**2).sum() / ((noise - noise.mean()) ** 2).sum()
    assert blind.r2 == pytest.approx(r2)
    assert blind.adjusted_r2 == pytest.approx(1 - (1 - r2) * 29 / 25)


def test_fine_tunings_are_real_and_the_ranking_is_their_regression(run):
    config = ScoresConfig(subsets=7, subset_size=6, held_out=8, lr=1e-3)
    scores = make_scores(run, "instruction-mining", config)
    told = scores.manifest["regression"]
    subsets = [[run.row_of[i] for i in ids] for ids in told["subsets"]]
    apart = [run.row_of[i] for i in told["held_out"]]
    assert not set(apart) & {row for subset in subsets for row in subset}
    assert len(set(map(tuple, subsets))) == 7

    # The losses are those after training: none is the untrained model's, which is read slowly here.
    reader = SlowReader("compressed")
    before = np.mean(
        [
            np.mean(reader.losses(*reader.split(run.conversation(row).messages)))
            for row in apart
        ]
    )  # fmt: skip
    assert all(abs(loss - before) > 1e-4 for loss in told["losses"])
    assert len(set(told["losses"])) == 7

    # Length, IFD, log-perplexity and distance, and what they predict, by plain numpy.
    ifd = run.scores("ifd", config)
    known = np.flatnonzero(np.isfinite(scores.column("predicted")))
    given, alone = ifd.column("given"), ifd.column("alone")
    vectors = np.load(run.path / "embeddings.npy")
    table = []
    for row in known:
        others = [o for o in known if o != row]
        distance = np.sort(np.linalg.norm(vectors[others] - vectors[row], axis=1))[5]
        length = len(reader.split(run.conversation(int(row)).messages)[1])
        table.append([length, given[row] / alone[row], given[row], distance])
    table = np.array(table)
    stored = [scores.column(c)[known] for c in ("length", "ifd", "perplexity", "distance")]
    np.testing.assert_allclose(np.column_stack(stored), table, rtol=1e-4, atol=1e-5)
    place = {row: i for i, row in enumerate(known)}
    means = np.array([table[[place[r] for r in subset]].mean(axis=0) for subset in subsets])
    solved = np.linalg.lstsq(
        np.column_stack([np.ones(7), means]), np.log(told["losses"]), rcond=None
    )[0]
    expected = solved[0] + table @ solved[1:]
    np.testing.assert_allclose(scores.column("predicted")[known], expected, rtol=1e-3, atol=1e-3)

    setting = Setting.of(run, selector="instruction-mining", budget=1.0, scores=config)
    selection = select_from_run(run, setting)
    predicted = scores.column("predicted")[known]
    assert selection.rows.tolist() == known[np.argsort(predicted, kind="stable")].tolist()
    (notice,) = [n for n in scores.notices if n.code == "own-coefficients"]
    assert f"R² {told['r2']:.2f}" in notice.text
    assert "by chance an R² of 0.67" in notice.text


def test_a_pool_that_is_too_small_is_one_sentence(run):
    with pytest.raises(SelectionError, match=r"held_out = 256.*Change these settings"):
        make_scores(run, "instruction-mining", ScoresConfig())
    config = ScoresConfig(subsets=3, subset_size=6, held_out=8)
    with pytest.raises(SelectionError, match="subsets = 3"):
        make_scores(run, "instruction-mining", config)
