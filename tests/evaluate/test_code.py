"""HumanEval and MBPP: their own solutions pass in the sandbox, other ones do not."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor

import pytest
from eval_data import eval_file

import paser_core as paser
from paser_core.errors import DataError
from paser_core.evaluate.sandbox import Limits, run_code, unavailable
from paser_core.evaluate.tasks.code import read_problems

pytestmark = pytest.mark.skipif(unavailable() is not None, reason=str(unavailable()))

# Problems, and of which every so many-th is run here; benchmarks/bench_evaluate.py runs all.
FILES = {"humaneval.jsonl.gz": (164, 3), "mbpp_sanitized.json": (427, 10)}


@pytest.mark.parametrize("name", FILES)
def test_their_own_solutions_pass(name):
    problems = read_problems(eval_file(name))
    n, step = FILES[name]
    assert len(problems) == n

    def run(problem):
        return problem.id, run_code(problem.program(problem.solution), Limits(seconds=60))

    with ThreadPoolExecutor(2) as pool:
        failed = [(id, o.why) for id, o in pool.map(run, problems[::step]) if not o.right]
    assert not failed


def test_an_answer_ends_where_the_model_goes_on_with_something_else():
    humaneval = read_problems(eval_file("humaneval.jsonl.gz"), 1)[0]
    answer = "    return True\n\n\ndef another():\n    raise ValueError\n"
    assert humaneval.ended(answer) == "    return True\n\n"
    mbpp = read_problems(eval_file("mbpp_sanitized.json"), 1)[0]
    two = "def helper(x):\n    return x\n\ndef f(x):\n    return helper(x)\n\nassert f(1) == 2"
    assert mbpp.ended(two) == two[: two.index("\n\nassert") + 1]


@pytest.fixture
def problems(tmp_path):
    """One of each kind, in one file."""
    one = {
        "task_id": "a",
        "prompt": "def one():\n",
        "entry_point": "one",
        "canonical_solution": "    return 1\n",
        "test": "def check(f):\n    assert f() == 1\n",
    }
    two = {
        "task_id": "b",
        "prompt": "Write two().",
        "code": "def two(): return 2",
        "test_list": ["assert two() == 2"],
        "test_imports": ["import math"],
    }
    rows = (one, two)
    path = tmp_path / "problems.jsonl"
    path.write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    return path


def test_pass_at_k_only_where_there_are_k_answers(tiny, problems, tmp_path):
    model, tokenizer = tiny
    found = paser.evaluate(
        model, f"code:{problems}", out=tmp_path / "out", tokenizer=tokenizer, samples=10, seed=1
    )
    (task,) = found.results["tasks"].values()
    assert task["samples"] == 10
    assert "pass@1" in task
    assert "pass@10" in task
    assert "pass@100" not in task
    assert any("pass@100 need" in note for note in task["notes"])
    assert task["pass@1"] == found.items["score"].mean() == 0.0
    assert list(found.items["samples"]) == [10, 10]
    assert found.items["bits_per_byte"].notna().all()
    import pandas as pd

    (folder,) = (found.path / "tasks").iterdir()
    answers = pd.read_parquet(folder / "answers.parquet")
    assert len(answers) == 20
    assert answers["answer"].nunique() > 10
    assert answers["why"].notna().all()  # every program ended in an error


def test_files_that_are_no_problems(tmp_path):
    for text, what in (
        ("[]", "no problem"),
        ("{", "not JSON"),
        ('{"a": 1}', "problem 1 has the keys a"),
    ):
        path = tmp_path / "p.jsonl"
        path.write_text(text, encoding="utf-8")
        with pytest.raises(DataError, match=what):
            read_problems(path)
