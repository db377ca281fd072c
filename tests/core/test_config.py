from __future__ import annotations

import dataclasses
import json
from enum import StrEnum
from pathlib import Path

import config_docs
import jsonschema
import numpy as np
import pytest
import torch
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from paser_core import config as config_module
from paser_core import errors
from paser_core.config import (
    RunConfig,
    SelectionConfig,
    describe,
    dump_config,
    load_config,
    parse_config,
    to_tree,
)
from paser_core.errors import ConfigError
from paser_core.stages import phrases

SECTIONS = config_docs.sections()
FIELDS = [
    (f"{path}.{field.name}" if path else field.name, cls, field)
    for path, cls in SECTIONS
    for field in dataclasses.fields(cls)
]
DESCRIBED = describe(RunConfig)
RANGES = {path: (f.low, f.high) for path, f in DESCRIBED.items() if f.low is not None}
DEMO = Path(__file__).parents[2] / "data" / "demo"


@pytest.mark.parametrize(("name", "cls", "field"), FIELDS, ids=[f[0] for f in FIELDS])
def test_every_field_says_why(name, cls, field):
    assert len(field.metadata["why"]) > 10, f"{name} has no reason that justifies its default"


def test_the_page_about_the_config_is_up_to_date():
    page = config_docs.PAGE.read_text(encoding="utf-8")
    assert page == config_docs.page(), "run: python scripts/config_docs.py"
    for name, _, field in FIELDS:
        assert f"| `{field.name}` |" in page, name


@pytest.mark.parametrize("field", DESCRIBED.values(), ids=DESCRIBED)
def test_every_field_has_words_for_a_form(field):
    assert 0 < len(field.label) <= 20
    assert field.help.endswith(".")


@pytest.fixture(scope="module")
def schema():
    return jsonschema.Draft202012Validator(json.loads(config_docs.schema()))


def test_the_schema_for_editors_is_up_to_date_and_a_schema(schema):
    text = config_docs.SCHEMA.read_text(encoding="utf-8")
    assert text == config_docs.schema(), "run: python scripts/config_docs.py"
    jsonschema.Draft202012Validator.check_schema(schema.schema)


@pytest.mark.parametrize(
    "tree",
    [
        yaml.safe_load((DEMO / "run.yaml").read_text(encoding="utf-8")),
        to_tree(RunConfig()),
        {"selection": {"budget": "20 %"}, "concepts": None, "clustering": {"split": [9, 3]}},
    ],
    ids=["demo", "defaults", "units"],
)
def test_an_editor_accepts_what_we_accept(schema, tree):
    schema.validate(tree)
    parse_config(tree)


@pytest.mark.parametrize(
    "tree",
    [
        {"manifold": {"kernell": "knn"}},
        {"manifold": {"kernel": "knnn"}},
        {"clustering": {"n_clusters": "automatic"}},
        {"selection": {"temperature": 4.1}},
        {"data": {"limit": 0}},
        {"data": {"path": 7}},
        {"seed": 1.5},
        {"concepts": 3},
    ],
    ids=str,
)
def test_an_editor_marks_what_we_refuse(schema, tree):
    assert not schema.is_valid(tree)
    with pytest.raises(ConfigError):
        parse_config(tree)


def test_every_number_has_a_range():
    numbers = {
        name
        for name, cls, field in FIELDS
        if isinstance(field.default, int | float)
        or ("int" in str(field.type) and "tuple" not in str(field.type))
    }
    assert numbers == set(RANGES) - {"manifold.time", "manifold.regularization"}


def test_defaults_survive_yaml():
    assert parse_config(yaml.safe_load(dump_config(RunConfig()))) == RunConfig()


@pytest.mark.parametrize("mark", ["\x85", "\u2028", "\u2029", "\n", "\ufeff"])
def test_odd_characters_of_a_path_survive_yaml(mark):
    for path in (mark, f"a{mark}b", f" {mark} {mark}"):
        config = parse_config({"data": {"path": path}})
        assert parse_config(yaml.safe_load(dump_config(config))) == config


@settings(deadline=None, max_examples=50)
@given(
    seed=st.integers(0, 2**32 - 1),
    budget=st.one_of(st.floats(0, 1), st.integers(2, 10**6).map(float), st.just("1 sample")),
    temperature=st.floats(0.25, 4),
    k=st.one_of(st.just("auto"), st.integers(2, 1000)),
    path=st.one_of(st.none(), st.text(max_size=20)),
)
def test_any_config_survives_yaml(seed, budget, temperature, k, path):
    config = parse_config(
        {
            "seed": seed,
            "data": {"path": path},
            "clustering": {"n_clusters": k},
            "selection": {"budget": budget, "temperature": temperature},
        }
    )
    assert parse_config(yaml.safe_load(dump_config(config))) == config


def _just_outside():
    for name, (low, high) in RANGES.items():
        yield name, low - 1
        if high is not None:
            yield name, high + 1
        yield name, float("nan")
        yield name, float("inf")


@pytest.mark.parametrize(("name", "value"), list(_just_outside()))
def test_a_value_out_of_range_names_field_value_and_range(name, value):
    tree: dict[str, object] = {}
    node = tree
    *parents, leaf = name.split(".")
    for parent in parents:
        node = node.setdefault(parent, {})
    node[leaf] = value
    with pytest.raises(ConfigError) as caught:
        parse_config(tree)
    message = str(caught.value)
    assert name in message
    assert str(value) in message


def test_no_concept_knob_goes_beyond_what_a_run_stores():
    assert RANGES["concepts.per_sample"][1] == phrases.MOST_STORED
    assert RANGES["concepts.max_words"][1] == phrases.LONGEST_STORED


@pytest.mark.parametrize("name", list(RANGES))
def test_both_ends_of_a_range_are_accepted(name):
    for value in (v for v in RANGES[name] if v is not None):
        parents = name.split(".")
        tree: object = value
        for part in reversed(parents):
            tree = {part: tree}
        if name == "clustering.k_min":
            tree["clustering"]["k_max"] = 1000
        if name == "clustering.k_max":
            tree["clustering"]["k_min"] = 2
        if name == "manifold.groups_min":
            tree["manifold"]["groups_max"] = 10_000
        if name == "manifold.groups_max":
            tree["manifold"]["groups_min"] = 2
        if name.startswith("engine."):
            tree["engine"]["name"] = "ray"
        parse_config(tree)


def test_an_unknown_field_names_the_nearest():
    with pytest.raises(
        ConfigError, match=r"clustering\.n_cluster is not.*Did you mean 'n_clusters'"
    ):
        parse_config({"clustering": {"n_cluster": 4}})
    with pytest.raises(ConfigError, match="Did you mean 'selection'"):
        parse_config({"selektion": {}})


@pytest.mark.parametrize(
    ("tree", "words"),
    [
        ({"seed": "one"}, ["seed", "'one'", "whole number"]),
        ({"seed": 1.5}, ["seed", "1.5"]),
        ({"seed": True}, ["seed", "True"]),
        ({"data": 3}, ["data", "mapping"]),
        ({"manifold": {"kernel": "rbf"}}, ["manifold.kernel", "knn", "dense"]),
        ({"clustering": {"n_clusters": "many"}}, ["n_clusters", "'many'", "auto"]),
        ({"clustering": {"k_min": 9, "k_max": 4}}, ["k_min is 9", "k_max is 4"]),
        ({"models": {"original": "a"}}, ["models.compressed is missing"]),
        ({"models": {"compressed": "a"}}, ["models.original is missing"]),
        ({"data": {"path": 7}}, ["data.path", "7"]),
        ({"selection": {"budget": 1.5}}, ["selection.budget is 1.5", "whole", "up to 1.0"]),
        ({"selection": {"budget": 1200.25}}, ["selection.budget is 1200.25", "whole"]),
    ],
)
def test_a_wrong_value_says_what_is_accepted(tree, words):
    with pytest.raises(ConfigError) as caught:
        parse_config(tree)
    for word in words:
        assert word in str(caught.value)


def test_scientific_numbers_without_a_point_are_numbers():
    # YAML 1.1 reads 1e-3 as text.
    tree = yaml.safe_load("concepts: {max_document_frequency: 1e-3}")
    assert isinstance(tree["concepts"]["max_document_frequency"], str)
    assert parse_config(tree).concepts.max_document_frequency == 1e-3


def test_overrides_win_and_make_sections(tmp_path):
    file = tmp_path / "c.yaml"
    file.write_text("seed: 1\nmanifold: {n_neighbors: 10}\n")
    config = load_config(file, ["seed=2", "selection.budget=100", "manifold.kernel=dense"])
    assert (config.seed, config.selection.budget) == (2, 100.0)
    assert (config.manifold.kernel, config.manifold.n_neighbors) == ("dense", 10)


@pytest.mark.parametrize("override", ["seed", "=3", "seed.more=1", "seed=[1", "manifold=5"])
def test_a_bad_override_is_named(tmp_path, override):
    file = tmp_path / "c.yaml"
    file.write_text("seed: 1\n")
    with pytest.raises(ConfigError):
        load_config(file, [override])


@pytest.mark.parametrize(
    ("content", "word"),
    [
        (b"a: [1", "YAML"),
        (b"- 1\n", "mapping"),
        (b"\xff\xfe\x00", "cannot be read"),
        (None, "no such"),
    ],
)
def test_a_bad_file_is_named(tmp_path, content, word):
    file = tmp_path / "c.yaml"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(ConfigError, match=word) as caught:
        load_config(file)
    assert str(file) in str(caught.value)


def test_an_empty_file_is_the_defaults(tmp_path):
    file = tmp_path / "c.yaml"
    file.write_text("")
    assert load_config(file) == RunConfig()


def test_a_section_alone_is_checked_too():
    assert SelectionConfig.of_tree({"budget": 5}).budget == 5.0
    with pytest.raises(ConfigError, match=r"selection\.temperature is 9"):
        SelectionConfig.of_tree({"temperature": 9})


def test_trees_are_plain():
    def leaves(node):
        if isinstance(node, dict):
            return [leaf for value in node.values() for leaf in leaves(value)]
        return [node]

    assert not any(isinstance(leaf, StrEnum) for leaf in leaves(to_tree(RunConfig())))


def test_public_names_exist():
    assert all(hasattr(config_module, name) for name in config_module.__all__)


def test_every_error_is_in_the_drawing_and_in_the_tree():
    classes = [
        value
        for value in vars(errors).values()
        if isinstance(value, type) and issubclass(value, Exception)
    ]
    assert len(classes) > 5
    for cls in classes:
        assert issubclass(cls, errors.PaserError)
        assert cls.__name__ in errors.__doc__
        assert cls.__doc__


@pytest.mark.parametrize("allocate", [np.empty, torch.empty, bytearray])
def test_memory_that_is_not_there_is_a_sentence_with_a_remedy(allocate):
    sentence = r"not enough: .*\. Buy more\.$"
    with pytest.raises(errors.ModelError, match=sentence), errors.enough_memory("Buy more."):
        allocate(2**50)


def test_other_errors_are_not_taken_for_memory():
    with pytest.raises(RuntimeError, match="shape"), errors.enough_memory("Buy more."):
        raise RuntimeError("shapes differ")
    with errors.enough_memory("Buy more."):
        pass


def test_a_data_error_starts_with_the_place():
    error = errors.DataError("bad", path="a.jsonl", line=3, field="output")
    assert str(error) == "a.jsonl:3: field 'output': bad"
    assert str(errors.DataError("bad")) == "bad"
