"""What ``paser evaluate`` refuses before it works, how tasks are named, and what it says."""

from __future__ import annotations

import copy
import json

import pytest
from tokenizers import processors

import paser_core as paser
from paser_core.cli import main
from paser_core.errors import ConfigError, EvaluationError, PaserError
from paser_core.evaluate.idle import OF_SOME, idle_settings
from paser_core.evaluate.parts import Parts
from paser_core.evaluate.questions import remarks
from paser_core.evaluate.retention import check_comparable
from paser_core.evaluate.settings import EvaluateConfig
from paser_core.evaluate.specs import asked_of, parted
from paser_core.evaluate.subject import Subject
from paser_core.evaluate.task import Item, Task, task_of
from paser_core.evaluate.tasks import code
from paser_core.evaluate.work import _facts
from paser_core.registry import TASKS
from paser_core.workspace.keys import key_of

ROWS = [{"id": f"q{i}", "question": f"add {i} and {i}", "answer": str(2 * i)} for i in range(4)]


def write(path, rows=ROWS):
    path.write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    return path


@pytest.fixture
def questions(tmp_path):
    return write(tmp_path / "questions.jsonl")


@pytest.fixture
def original(saved, questions, tmp_path):
    paser.evaluate(saved, f"jsonl:{questions}", out=tmp_path / "a", answer_tokens=4)
    return tmp_path / "a"


@pytest.fixture
def no_work(monkeypatch):
    """Nothing may be kept of a measurement: none may begin."""

    def add(*_):
        raise AssertionError("it was measured")

    monkeypatch.setattr(Parts, "add", add)


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"answer_tokens": 8}, "answer_tokens: 8 here, 4 there"),
        ({"limit": 2, "answer_tokens": 4}, r"other questions\)\. Give the same file, --limit"),
        ({"template": "none", "answer_tokens": 4}, "none here, alpaca of the original.*--template"),
        ({"program_seconds": 3, "answer_tokens": 4}, "program_seconds: 3.0 here, 10.0 there"),
    ],
)
def test_what_could_not_be_compared_is_refused_before_the_work(
    settings, said, saved, questions, original, tmp_path, no_work
):
    out = tmp_path / "b"
    with pytest.raises(EvaluationError, match=said):
        paser.evaluate(saved, f"jsonl:{questions}", out=out, against=original, **settings)
    assert not out.exists()


def test_other_tasks_and_no_evaluation_are_refused_before_the_work(
    saved, questions, original, tmp_path, no_work, capsys
):
    command = ["evaluate", str(saved), "--out", str(tmp_path / "b"), "--tasks"]
    assert main([*command, "demo", "--against", str(original)]) == 2
    assert "no task in common: demo here" in capsys.readouterr().err
    assert main([*command, f"jsonl:{questions}", "--against", ""]) == 2
    assert "path is ''; accepted: the folder of an evaluation" in capsys.readouterr().err
    assert main([*command, f"jsonl:{questions}", "--against", str(original), "--limit", "1"]) == 2
    assert "other questions" in capsys.readouterr().err
    assert not (tmp_path / "b").exists()


def test_the_same_file_may_be_called_otherwise_there(
    saved, questions, original, tmp_path, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    found = paser.evaluate(
        saved, "jsonl:questions.jsonl", out="b", answer_tokens=4, against=original
    )
    (share,) = found.against(original).left_out or found.against(original).shares
    assert share[0] == "jsonl:questions.jsonl"


def test_a_file_that_is_spelled_in_two_ways_is_one_task(questions, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "link.jsonl").symlink_to(questions)
    for other in (
        "./questions.jsonl",
        str(questions),
        f"../{tmp_path.name}/questions.jsonl",
        "link.jsonl",
    ):
        with pytest.raises(ConfigError, match=r"twice, as .* as well\. Name each task once"):
            asked_of(["jsonl:questions.jsonl", f"jsonl:{other}"])
    write(tmp_path / "others.jsonl")
    two = asked_of(["jsonl:questions.jsonl", "jsonl:others.jsonl", "ppl:questions.jsonl"])
    assert len(two) == 3


def test_a_comma_in_the_name_of_a_file_is_part_of_it(saved, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    for name in ("a,b.jsonl", "a,b,c.jsonl", "demo,.jsonl", "d"):
        write(tmp_path / name)
    assert parted("jsonl:a,b.jsonl") == ["jsonl:a,b.jsonl"]
    assert parted("demo,jsonl:a,b,c.jsonl , ppl:d") == ["demo", "jsonl:a,b,c.jsonl", "ppl:d"]
    assert parted("jsonl:demo,.jsonl") == ["jsonl:demo,.jsonl"]
    assert parted("ppl:d,demo") == ["ppl:d", "demo"]  # two tasks come before one file
    assert parted("demo,,jsonl:x,") == ["demo", "jsonl:x"]
    options = ["--out", "out", "--set", "answer_tokens=2"]
    assert main(["evaluate", str(saved), "--tasks", "jsonl:a,b.jsonl", *options]) == 0
    assert "jsonl:a,b.jsonl" in capsys.readouterr().out
    assert main(["evaluate", str(saved), "--tasks", "jsonl:a,x.jsonl", "--out", "no"]) == 2
    said = capsys.readouterr().err
    assert "'x.jsonl'" in said
    assert "a file that has a comma in it" in said
    assert main(["evaluate", str(saved), "--tasks", " ", "--out", "no"]) == 2
    assert "tasks is empty" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("tasks", "settings", "said"),
    [
        ("demo", {"context": 9}, ["context has no effect: demo does not look at it."]),
        ("demo,ppl:x", {"samples": 2, "answer_tokens": 9},
         ["answer_tokens and samples have no effect: demo and ppl:x do not look at them."]),
        ("demo,ppl:x", {"context": 9}, []),
        ("code:x", {"top_p": 0.5, "seed": 3},
         ["seed and top_p have no effect: samples is 1, and a single answer is greedy, not drawn."]),
        ("code:x", {"top_p": 0.5, "samples": 2}, []),
        ("code:x,lm-eval:x", {"seed": 3}, []),
        ("jsonl:x", {"limit": 3, "template": "none", "device": "cpu"}, []),
    ],
)  # fmt: skip
def test_settings_that_no_task_looks_at_are_said(tasks, settings, said):
    asked = [task_of(spec) for spec in tasks.split(",")]
    assert [n.text for n in idle_settings(asked, EvaluateConfig(**settings))] == said


def test_settings_without_effect_are_printed_before_the_work(saved, questions, tmp_path, capsys):
    options = ["--out", str(tmp_path / "out"), "--set", "answer_tokens=2", "--set", "context=9"]
    assert main(["evaluate", str(saved), "--tasks", f"jsonl:{questions}", *options]) == 0
    assert "Note (check): context has no effect" in capsys.readouterr().out.splitlines()[0]


def test_a_task_of_a_package_says_not_what_it_looks_at(monkeypatch):
    monkeypatch.setitem(TASKS._built_in, "mine", "nowhere:TASK")
    monkeypatch.setitem(TASKS._loaded, "mine", Task("Mine", lambda argument, config: None))
    assert not idle_settings([task_of("mine")], EvaluateConfig(samples=3))
    built_in = {name for name in TASKS if TASKS[name].uses is not None}
    assert built_in >= {"demo", "ppl", "code", "jsonl", "lm-eval"}
    assert all(TASKS[name].uses <= OF_SOME for name in built_in)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--out", ""], "--out '': out is ''; accepted: the path of a folder"),
        (
            ["--set", "temperature=0"],
            "--set temperature=0: temperature is 0.0; it must be between 0.01",
        ),
        (["--limit", "0"], "--limit 0: limit is 0; it must be at least 1."),
        (["--samples", "2", "--set", "samples=3"], "samples is given twice"),
        (["--unsafe", "--set", "unsafe=false"], "the other time as --unsafe."),
        (["--template", "chat"], "template is chat, but the tokenizer has no chat template"),
        (["--set", "contxt=3"], "contxt is not a known field. Did you mean 'context'?"),
    ],
)
def test_a_message_begins_with_what_was_typed(options, said, saved, questions, tmp_path, capsys):
    out = tmp_path / "out"
    command = ["evaluate", str(saved), "--tasks", f"jsonl:{questions}", "--out", str(out), *options]
    assert main(command) == 2
    told = capsys.readouterr().err
    assert said in told
    assert "models." not in told
    assert "evaluate." not in told
    assert not out.exists()


def test_nothing_that_can_be_asked_leaves_no_folder(saved, tmp_path):
    long = "word " * 400
    for name, task in (
        ("jsonl", {"question": long, "answer": "x"}),
        ("code", {"prompt": long, "test": "", "entry_point": "f"}),
    ):
        file = write(tmp_path / f"{name}.jsonl", [task])
        with pytest.raises(
            EvaluationError, match=r"Not one of the 1 (question|problem) can be asked"
        ):
            paser.evaluate(saved, f"{name}:{file}", out=tmp_path / name, unsafe=True)
        assert not (tmp_path / name).exists()


def test_a_text_of_one_token_is_refused_before_a_folder_is_made(tiny, tmp_path):
    model, tokenizer = tiny[0], copy.deepcopy(tiny[1])
    tokenizer.backend_tokenizer.post_processor = (
        processors.ByteLevel()
    )  # no token for the beginning
    assert len(tokenizer("x")["input_ids"]) == 1
    (tmp_path / "x.txt").write_text("x")
    with pytest.raises(PaserError, match="single token"):
        paser.evaluate(
            model, f"ppl:{tmp_path / 'x.txt'}", out=tmp_path / "out", tokenizer=tokenizer
        )
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("n", "words"),
    [
        (0, None),
        (1, "1 answer had no end within the tokens that an answer may have, and was judged as it was."),
        (2, "2 answers had no end within the tokens that an answer may have, and were judged as they were."),
    ],
)  # fmt: skip
def test_words_go_with_the_number_of_answers(n, words):
    items = [Item(str(i), cut=i < n) for i in range(3)]
    assert remarks(items, []) == ([] if words is None else [words])


@pytest.mark.parametrize(
    ("n", "words"),
    [
        (1, ["1 problem could not be asked and counted as wrong: its prompt is longer"]),
        (2, ["2 problems could not be asked and counted as wrong: their prompts are longer"]),
    ],
)
def test_words_go_with_the_number_of_problems(n, words):
    items = [Item(str(i), problem="p" if i < n else None) for i in range(3)]
    assert all(word in said for word, said in zip(words, code._notes(items, 1), strict=True))
    assert "pass@100 needs as many answers a problem; there are 10." in code._notes([], 10)
    assert "pass@10 and pass@100 need as many" in code._notes([], 5)[0]


def test_the_first_windows_of_a_text(saved, tmp_path):
    (tmp_path / "x.txt").write_text("### Instruction: add two numbers\n" * 40, encoding="utf-8")
    for limit, words in ((1, "Only the first window of the text was read."),
                         (2, "Only the first 2 windows of the text were read.")):  # fmt: skip
        out = tmp_path / str(limit)
        found = paser.evaluate(saved, f"ppl:{tmp_path / 'x.txt'}", out=out, limit=limit, context=8)
        (task,) = found.results["tasks"].values()
        assert task["notes"] == [words]


def test_keys_of_evaluations_are_those_that_they_were(tiny):
    """Taken down before the settings shared their fields: a finished evaluation stays finished."""
    config = EvaluateConfig(limit=3)
    facts = _facts(Subject.live(*tiny, config), {}, config)
    assert (
        key_of({n: v for n, v in facts.items() if n.startswith("evaluate.")}) == "d954fec503303c41"
    )


def test_facts_are_compared_as_a_file_gives_them_back():
    planned = {"ppl:a": {"context": None, "windows": (1, 2)}}
    there = {
        "template": "chat",
        "tasks": {"ppl:b": {"facts": {"context": None, "windows": [1, 2]}}},
    }
    assert check_comparable(planned, "chat", there) == {"ppl:a": "ppl:b"}


def test_what_is_made_again_is_told_by_the_name_of_the_setting(saved, questions, tmp_path, capsys):
    command = [
        "evaluate",
        str(saved),
        "--tasks",
        f"jsonl:{questions}",
        "--out",
        str(tmp_path / "o"),
    ]
    assert main([*command, "--set", "answer_tokens=2"]) == 0
    assert main([*command, "--set", "answer_tokens=3", "--template", "none"]) == 0
    assert "because answer_tokens and template changed" in capsys.readouterr().out
