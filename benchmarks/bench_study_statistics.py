"""Studies whose truth is known: how often nothing is taken for something, and how often intervals hold.

779 items of 12 capabilities, two arms of trained models, 2,000 studies of each kind (made_studies.py says
what varies). Beside ours stand tests that forget something, and the two-way bootstrap that draws seeds and
items again. Required of ours with 5 seeds: nothing found in at least 93.5 % of the studies where nothing is,
and intervals of the mean score and the mean retention that hold the truth in at least 93.5 %.

    python benchmarks/bench_study_statistics.py [--studies 2000]
"""

from __future__ import annotations

import argparse
import sys

import numpy as np
from made_studies import (
    CHANCE,
    EVEN,
    GIVEN,
    MANY_BAD,
    MENDED,
    ONE_BAD,
    ORIGINAL,
    SIZES,
    WORLDS,
    Floats,
    Plan,
    World,
    draw_arm,
    draw_items,
    study_many,
    truth,
)
from scipy import stats

from paser_core.study.statistics import (
    Measure,
    Questions,
    clustered_spearman,
    difference,
    mcnemar_over_seeds,
    minimum_detectable_effect,
    spearman,
)
from paser_core.study.statistics.spread import group_of

ENOUGH = 0.935
QUESTIONS = Questions([name for name, n in zip(GIVEN.names, SIZES, strict=True) for _ in range(n)])
ARMS = {
    "all 2.5 points": (EVEN, EVEN - 0.025),
    "worst mended": (ONE_BAD, MENDED),
    "many bad, one bad": (MANY_BAD, ONE_BAD),
}


def nothing(studies: int) -> bool:
    print(f"{'nothing there: found in':<26} seeds  {'mean':>7} {'retention':>9} {'worst':>7}")
    missed = False
    kinds = [(name, (s, s)) for name in WORLDS for s in (2, 3, 5)] + [("realistic", (5, 2))]
    rows = [(name, seeds, Plan(WORLDS[name], seeds, studies=studies)) for name, seeds in kinds]
    for s in (2, 3, 5):
        plan = Plan(
            WORLDS["seeds far apart"], (s, s), other_world=WORLDS["seeds alike"], studies=studies
        )
        rows.append(("one arm far apart", (s, s), plan))
    for name, seeds, plan in rows:
        found = [one.rejected() for one in study_many([EVEN], [EVEN], plan).values()]
        missed |= seeds == (5, 5) and max(found) > 1 - ENOUGH
        print(f"  {name:<24} {seeds[0]}, {seeds[1]}   " + "  ".join(f"{x:7.1%}" for x in found))
    for s in (2, 5):
        plan = Plan(seeds=(s, s), studies=studies)
        levels = [EVEN, MANY_BAD, ONE_BAD]
        found = [one.rejected() for one in study_many(levels, levels, plan).values()]
        print(f"  {'three compressions':<24} {s}, {s}   " + "  ".join(f"{x:7.1%}" for x in found))
    return missed


def something(studies: int) -> bool:
    print(
        "\nsomething there, 5 seeds: the interval holds it · it is found · the mean of the estimates"
    )
    missed = False
    for kind, (first, second) in ARMS.items():
        for name in ("realistic", "seeds alike", "other items"):
            world = WORLDS[name]
            for measure, one in study_many([first], [second], Plan(world, studies=studies)).items():
                true = truth(measure, first, world) - truth(measure, second, world)
                holds = one.covers(true)
                missed |= holds < ENOUGH
                print(
                    f"  {kind:<18} {name:<12} {measure:<15} {holds:6.1%} · {one.rejected():6.1%} · "
                    f"{one.values.mean():+.3f} of {true:+.3f}"
                )
    return missed


def two_way_bootstrap(a: Floats, b: Floats, chance: np.random.Generator, draws: int) -> float:
    """p of the bootstrap that draws items, and seeds of each arm: a (S, items), b (S, items)."""
    seeds, items = len(a), a.shape[1]
    items_drawn = chance.multinomial(items, np.full(items, 1 / items), draws) / items

    def means(arm: Floats) -> Floats:
        drawn = chance.multinomial(seeds, np.full(seeds, 1 / seeds), draws) / seeds
        return np.asarray(((items_drawn @ arm.T) * drawn).sum(axis=1))

    gaps = means(a) - means(b)
    return 2 * min(float((gaps <= 0).mean()), float((gaps >= 0).mean()))


def others(studies: int) -> None:
    print("\nwhat other tests find where nothing is (5 seeds)")
    for name in ("realistic", "seeds alike", "other items"):
        chance = np.random.default_rng(0)
        hardness = draw_items(chance, studies)
        a, b = (draw_arm(chance, hardness, EVEN, 5, WORLDS[name]) for _ in range(2))
        means = stats.ttest_ind(a.mean(axis=2), b.mean(axis=2), axis=1, equal_var=False).pvalue
        items = stats.ttest_1samp(a.mean(axis=1) - b.mean(axis=1), 0, axis=1).pvalue
        pairs = list(zip(a, b, strict=True))
        made = [mcnemar_over_seeds(x, y) for x, y in pairs]
        drawn = [two_way_bootstrap(x, y, chance, 400) for x, y in pairs[:200]]
        for label, p in (
            ("t-test over seeds", means),
            ("t-test over items", items),
            ("McNemar, majority", [one.majority.p for one in made]),
            ("McNemar, all seeds", [one.p for one in made]),
            ("two-way bootstrap", drawn),
        ):
            print(f"  {name:<12} {label:<20} {(np.asarray(p) < 0.05).mean():6.1%} of {len(p)}")


def detectable(studies: int) -> None:
    print("\nthe effect that 80 % of the studies should find, of 60 comparisons, and how many do;")
    print("the least and the most that a dozen of them alone would say")
    for name in ("realistic", "seeds alike", "other items"):
        chance = np.random.default_rng(0)
        hardness = draw_items(chance, 60)
        a, b = (draw_arm(chance, hardness, EVEN, 5, WORLDS[name]) for _ in range(2))
        made = [difference(x, y, QUESTIONS) for x, y in zip(a, b, strict=True)]
        for seeds in (3, 5):
            effect = minimum_detectable_effect(made, seeds=seeds)
            plan = Plan(WORLDS[name], (seeds, seeds), studies=studies, measures=(Measure.MEAN,))
            found = study_many([EVEN], [EVEN - effect], plan)[Measure.MEAN].rejected()
            dozens = [
                100 * minimum_detectable_effect(made[i : i + 12], seeds=seeds)
                for i in range(0, 60, 12)
            ]
            print(
                f"  {name:<12} {seeds} seeds: {100 * effect:.1f} points, found in {found:.0%}; "
                f"{min(dozens):.1f} to {max(dozens):.1f}"
            )


def worst(studies: int) -> None:
    """Two meanings of the worst capability of an arm: of each seed, and of the mean over seeds."""
    print(
        "\nworst retention of an arm (5 seeds): how far off in the mean, and s.d. of a difference"
    )
    above = ORIGINAL - CHANCE
    for name, levels in (("even", EVEN), ("many bad", MANY_BAD), ("one bad", ONE_BAD)):
        chance = np.random.default_rng(0)
        hardness = draw_items(chance, studies)
        a, b = (draw_arm(chance, hardness, levels, 5, World()) for _ in range(2))
        groups = [group_of(arm, Measure.WORST, GIVEN) for arm in (a, b)]
        of_means = [
            np.minimum((GIVEN.per_capability(arm).mean(axis=1) - CHANCE) / above, 1).min(axis=1)
            for arm in (a, b)
        ]
        each = truth(Measure.WORST, levels, World())
        mean = float(np.minimum((levels - CHANCE) / above, 1).min())
        for label, true, (x, y) in (
            ("of each seed, observed", each, [group.observed for group in groups]),
            ("of each seed, estimated", each, [group.values.mean(axis=-1) for group in groups]),
            ("of the mean over seeds", mean, of_means),
        ):
            print(f"  {name:<9} {label:<24} {x.mean() - true:+.3f}, {(x - y).std():.3f}")


def ranks(studies: int) -> None:
    print("\nrank correlations: the interval holds the truth")
    chance = np.random.default_rng(0)
    for n in (12, 36):
        for r in (0.0, 0.5, 0.8, 0.9):
            true, held = 6 / np.pi * np.arcsin(r / 2), 0
            for _ in range(studies):
                x = chance.standard_normal(n)
                y = r * x + np.sqrt(1 - r * r) * chance.standard_normal(n)
                found = spearman(x, y)
                held += found.low is not None and found.low <= true <= (found.high or 0)
            print(f"  {n} points, ρ {true:.2f}: {held / studies:.1%}")
    for within in (False, True):
        held, plain = 0, 0
        for _ in range(studies // 4):
            x, y = chance.standard_normal((2, 1, 12)) + 0.5 * chance.standard_normal((2, 3, 12))
            found, naive = clustered_spearman(x, y, within=within), spearman(x, y)
            held += found.low is not None and found.low <= 0 <= (found.high or 0)
            plain += naive.low is not None and naive.low <= 0 <= (naive.high or 0)
        kind = "within compressions" if within else "all points"
        count = studies // 4
        print(
            f"  12 capabilities × 3 compressions, {kind}: {held / count:.1%}"
            f" (36 points taken as independent: {plain / count:.1%})"
        )


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--studies", type=int, default=2000, help="a multiple of 100")
    studies = parser.parse_args().studies
    arm = draw_arm(
        np.random.default_rng(0), draw_items(np.random.default_rng(1), 200), EVEN, 5, World()
    )
    spread = arm.mean(axis=2).std(axis=1, ddof=1).mean()
    print(f"s.d. of a model's mean score over seeds, realistic: {spread:.4f}\n")
    missed = nothing(studies)
    missed |= something(studies)
    others(min(studies, 1000))
    detectable(studies)
    worst(studies)
    ranks(studies)
    print(f"\nrequired with 5 seeds: {ENOUGH:.1%}: {'MISSED' if missed else 'reached'}")
    return int(missed)


if __name__ == "__main__":
    sys.exit(main())
