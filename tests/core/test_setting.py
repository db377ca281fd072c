"""One setting: it coerces and checks itself, is the key of what is remembered, and goes to YAML and back."""

from __future__ import annotations

from dataclasses import FrozenInstanceError, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from paser_core.config import (
    AllocationRule,
    ConceptsConfig,
    Order,
    dump_yaml,
    parse_config,
    parse_yaml,
)
from paser_core.errors import ConfigError
from paser_core.selection import Setting

IDS = st.lists(st.text(min_size=1, max_size=6), max_size=4, unique=True)
SETTINGS = st.builds(
    lambda ids, cut, **knobs: Setting(**knobs, forced_in=ids[:cut], forced_out=ids[cut:]),
    ids=IDS,
    cut=st.integers(0, 4),
    budget=st.sampled_from([0.2, 1.0, 800, "20 %", "1 sample"]),
    temperature=st.floats(0.25, 4.0),
    allocation=st.sampled_from(["sainte-lague", "paper"]),
    order=st.sampled_from(list(Order)),
    seed=st.integers(0, 9),
    concepts=st.builds(ConceptsConfig, per_sample=st.integers(0, 24)),
)


@given(SETTINGS)
def test_it_goes_to_yaml_and_back(setting):
    assert Setting.of_tree(parse_yaml(dump_yaml(setting.to_tree()), "here").tree) == setting


@given(SETTINGS)
def test_every_budget_has_one_ranking_exactly_where_selections_are_nested(setting):
    nested = (
        setting.allocation is AllocationRule.SAINTE_LAGUE and setting.order is Order.INTERLEAVED
    )
    other = replace(setting, budget=317)
    assert (other.ranking == setting.ranking) == nested
    for change in (
        {"temperature": 4.25 - setting.temperature / 16},
        {"order": next(order for order in Order if order is not setting.order)},
        {"seed": 10},
        {"concepts": ConceptsConfig(5, 5, 0.5)},
        {"forced_out": (*setting.forced_out, "another one")},
    ):
        changed = {**change}
        if "temperature" in changed:
            changed["temperature"] = 4.0 if setting.temperature < 4.0 else 0.25
        assert replace(setting, **changed).ranking != setting.ranking


def test_equal_settings_are_one_key_however_they_were_given():
    one = Setting("20 %", 1, "paper", "clusterwise", forced_in=["b", 7, "b"])
    two = Setting(0.2, 1.0, AllocationRule.PAPER, Order.CLUSTERWISE, forced_in=("b", "7"))
    assert one == two
    assert len({one, two, replace(two, forced_in=("7", "b"))}) == 2  # they enter in this order
    with pytest.raises(FrozenInstanceError):
        one.budget = 0.3


def test_it_starts_where_the_config_says():
    config = parse_config(
        {"selection": {"budget": 100, "order": "clusterwise"}, "concepts": {"per_sample": 3}}
    )
    setting = Setting.of(config, temperature=2)
    assert setting == Setting(100, 2.0, order="clusterwise", concepts=ConceptsConfig(3))


@pytest.mark.parametrize(
    ("made", "words"),
    [
        (lambda: Setting(selector="pasr"), r"selection\.selector is 'pasr'; .*paser"),
        (lambda: Setting(temperature=9), r"selection\.temperature is 9\.0; .*between 0\.25 and 4"),
        (lambda: Setting(forced_in="a"), "forced_in is 'a'; it must be a list of sample ids"),
        (lambda: Setting(forced_in=["a"], forced_out=["a"]), "'a' is forced in and forced out"),
        (lambda: Setting.of(parse_config({}), budgte=1.0), r"budgte is not a known .*budget"),
        (lambda: Setting.of_tree({"selection": {"forced_in": ["a"]}}), "forced_in is not a known"),
        (lambda: Setting.of_tree({"selection": 5}), "selection is 5; it must be a mapping"),
    ],
)
def test_what_is_not_accepted_is_said_when_it_is_made(made, words):
    with pytest.raises(ConfigError, match=words):
        made()
