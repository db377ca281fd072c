"""Who does the work is an option like others, and has no part in what a run is."""

from __future__ import annotations

import jsonschema
import pytest

import paser_core as paser
from paser_core.config import (
    EngineConfig,
    RunConfig,
    json_schema,
    load_config,
    parse_config,
    to_tree,
)
from paser_core.errors import ConfigError
from paser_core.runs.identity import determining_fields


@pytest.mark.parametrize("given", ["ray", {"name": "ray"}, EngineConfig("ray")])
def test_a_word_is_as_good_as_a_section(given):
    assert parse_config({"engine": given}).engine == EngineConfig(name="ray")
    assert parse_config({"seed": 1}).engine.name == "local"


def test_it_is_read_from_a_file_and_from_the_command_line(tmp_path):
    file = tmp_path / "run.yaml"
    file.write_text("data: {path: pool.jsonl}\nengine: ray\n")
    assert load_config(file).engine.name == "ray"
    file.write_text("data: {path: pool.jsonl}\n")
    assert load_config(file, ["engine=ray"]).engine.name == "ray"
    both = load_config(file, ["engine.name=ray", "engine.workers=3"]).engine.asked
    assert (both.address, both.count, both.threads) == ("local", 3, 1)


def test_the_schema_for_editors_takes_both():
    schema = json_schema(RunConfig)
    for engine in ("ray", {"name": "ray", "workers": 2}, None):
        jsonschema.validate({"engine": engine}, schema)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({"clustering": "ray"}, schema)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ("rey", "engine.name is 'rey'; accepted: local, ray. Did you mean 'ray'?"),
        ({"name": "ray", "workers": 0}, "engine.workers is 0; it must be"),
        ({"workers": 4}, "engine.workers is 4, and engine.name is local, which has no workers"),
        (7, "engine is 7; it must be a mapping of fields"),
    ],
)
def test_what_is_not_accepted_is_said(given, message):
    with pytest.raises(ConfigError) as caught:
        parse_config({"engine": given})
    assert message in str(caught.value)
    with pytest.raises(ConfigError, match="clustering is 'ray'; it must be a mapping"):
        parse_config({"clustering": "ray"})


def test_it_has_no_part_in_what_a_run_is():
    trees = [to_tree(parse_config({"engine": engine})) for engine in ("local", "ray")]
    assert trees[0] != trees[1]
    assert determining_fields(trees[0]) == determining_fields(trees[1])


def test_the_front_door_takes_the_word(monkeypatch, tmp_path):
    asked = []
    monkeypatch.setattr("paser_core.measure.run_pipeline", lambda config, *_: asked.append(config))
    paser.run([{"instruction": "a", "output": "b"}], out=tmp_path / "run", engine="ray")
    paser.run(
        [{"instruction": "a", "output": "b"}], out=tmp_path, engine={"name": "ray", "workers": 2}
    )
    assert [config.engine.name for config in asked] == ["ray", "ray"]
    assert asked[1].engine.workers == 2
