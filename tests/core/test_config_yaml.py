"""Files of settings as people, and people who mean ill, write them."""

from __future__ import annotations

import contextlib
import random
import time

import pytest
import yaml
from hypothesis import example, given
from hypothesis import strategies as st

from paser_core.cli import main
from paser_core.config import RunConfig, dump_config, load_config, parse_yaml
from paser_core.errors import ConfigError, PaserError
from paser_core.export import read_selection

BOMB = "a: &a [x,x,x,x,x,x,x,x,x]\n" + "".join(
    f"{b}: &{b} [{','.join('*' + a for _ in range(9))}]\n"
    for a, b in zip("abcdefgh", "bcdefghi", strict=True)
)
BAD = {
    "a section twice": ("data: {}\nseed: 1\ndata: {path: x}\n", 3, "data is given a second"),
    "a field twice": ("data:\n  path: a\n  limit: 1\n  path: b\n", 4, "data.path is given"),
    "a field twice in a line": ("seed: 1\ndata: {limit: 1, limit: 1}\n", 2, "data.limit is"),
    "an unknown field": ("seed: 1\ndata:\n  pth: x\n", 3, "mean 'path'"),
    "an unknown section": ("seed: 1\n\ndatta: {}\n", 3, "mean 'data'"),
    "out of range": ("\n\nselection:\n  temperature: 9\n", 4, "between 0.25 and 4"),
    "a wrong name": ("models: {template: alpac}\n", 1, "mean 'alpaca'"),
    "a bomb": (BOMB, 7, "2,000,000 values"),
    "a small bomb as a value": ("a: &a [1, 2]\nseed: [*a, *a]\n", 1, "a is not a known"),
    "a small bomb as a name": (
        "seed: &a [[1, 2], [3]]\ndata: {path: [*a, *a]}\n",
        2,
        "data.path is",
    ),
    "itself": ("data: &a {path: *a}\n", 1, r"\*a stands for nothing"),
    "no anchor": ("seed: *gone\n", 1, r"\*gone stands for nothing"),
    "digits": (f"seed: {'9' * 5000}\n", 1, "5,000 digits"),
    "digits of a float": (f"selection: {{budget: 0.{'3' * 5000}}}\n", 1, "5,002 digits"),
    "digits as a key": (f"{'9' * 5000}: 1\n", 1, "5,000 digits"),
    "a large number": (f"seed: {'9' * 300}\n", 1, "seed is 9999"),
    "deep brackets": ("seed: " + "[" * 20_000 + "\n", 1, "levels"),
    "deep lines": ("".join(" " * i + "a:\n" for i in range(400)), 33, "levels"),
    "a tag": ("seed: !!python/object/apply:os.system [ls]\n", 1, "tag"),
    "another tag": ("data: !include x.yaml\n", 1, "tag !include"),
    "a tag for a key": ("!!binary aGk=: 1\n", 1, "tag"),
    "two documents": ("seed: 1\n---\nseed: 2\n", 2, "second document"),
    "a number as a key": ("1: 2\n", 1, "1 is not a known field"),
    "nothing as a key": ("seed: 1\n? \n: 2\n", None, "name of a field is expected"),
    "a list as a key": ("? [a, b]\n: 2\n", None, "name of a field is expected"),
    "yes as a key": ("yes: 1\n", 1, "goes in quotes"),
    "a key without end": ("a" * 900 + ": 1\n", 1, "name of a field|YAML"),
    "tabs": ("data:\n\tpath: x\n", 2, "indent with spaces"),
    "a control character": ("seed: \x07\n", None, "YAML"),
    "an open bracket": ("data: {path: x\nseed: 1\n", None, "YAML"),
    "a word": ("hello\n", None, "mapping of fields"),
    "a long word": ("hello" * 9999 + "\n", None, "mapping of fields"),
    "a list": ("- 1\n", None, "mapping of fields"),
    "text for a section": ("data: " + "x" * 5000 + "\n", 1, "data is 'xxx"),
    "no as text": ("data: {split: no}\n", 1, "Put it in quotes"),
    "sixty": ("seed: 1:99\n", None, "seed|number"),
}


@pytest.mark.parametrize(("text", "line", "words"), BAD.values(), ids=list(BAD))
def test_one_short_sentence_names_the_place(tmp_path, text, line, words):
    file = tmp_path / "run.yaml"
    file.write_text(text)
    began = time.monotonic()
    with pytest.raises(ConfigError, match=words) as caught:
        load_config(file)
    said = str(caught.value)
    assert time.monotonic() - began < 10
    assert said.startswith(f"{file}:{line}: " if line else f"{file}")
    assert len(said) - len(str(file)) < 700
    assert "\n" not in said


def test_the_same_place_where_the_pure_parser_reads(tmp_path, monkeypatch):
    monkeypatch.setattr("paser_core.config.yaml_text._LOADER", yaml.SafeLoader)
    for name in ("a section twice", "a field twice", "deep lines", "a tag", "two documents"):
        text, line, words = BAD[name]
        file = tmp_path / "run.yaml"
        file.write_text(text)
        with pytest.raises(ConfigError, match=words) as caught:
            load_config(file)
        assert str(caught.value).startswith(f"{file}:{line}: ")


def test_what_is_plain_yaml_is_still_read():
    text = """# a comment
data: &d {path: "pool: one.jsonl", split: 'no', name: 2024-13-45}
seed: 0x10
selection: {budget: .5, temperature: 1e0}
models:
  template: >-
    chat
"""
    config = load_text(text)
    assert (config.data.path, config.data.split) == ("pool: one.jsonl", "no")
    assert config.data.name == "2024-13-45"  # PyYAML makes a date of it, and fails
    assert (config.seed, config.selection.budget, str(config.models.template)) == (16, 0.5, "chat")
    merged = parse_yaml("a: &a {x: 1, y: 2}\nb: {<<: *a, y: 3}\nc: *a\n", "t").tree
    assert merged["b"] == {"x": 1, "y": 3}
    assert merged["c"] == {"x": 1, "y": 2}
    assert load_text("") == load_text("---\n...\n") == load_text("# nothing\n") == RunConfig()


def load_text(text):
    return RunConfig.of_tree(parse_yaml(text, "text").mapping("the config"))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_files_of_other_systems_are_read(tmp_path, encoding):
    file = tmp_path / "c.yaml"
    file.write_bytes("data:\r\n  path: größe.jsonl\r\n".encode(encoding))
    assert load_config(file).data.path == "größe.jsonl"


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["seed=1", "seed=2"], "seed is given twice"),
        (["data={path: a, path: b}"], "path is given a second time"),
        (["seed=" + "9" * 5000], "digits"),
        (["data.path=" + "[" * 5000], "levels"),
        (["data.pth=x"], "mean 'path'"),
        (["data.path=1\n---\n2"], "second document"),
        (["data.path=!!binary aGk="], "tag"),
        (["x" * 5000], "section.field=value"),
        (["seed=one"], "--set seed=one: seed is 'one'"),
        (["selection.temperature=9"], "--set selection.temperature=9: selection"),
    ],
)
def test_options_are_read_the_same_way(tmp_path, options, words):
    file = tmp_path / "c.yaml"
    file.write_text("seed: 3\n")
    with pytest.raises(ConfigError, match=words) as caught:
        load_config(file, options)
    assert len(str(caught.value)) < 600


def test_a_selection_yaml_is_read_the_same_way(tmp_path):
    file = tmp_path / "selection.yaml"
    for text, line, words in (
        ("run: a\nselection: {budget: 0.1}\nselection: {}\n", 3, "given a second time"),
        ("run: a\nselection:\n  temprature: 2\n", 3, "mean 'temperature'"),
        ("run: a\nforced_inn: []\n", 2, "mean 'forced_in'"),
        ("run: a\nforced_in: [1.5]\n", 2, "forced_in is"),
        ("run: a\nformat: alpacca\n", 2, "mean 'alpaca'"),
        ("run: a\nwithout: [score]\n", 2, "mean 'scores'"),
        ("seed: 1\nrun: 3\n", 1, "seed is not"),
        ("run: 3\n", 1, "run is 3"),
        ("run: a\nnames: {x: y}\n", 2, "cluster numbers"),
        ("run: a\nfingerprint: 3\n", 2, "fingerprint is 3"),
        ("run: a\nselection: 7\n", 2, "mapping of fields"),
    ):
        file.write_text(text)
        with pytest.raises(ConfigError, match=words) as caught:
            read_selection(file)
        assert str(caught.value).startswith(f"{file}:{line}: "), caught.value


def test_a_file_that_is_no_file_of_settings(tmp_path):
    large = tmp_path / "large.yaml"
    large.write_bytes(b"x" * (2**24 + 2))
    for path in (tmp_path, tmp_path / "no", large, tmp_path / ("n" * 300), tmp_path / "a\0b"):
        with pytest.raises(ConfigError) as caught:
            load_config(path)
        assert len(str(caught.value)) < 700
        with pytest.raises(ConfigError):
            read_selection(path)


@given(st.text(alphabet=list("ab:{}[]&*!|>-?,# \n\t\"'%@`~<1.0e_\x00\x85\ud800é"), max_size=60))
@example("{? a : b, a: c}")
@example("&a a: *a")
def test_any_text_is_read_or_refused(text):
    try:
        read = parse_yaml(text, "t").tree
    except ConfigError:
        return
    # What is read is what PyYAML reads; a lone `<<` or `=` is text for us and an error for it.
    with contextlib.suppress(yaml.constructor.ConstructorError):
        assert read == yaml.load(text, Loader=yaml.CSafeLoader)


@pytest.mark.slow
def test_a_config_with_any_bytes_changed_is_read_or_refused(tmp_path):
    whole = dump_config(RunConfig()).encode()
    file = tmp_path / "c.yaml"
    rng = random.Random(5)
    pieces = [b"&a ", b"*a", b"!!int ", b"[", b"{", b": ", b"- ", b"\n", b"\xff", b"9" * 600, b"<<"]
    refused = []
    for _ in range(600):
        broken = bytearray(whole)
        for _ in range(rng.randint(1, 4)):
            at = rng.randrange(len(broken))
            broken[at : at + rng.randint(0, 3)] = rng.choice([*pieces, bytes([rng.randrange(256)])])
        file.write_bytes(bytes(broken))
        try:
            load_config(file)
        except PaserError as error:
            refused.append(str(error))
    assert len(refused) > 100
    assert max(map(len, refused)) < 900
    assert not any("\n" in said for said in refused)


def test_the_command_line_says_it_and_stops(tmp_path, capsys):
    file = tmp_path / "run.yaml"
    file.write_text("seed: 1\nseed: 2\n")
    assert main(["run", str(file), "--out", str(tmp_path / "run")]) == 2
    assert f"paser: {file}:2: seed is given a second time" in capsys.readouterr().err
    assert not (tmp_path / "run").exists()
