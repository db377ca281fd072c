"""Every section coerces and checks itself, alone and from Python."""

from __future__ import annotations

import dataclasses
import pickle
import typing
from enum import StrEnum
from pathlib import Path

import config_docs
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from paser_core.config import (
    DataConfig,
    Kernel,
    ManifoldConfig,
    ModelsConfig,
    RunConfig,
    Section,
    SelectionConfig,
    Template,
    describe,
    dump_config,
    option,
    parse_config,
    to_tree,
)
from paser_core.errors import ConfigError

SECTIONS = [cls for _, cls in config_docs.sections()]
FIELDS = [
    (cls, field.name, typing.get_type_hints(cls)[field.name], f"{path}.{field.name}".lstrip("."))
    for path, cls in config_docs.sections()
    for field in dataclasses.fields(cls)
]
ENUMS = [
    (cls, name, hint, path)
    for cls, name, hint, path in FIELDS
    if isinstance(hint, type) and issubclass(hint, StrEnum)
]
RANGES = {p: (f.low, f.high) for p, f in describe(RunConfig).items() if f.low is not None}
# A second value of each field that has to change with another one.
PARTNERS = {"models.original": {"compressed": "b"}, "models.compressed": {"original": "a"}}


def test_there_are_options_to_look_at():
    assert len(ENUMS) >= 7
    assert all(issubclass(cls, Section) for cls in SECTIONS)


@pytest.mark.parametrize(("cls", "name", "enum", "path"), ENUMS, ids=[e[3] for e in ENUMS])
def test_a_text_and_the_option_it_names_are_the_same(cls, name, enum, path):
    for member in enum:
        by_text = cls(**{name: str(member)})
        for other in (
            cls(**{name: member}),
            dataclasses.replace(cls(), **{name: str(member)}),
            cls.of_tree({name: str(member)}),
            pickle.loads(pickle.dumps(by_text)),
        ):
            assert getattr(other, name) is member  # what `is` in the stages looks at
            assert other == by_text
            assert hash(other) == hash(by_text)


@pytest.mark.parametrize(("cls", "name", "enum", "path"), ENUMS, ids=[e[3] for e in ENUMS])
@pytest.mark.parametrize("wrong", ["", "Auto!", 0, None, True, ["auto"], 1.5, {}])
def test_a_name_that_is_none_is_refused_by_every_door(cls, name, enum, path, wrong):
    for make in (
        lambda: cls(**{name: wrong}),
        lambda: dataclasses.replace(cls(), **{name: wrong}),
        lambda: cls.of_tree({name: wrong}),
    ):
        with pytest.raises(ConfigError) as caught:
            make()
        assert caught.value.field == path
        assert path in str(caught.value)
        assert all(str(member) in str(caught.value) for member in enum)


def test_a_slip_names_the_nearest():
    with pytest.raises(ConfigError, match=r"models\.template is 'alpacca'.*mean 'alpaca'"):
        ModelsConfig(template="alpacca")


@pytest.mark.parametrize("path", list(RANGES))
def test_a_section_alone_knows_its_ranges(path):
    (cls, name) = next((cls, name) for cls, name, _, known in FIELDS if known == path)
    low, high = RANGES[path]
    for value in (low - 1, None if high is None else high + 1, float("nan"), 10**400):
        if value is None or (value == 10**400 and high is None):
            continue
        with pytest.raises(ConfigError, match=name) as caught:
            cls(**{name: value})
        assert caught.value.field == path
        assert len(str(caught.value)) < 400


ANY = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=9)
    | st.sampled_from(["auto", "none", "knn", "cpu", "1e-3", Path("x"), np.int64(7), b"x"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=5,
)


@given(which=st.sampled_from(FIELDS), value=ANY)
def test_whatever_is_given_is_coerced_or_refused(which, value):
    """Exactly one of two: the field holds its own type, or one short sentence names it."""
    cls, name, hint, path = which
    partner = PARTNERS.get(path, {}) if value is not None else {}
    said = ""
    try:
        made = cls(**{name: value}, **partner)
    except ConfigError as error:
        said = str(error)
    if said:
        assert path in said
        assert len(said) < 600
        return
    held = getattr(made, name)
    kinds = (tuple,) if typing.get_origin(hint) is tuple else typing.get_args(hint) or (hint,)
    assert type(held) in kinds
    assert cls.of_tree(to_tree(made)) == made
    assert cls.of_tree({name: held} | (PARTNERS.get(path, {}) if held is not None else {})) == made


def test_numbers_and_paths_of_libraries_are_taken():
    config = RunConfig(
        seed=np.uint8(3),
        data={"path": Path("pool.jsonl"), "limit": np.int32(9)},
        selection=SelectionConfig(temperature=np.float32(1.5)),
        manifold=None,
    )
    assert (config.seed, config.data) == (3, DataConfig(path="pool.jsonl", limit=9))
    assert type(config.selection.temperature) is float
    assert config.manifold == ManifoldConfig()
    assert parse_config(to_tree(config)) == config
    assert "pool.jsonl" in dump_config(config)


def test_combinations_without_sense_are_refused_alone_too():
    with pytest.raises(ConfigError, match=r"models\.compressed is missing"):
        ModelsConfig(original="a")
    with pytest.raises(ConfigError, match="k_min"):
        parse_config({"clustering": {"k_min": 9, "k_max": 4}})


def test_functions_take_a_text_for_an_option():
    assert option(Kernel, "dense", "kernel") is Kernel.DENSE
    assert option(Template, Template.CHAT, "template") is Template.CHAT
    with pytest.raises(ConfigError, match=r"kernel is 'dens'; accepted: knn, dense.*'dense'"):
        option(Kernel, "dens", "kernel")
