"""What training takes, by arithmetic on paper; and the budget for so many GPU hours, by trying all."""

from __future__ import annotations

import json
import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from safetensors.numpy import load_file, save_file
from tiny_pools import make, pools

import paser_core as paser
from paser_core.cli import main
from paser_core.config import GoalConfig, SelectionConfig, describe
from paser_core.errors import ConfigError, SelectionError
from paser_core.explain.recoveries import Found, Recovered, found_beside
from paser_core.explain.training_cost import cost_of
from paser_core.models.compression import parameters_of
from paser_core.recover.cost import (
    PEAK,
    Accelerator,
    Model,
    Pace,
    TrainingConfig,
    TrainingCost,
    gpu_hours,
)
from paser_core.runs import Run
from paser_core.selection import Overrides, rank_samples, select
from paser_core.selection.goals import find_budget

DEMO = Path(__file__).parents[2] / "data" / "demo" / "run"
NAMES = [f"cluster {k}" for k in range(9)]
MEASURED = Pace(123.0, "measured by the recovery mine")
BILLION = Model(1_000_000_000, "the compressed model")
NONE = Found((), (), ())


def cost(**known):
    return TrainingCost.of(TrainingConfig(**known), None, None)


def recovered(name, trained="full", tokens=6000, seconds=12.0, trouble=None):
    return Recovered(
        Path(name), "paser", 5, 9, "Supervised", trained, trouble, None, 1.0, tokens, seconds
    )


def test_hours_are_tokens_times_epochs_by_tokens_a_second():
    assert cost(tokens_per_second=1000).hours(7_200_000) == 4.0  # 2 epochs, 2 hours each
    assert cost(tokens_per_second=500, epochs=3).hours(600_000) == 1.0
    assert cost(tokens_per_second=500, epochs=3).hours(0) == 0.0
    assert math.isnan(cost().hours(5))


@pytest.mark.parametrize(
    ("known", "parameters", "rate"),
    [
        ({"device": "H100", "adapter": "full"}, 10**9, 989e12 * 0.4 / 6e9),
        ({"device": "H100", "adapter": "lora"}, 10**9, 989e12 * 0.4 / 4e9),
        ({"device": "A100", "utilization": 1.0, "adapter": "full"}, 10**8, 312e12 / 6e8),
        # As `paser recover` decides.
        ({"device": "L4"}, 250_000_000, 121e12 * 0.4 / (6 * 250e6)),
        ({"device": "L4"}, 250_000_001, 121e12 * 0.4 / (4 * 250_000_001)),
    ],
)
def test_an_estimate_is_the_peak_by_the_operations_of_a_token(known, parameters, rate):
    model = Model(parameters, "the compressed model")
    found = TrainingCost.of(TrainingConfig(**known), None, model)
    assert found.pace.tokens_per_second == pytest.approx(rate, rel=1e-12)
    for said in ("estimated", f"{parameters:,} parameters", known["device"], "padding is not"):
        assert said in found.how


def test_every_device_that_can_be_named_has_a_peak():
    assert set(PEAK) == set(Accelerator)
    assert all(1e13 < peak < 1e16 for peak in PEAK.values())


def test_what_a_person_says_comes_first_then_the_device_they_name_then_what_was_measured():
    def paid(**known):
        return TrainingCost.of(TrainingConfig(**known), MEASURED, BILLION)

    assert paid(tokens_per_second=7, device="L4").pace == Pace(7.0, "as given")
    assert "estimated" in paid(device="L4").pace.known_by
    assert paid().pace == MEASURED
    assert "measured by the recovery mine" in paid().told(10)


def test_nothing_is_guessed_what_to_set_is_said():
    nothing = cost()
    assert nothing.pace is None
    for said in ("no finished recovery of", "training.tokens_per_second", "H100"):
        assert said in nothing.told(10)
    assert "with lora of this run" in cost(adapter="lora").unknown
    without = TrainingCost.of(TrainingConfig(device="H100"), MEASURED, None)
    assert without.pace is None  # a person asked for that device, and not for another
    assert "how many parameters" in without.unknown
    assert "training.tokens_per_second" in without.unknown


@pytest.mark.parametrize(
    ("hours", "text"),
    [
        (0, "0.00"),
        (1e-9, "<0.000001"),
        (0.00001234, "0.000012"),
        (0.0123456, "0.0123"),
        (1.3149, "1.31"),
        (23.456, "23.5"),
        (1234.5, "1,234"),
        (1e12, "1,000,000,000,000"),
    ],
)
def test_hours_are_written_with_three_digits(hours, text):
    assert gpu_hours(hours) == f"{text} GPU hours"


@pytest.mark.parametrize(
    ("known", "words"),
    [
        ({"tokens_per_second": 0}, r"training\.tokens_per_second is 0.* at least 0\.01"),
        ({"tokens_per_second": -5}, "at least"),
        ({"tokens_per_second": math.nan}, "finite"),
        ({"tokens_per_second": math.inf}, "finite"),
        ({"tokens_per_second": "fast"}, "a number"),
        ({"epochs": 0}, "between 1 and 1000"),
        ({"epochs": 1.5}, "whole number"),
        ({"device": "h100"}, "accepted: .*Did you mean 'H100'"),
        ({"utilization": 0}, "between"),
        ({"utilization": 40}, r"between 0\.001 and 1"),
        ({"adapter": "half"}, "accepted: auto, lora, full"),
        ({"speed": 3}, "tokens_per_second"),
    ],
)
def test_what_is_said_of_the_training_is_checked(known, words):
    with pytest.raises(ConfigError, match=words):
        TrainingConfig.of_tree(known)


@pytest.mark.parametrize(
    ("value", "words"),
    [(-1, "at least 0"), (math.nan, "finite"), (math.inf, "finite"), ("long", "a number")],
)
def test_the_goal_checks_itself(value, words):
    with pytest.raises(ConfigError, match=words) as caught:
        GoalConfig(gpu_hours=value)
    assert "goal.gpu_hours" in str(caught.value)


@given(pools(), st.floats(0, 2), st.integers(1, 5), st.floats(0.5, 50))
def test_the_budget_for_hours_is_the_largest_that_trying_all_finds(pool, share, epochs, rate):
    overrides = Overrides()
    config = SelectionConfig(1.0)
    ranking = rank_samples(pool, config, overrides)
    assume((ranking.rank > 0).any() and pool.tokens[ranking.rank > 0].any())
    known = TrainingCost(epochs, Pace(rate, "as said"))
    everything = ranking.at(pool.n).n_selected
    whole = int(pool.tokens[ranking.rank > 0].sum())
    hours = share * whole * epochs / rate / 3600
    found = find_budget(ranking, GoalConfig(gpu_hours=hours), NAMES, known)
    good = []
    for budget in range(1, everything + 1):
        rows = select(pool, SelectionConfig(float(budget) if budget > 1 else "1 sample")).rows
        # In seconds: the other way around than the goal reckons.
        needed = float(pool.tokens[rows].sum()) * epochs
        if needed <= hours * 3600 * rate * (1 + 1e-9):
            good.append(budget)
    assert found.budget == (good[-1] if good else None)
    assert found.reason.endswith(".")


def test_too_few_hours_say_how_many_would_do_and_those_do():
    pool = make([0.5] * 3, [1800] * 3, [0] * 3, [[]] * 3)
    ranking = rank_samples(pool, SelectionConfig(1.0))
    known = cost(tokens_per_second=1, epochs=1)  # half an hour each
    for value in (0, 0.1):
        found = find_budget(ranking, GoalConfig(gpu_hours=value), NAMES, known)
        assert not found.reached
        assert "Ask for gpu_hours=0.5 or more." in found.reason
    assert find_budget(ranking, GoalConfig(gpu_hours=0.5), NAMES, known).budget == 1
    one = find_budget(ranking, GoalConfig(gpu_hours=1.2), NAMES, known)
    assert one.budget == 2
    assert "1.00 GPU hours" in one.reason
    assert "the next one would go beyond 1.20 GPU hours" in one.reason
    everything = find_budget(ranking, GoalConfig(gpu_hours=1e300), NAMES, known)
    assert everything.budget == 3
    assert "everything that can be accepted" in everything.reason


def test_what_is_asked_for_instead_is_never_too_little():
    pool = make([0.5], [1237], [0], [[]])
    ranking = rank_samples(pool, SelectionConfig(1.0))
    for rate in np.geomspace(0.011, 1e6, 40):
        known = TrainingCost(3, Pace(float(rate), "as said"))
        said = find_budget(ranking, GoalConfig(gpu_hours=0), NAMES, known).reason
        asked = float(said.rpartition("gpu_hours=")[2].split()[0])
        found = find_budget(ranking, GoalConfig(gpu_hours=asked), NAMES, known)
        assert found.budget == 1, said


def test_beside_another_goal_it_is_a_bound():
    pool = make([0.5] * 6, [3600] * 6, [0, 0, 1, 1, 2, 2], [[]] * 6)
    ranking = rank_samples(pool, SelectionConfig(1.0))
    known = cost(tokens_per_second=1, epochs=1)  # an hour each
    both = find_budget(ranking, GoalConfig(covered=0.5, gpu_hours=6), NAMES, known)
    assert both.budget == 3
    assert "of at most 6.00 GPU hours" in both.reason
    apart = find_budget(ranking, GoalConfig(covered=1.0, gpu_hours=3), NAMES, known)
    assert "gpu_hours=3 takes at most 3 samples" in apart.reason


@pytest.mark.parametrize("known", [None, cost(), cost(adapter="lora")])
def test_where_nothing_is_known_the_goal_is_one_clear_error(known):
    ranking = rank_samples(make([0.5], [8], [0], [[]]), SelectionConfig(1.0))
    with pytest.raises(
        SelectionError, match=r"gpu_hours=2 cannot be looked for.*training\.tokens_per_second"
    ):
        find_budget(ranking, GoalConfig(gpu_hours=2), NAMES, known)


def test_the_last_recovery_that_counts_is_gone_by():
    run = Run.open(DEMO)
    there = Found(
        (
            recovered("diverged", trouble="the loss doubled"),
            recovered("at-once", seconds=0.0),
            recovered("adapter", "lora", 5000, 10.0),
            recovered("whole", "full", 6000, 12.0),
        ),
        (),
        (),
    )
    last = cost_of(run, TrainingConfig(), there)
    assert last.pace.tokens_per_second == 500
    assert "the recovery adapter, Supervised, lora" in last.how
    assert "whole" in cost_of(run, TrainingConfig(adapter="full"), there).how
    assert cost_of(run, TrainingConfig(), NONE).pace is None


def test_the_size_of_the_model_is_that_of_its_weights(tmp_path):
    run = Run.open(DEMO)
    folder = DEMO.parents[2] / run.manifest["models"]["compressed"]["name"]
    counted = sum(
        array.size for file in folder.glob("*.safetensors") for array in load_file(file).values()
    )
    assert parameters_of({"name": str(folder)}) == counted
    # Written down when it was measured: the folder may be gone.
    facts = "6,738,415,616 parameters, 13.5 GB, BF16"
    assert parameters_of({"name": "gone", "facts": facts}) == 6_738_415_616
    assert parameters_of({"name": "gone"}) is None
    packed = "800,000 parameters, 3.2 MB, compressed-tensors, 4 bits"
    assert parameters_of({"name": "gone", "facts": packed}) is None
    told = "rtn: 4.0 bits a weight in linear layers, 16 values a row at most (counted)"
    assert parameters_of({"name": "gone", "facts": f"{packed}, {told}"}) == 800_000
    save_file({"weight": np.ones((3, 5), np.float32)}, tmp_path / "model.safetensors")
    config = tmp_path / "config.json"
    config.write_text("{}")
    assert parameters_of({"name": str(tmp_path)}) == 15
    config.write_text(json.dumps({"quantization_config": {"quant_method": "gptq", "bits": 4}}))
    assert parameters_of({"name": str(tmp_path)}) is None


def test_of_packed_weights_the_size_of_the_original_is_taken_and_said():
    run = Run.open(DEMO)
    facts = {
        "original": {"name": "a", "facts": "1,000 parameters, 0.0 MB, F32"},
        "compressed": {"name": "b", "facts": "500 parameters, 0.0 MB, gptq, 4 bits"},
    }
    packed = Run(run.path, run.manifest | {"models": facts})
    found = cost_of(packed, TrainingConfig(device="A100"), NONE)
    assert "1,000 parameters of the original model" in found.how
    none = Run(run.path, run.manifest | {"models": {r: {"name": "gone"} for r in facts}})
    assert "how many parameters" in cost_of(none, TrainingConfig(device="A100"), NONE).unknown


def test_shell_and_python_say_the_same(tmp_path, capsys):
    training = {"tokens_per_second": 2000, "epochs": 3}
    found = paser.open(DEMO).budget_for(gpu_hours=0.02, training=training)
    given_ = [part for name, v in training.items() for part in ("--training", f"{name}={v}")]
    out = tmp_path / "x"
    assert main(["select", str(DEMO), "--goal", "gpu_hours=0.02", *given_, "--out", str(out)]) == 0
    said = capsys.readouterr().out
    assert f"Goal gpu_hours=0.02: {found.reason}" in said
    sel = paser.open(DEMO).select(found.setting)
    told = sel.training_cost(**training)
    assert told in said
    assert f"{int(sel.run.tokens[sel.answer.rows].sum()):,} tokens" in told
    # So many tokens are so many hours.
    tokens = int(0.02 * 3600 * 2000 / 3)
    assert found.budget == paser.open(DEMO).budget_for(tokens=tokens).budget
    assert found_beside(Run.open(DEMO)).recoveries == ()


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--goal", "gpu_hours=2"], ["gpu_hours=2 cannot be looked for", "tokens_per_second"]),
        (["--training", "tokens_per_second=0"], ["--training tokens_per_second=0", "at least"]),
        (["--training", "speed=9"], ["--training speed=9", "tokens_per_second"]),
        (["--training", "epochs"], ["--training epochs", "NAME=VALUE"]),
        (["--training", "epochs=1", "--training", "epochs=2"], ["given twice"]),
        (["--goal", "gpu_hours=-2"], ["--goal gpu_hours=-2", "at least 0"]),
    ],
)
def test_mistakes_are_told_in_one_sentence(options, said, tmp_path, capsys):
    assert main(["select", str(DEMO), *options, "--out", str(tmp_path / "x")]) == 2
    told = capsys.readouterr().err
    assert all(part in told for part in said)
    assert not (tmp_path / "x").exists()


def test_the_help_says_of_the_training_what_its_fields_say(capsys):
    with pytest.raises(SystemExit):
        main(["select", "--help"])
    told = " ".join(capsys.readouterr().out.split())
    for field in describe(TrainingConfig).values():
        assert " ".join(field.help.replace("`", "").split()) in told
