"""Real mistakes through the real entry points, for every kind of ``PaserError``: the message names the
value that was given, and what is accepted or to be done next."""

from __future__ import annotations

import copy
import json
import shutil
import time

import pytest
from review_places import NAMES, open_at
from test_messages import ACCEPTED, CLASSES, STEP
from tiny_models import byte_tokenizer
from tiny_run import write_pair

import paser_core as paser
from paser_core import errors
from paser_core.cli import main
from paser_core.compare import read_export
from paser_core.config import (
    DataConfig,
    FieldMap,
    Template,
    load_config,
    parse_config,
)
from paser_core.engines.side import Bounds, SideJob
from paser_core.errors import PaserError
from paser_core.evaluate.sandbox.run import Limits, check_code
from paser_core.explain.search import by_regex
from paser_core.export import write_export
from paser_core.models.check import check_model
from paser_core.models.transformers_tokenizer import TransformersTokenizer
from paser_core.records import read_records
from paser_core.records.conversations import of_texts
from paser_core.recover.outcome import Recovery
from paser_core.registry import ENGINES
from paser_core.review import Correction, Kind, Wanted
from paser_core.runs import Run
from paser_core.runs.corrected import corrected
from paser_core.runs.searchable import searchable
from paser_core.selection import Setting
from paser_core.selection.of_run import select_from_run
from paser_core.study.folder import read_study

POOL = '{"instruction": "ask", "output": "say"}\n' * 4


def data(folder, content, name="pool.jsonl", **more):
    (folder / name).write_text(content, encoding="utf-8")
    read_records(DataConfig(path=str(folder / name), **more))


def config(folder, content):
    (folder / "run.yaml").write_text(content, encoding="utf-8")
    load_config(folder / "run.yaml")


def model(folder, files):
    for name, content in files.items():
        (folder / name).write_text(content, encoding="utf-8")
    check_model(str(folder), "original")


def template(text):
    tokenizer = copy.deepcopy(byte_tokenizer())
    tokenizer.chat_template = text
    asked = of_texts("ask", "", "say").conversation
    TransformersTokenizer(tokenizer, Template.CHAT).encode(asked)


def edited(finished, folder, **changes):
    """The run with other entries in its manifest."""
    made = folder / "run"
    shutil.copytree(finished.path, made)
    tree = json.loads((made / "manifest.json").read_text()) | changes
    (made / "manifest.json").write_text(json.dumps(tree))
    Run.open(made)


def conflict(folder):
    review = open_at(folder, None)
    review.rename(0, "Algebra", author="Ann", seen=0, automatic=NAMES)
    review.rename(0, "Sums", author="Ben", seen=0, automatic=NAMES)


def decided_on(folder):
    review = open_at(folder, None)
    review.decide(Kind.RELEASE, ["s1"], author="Ann", seen=0)


def merged(folder, into):
    wanted = Wanted(Kind.MERGE, into, 1)
    open_at(folder, None).correct(wanted, author="Ann", reason="one thing", seen=0, names=NAMES)


def export_into_a_full_folder(finished, folder):
    (folder / "out").mkdir()
    (folder / "out" / "mine.txt").write_text("x")
    knobs = Setting(budget=4)
    write_export(finished, select_from_run(finished, knobs), knobs, folder / "out")


def compressed_into_a_full_folder(folder):
    write_pair(folder)
    (folder / "out").mkdir()
    (folder / "out" / "mine.txt").write_text("x")
    paser.compress(folder / "original", "magnitude", folder / "out")


def work_elsewhere():
    from paser_core.engines.engine import Workers

    with ENGINES["ray"].start(Workers("127.0.0.1:9")) as engine:
        list(engine.map(print, [1]))


def forced(finished, identifier):
    select_from_run(finished, Setting(budget=4, forced_in=(identifier,)))


# kind, the value that must be named, what is done
MISTAKES = [
    ("ConfigError", "sinkhorn", lambda f, r: config(f, "manifold:\n  kernel: sinkhorn\n")),
    ("ConfigError", "k_maximum", lambda f, r: parse_config({"clustering": {"k_maximum": 3}})),
    ("ConfigError", "-3", lambda f, r: Setting(temperature=-3)),
    ("ConfigError", "a lot", lambda f, r: Setting(budget="a lot")),
    ("ConfigError", "run.yaml", lambda f, r: config(f, "a: [1\n")),
    ("ConfigError", "gone.yaml", lambda f, r: load_config(f / "gone.yaml")),
    ("DataError", "pool.jsonl:2", lambda f, r: data(f, POOL.replace("\n", "\n{oops\n", 1))),
    ("DataError", "gone.jsonl", lambda f, r: read_records(DataConfig(path=str(f / "gone.jsonl")))),
    ("DataError", "pool.txt", lambda f, r: data(f, POOL, "pool.txt")),
    ("DataError", "anser", lambda f, r: data(f, POOL, fields=FieldMap(output="anser"))),
    ("DataError", "first", lambda f, r: data(f, '{"first": 1, "second": 2}\n')),
    ("ModelError", "{folder}", lambda f, r: model(f, {})),
    ("ModelError", "{folder}", lambda f, r: model(f, {"config.json": "{"})),
    ("ModelError", "{folder}", lambda f, r: model(f, {"config.json": '{"model_type": "llama"}'})),
    ("SampleError", "Mondays", lambda f, r: template("{{ raise_exception('Mondays') }}")),
    ("RunError", "gone", lambda f, r: Run.open(f / "gone")),
    ("SchemaError", "99", lambda f, r: edited(r, f, schema=99)),
    ("SelectionError", "s999", lambda f, r: forced(r, "s999")),
    ("ScoresError", "ifd", lambda f, r: select_from_run(r, Setting(budget=4, selector="ifd"))),
    ("CompressionError", "mine.txt", lambda f, r: compressed_into_a_full_folder(f)),
    ("RecoveryError", "{folder}", lambda f, r: Recovery.of(f)),
    ("EvaluationError", "-1", lambda f, r: check_code("pass", Limits(seconds=-1))),
    ("StudyError", "{folder}", lambda f, r: read_study(f)),
    ("SearchError", "[a", lambda f, r: by_regex(searchable([["a text"]]), "[a")),
    ("ReviewError", "9", lambda f, r: open_at(f, None).undo(9, author="Ann", seen=0)),
    ("ReviewConflict", "Algebra", lambda f, r: conflict(f)),
    ("ReviewError", "1 sample: 0 would be", lambda f, r: decided_on(f)),
    ("ReviewError", "cluster 9", lambda f, r: merged(f, 9)),
    ("ReviewError", "cluster 1", lambda f, r: merged(f, 1)),
    ("RunError", "nobody", lambda f, r: corrected(r, (Correction(0, samples=("nobody",)),)).labels),
    ("ExportError", "{folder}", lambda f, r: read_export(f)),
    ("ExportError", "out", lambda f, r: export_into_a_full_folder(r, f)),
    ("EngineError", "127.0.0.1:9", lambda f, r: work_elsewhere()),
    (
        "ExceededError",
        "The look",
        lambda f, r: SideJob(
            time.sleep, [(99,)], "The look", "Give it less data.", Bounds(0.5, 1 << 30)
        ).result(),
    ),
]


@pytest.mark.parametrize(
    ("kind", "value", "make"), MISTAKES, ids=[f"{kind}-{value}" for kind, value, _ in MISTAKES]
)
def test_a_real_mistake_is_told_by_value_and_next_step(kind, value, make, tmp_path, finished):
    with pytest.raises(PaserError) as caught:
        make(tmp_path, finished)
    said = str(caught.value)
    assert type(caught.value).__name__ == kind, said
    assert value.format(folder=tmp_path) in said
    assert STEP.search(said) or ACCEPTED.search(said), said
    # A sentence, or the command to type.
    assert said.rstrip().endswith((".", "?")) or ": paser " in said, said
    assert "Traceback" not in said


def test_every_kind_is_met():
    assert {kind for kind, _, _ in MISTAKES} == CLASSES - {"PaserError"}
    assert all(issubclass(getattr(errors, kind), PaserError) for kind, _, _ in MISTAKES)


@pytest.mark.parametrize(
    ("arguments", "value"),
    [
        (["run", "gone.yaml", "--out", "x"], "gone.yaml"),
        (["select", "gone", "--out", "x"], "gone"),
        (["report", "gone", "--out", "x.html"], "gone"),
        (["verify", "gone"], "gone"),
        (["compare", "gone", "gone"], "gone"),
    ],
)
def test_the_command_line_says_the_same(arguments, value, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert main(arguments) == 2
    said = capsys.readouterr().err
    assert said.startswith("paser: ")
    assert value in said
    assert STEP.search(said) or ACCEPTED.search(said), said
