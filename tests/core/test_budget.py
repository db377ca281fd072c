"""One knob, two units: what is understood, and that it is never guessed."""

from __future__ import annotations

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from paser_core.config import ONE, SelectionConfig, budget_text, load_config, of_count, read_budget
from paser_core.errors import ConfigError
from paser_core.selection import budget_told, resolve_budget

N = 4178
UNDERSTOOD = {
    "1.0": N, "1.": N, "100%": N, "100 %": N, "100.0 %": N, "1e0": N, "0.2": 836, ".2": 836,
    "20%": 836, "20 %": 836, "2e-1": 836, "0": 0, "0.0": 0, "0 %": 0, "0.5%": 21, "800": 800,
    "800.0": 800, "800 samples": 800, "1,200": 1200, "1,200 samples": 1200, "1 sample": 1,
    "1 samples": 1, " 1  sample ": 1, "2": 2, "99999": 99999,
}  # fmt: skip
REJECTED = [
    "1", " 1 ", "01", "1.5", "all", "", "-1", "-0.2", "nan", "inf", "101 %", "1,2", "20 % of it", "0x10",
    "1_0", "9" * 50, "0." + "9" * 5000, "1 smaple", None, True, False, [], {}, b"1", 1, -1, 1.5, float("nan"),
    float("inf"), 10**400, 1j,
]  # fmt: skip


@pytest.mark.parametrize(("text", "samples"), UNDERSTOOD.items())
def test_texts_are_understood(text, samples):
    assert resolve_budget(text, N) == samples
    config = SelectionConfig(budget=text)
    assert resolve_budget(config.budget, N) == samples
    assert SelectionConfig.of_tree({"budget": config.budget}) == config
    assert read_budget(budget_text(config.budget)) == config.budget


@pytest.mark.parametrize("value", REJECTED, ids=lambda v: repr(v)[:20])
def test_what_could_be_anything_is_asked_back(value):
    with pytest.raises(ConfigError, match="budget") as caught:
        SelectionConfig(budget=value)
    said = str(caught.value)
    assert "1.0" in said  # how everything is written stands in every answer
    assert "number of samples" in said or "for one" in said
    assert len(said) < 400


@given(st.floats(0, 1), st.integers(1, 10**6))
def test_a_share_is_a_share_up_to_the_whole(share, n):
    samples = resolve_budget(share, n)
    assert abs(samples - share * n) <= 0.5 + 1e-9 * n
    assert resolve_budget(1.0, n) == n
    assert resolve_budget(budget_text(read_budget(share)), n) == samples


@given(st.integers(0, 10**9), st.integers(1, 10**6))
def test_a_number_of_samples_is_that_number(samples, n):
    budget = of_count(samples)
    assert resolve_budget(budget, n) == samples
    assert resolve_budget(budget_text(budget), n) == samples
    if samples > 1:
        assert resolve_budget(samples, n) == resolve_budget(float(samples), n) == samples


def test_one_sample_and_everything_are_never_equal():
    one, everything = SelectionConfig(budget=ONE), SelectionConfig(budget=1.0)
    assert one != everything
    assert (resolve_budget(one.budget, N), resolve_budget(everything.budget, N)) == (1, N)


@pytest.mark.parametrize(
    ("budget", "told"),
    [
        (1.0, "1.0 = 100 % of 4,178 samples = 4,178"),
        (0.2, "0.2 = 20 % of 4,178 samples = 836"),
        ("800", "800 = 19.1 % of 4,178 samples"),
        (ONE, "1 sample = <0.1 % of 4,178 samples"),
    ],
)
def test_what_was_understood_is_told(budget, told):
    assert budget_told(read_budget(budget), N) == told


def test_a_share_of_few_samples_is_told_as_it_was_asked():
    assert budget_told(0.2, 24) == "0.2 = 20 % of 24 samples = 5"


def test_yaml_keeps_the_difference(tmp_path):
    file = tmp_path / "c.yaml"
    for text, samples in (("1.0", N), ("20%", 836), ("1 sample", 1), ("300", 300), ("0.5", 2089)):
        file.write_text(f"selection: {{budget: {text}}}\n")
        assert resolve_budget(load_config(file).selection.budget, N) == samples
        options = [f"selection.budget={text}"]
        assert load_config(file, options).selection == load_config(file).selection
    file.write_text("seed: 1\nselection:\n  budget: 1\n")
    with pytest.raises(ConfigError, match=r"c\.yaml:3: selection\.budget is 1, which could be"):
        load_config(file)
    assert yaml.safe_load("budget: 1.0") == {"budget": 1.0}
