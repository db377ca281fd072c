"""``code:FILE``: problems with tests, as HumanEval and MBPP have them; pass@k.

HumanEval (arXiv 2107.03374): a function is begun (``prompt``), the model goes on, ``test`` calls it by
its name (``entry_point``). MBPP (arXiv 2108.07732): a description (``prompt`` or ``text``) and
assertions (``test_list``). The text is given to the model as it is, without a template: both are made
for models that continue a text. Programs run in the sandbox.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any

from paser_core.errors import DataError, EvaluationError, shortened
from paser_core.evaluate.answers import Prompt, Sampling, answers
from paser_core.evaluate.check import Verdict
from paser_core.evaluate.figures import bits_per_byte, pass_at, wilson
from paser_core.evaluate.files import read_text
from paser_core.evaluate.judging import judged, refuse_programs_that_escape, runner
from paser_core.evaluate.likelihood import negative_log_likelihoods
from paser_core.evaluate.parts import Parts
from paser_core.evaluate.settings import EvaluateConfig
from paser_core.evaluate.subject import Subject
from paser_core.evaluate.task import Desk, Figure, Item, Measured, Prepared, Task
from paser_core.protocols import Progress
from paser_core.text import either, listed, plural
from paser_core.workspace.keys import key_of

_LONGEST = 512  # tokens of a solution; the longest of HumanEval's own has about 400
_KS = (1, 10, 100)
# A model that continues a text goes on with the next function: the solution ends before it.
_AFTER = {
    "humaneval": re.compile(r"\n(?=def |class |if |print|#|@|assert |```)"),
    "mbpp": re.compile(r"\n(?=class |assert |print|if __name__|\"\"\"|```)"),
}


@dataclass(frozen=True)
class Problem:
    """One problem: what the model reads, what comes before and after its answer in the program."""

    id: str
    kind: str
    prompt: str
    before: str
    after: str
    solution: str | None  # its own, where the file has one

    def program(self, answer: str) -> str:
        """The text that is run: the answer with its tests."""
        return f"{self.before}{self.ended(answer)}\n{self.after}"

    def ended(self, answer: str) -> str:
        """An answer up to the end of its solution."""
        return _AFTER[self.kind].split(answer, maxsplit=1)[0]


def read_problems(path: Path, limit: int | None = None) -> tuple[Problem, ...]:
    """The problems of a file.

    Args:
        path: JSON lines or one JSON list, plain or .gz.
        limit: only the first so many.

    Raises:
        DataError: it cannot be read, or an entry has neither the keys of HumanEval nor of MBPP.
    """
    text = read_text(path).removeprefix("\ufeff")
    try:
        if text.lstrip().startswith("["):
            rows = json.loads(text)
        else:
            rows = [json.loads(line) for line in text.split("\n") if line.strip()]
    except (ValueError, RecursionError) as error:
        raise DataError(
            f"it is not JSON ({error}); give JSON lines or one list of objects.", path=str(path)
        ) from error
    if not rows:
        raise DataError("there is no problem in it; give at least one.", path=str(path))
    return tuple(_problem(row, n, str(path)) for n, row in enumerate(rows[:limit]))


def _problem(row: Any, number: int, path: str) -> Problem:
    known = row if isinstance(row, Mapping) else {}
    texts = {k: v for k, v in known.items() if isinstance(v, str)}
    id = str(known.get("task_id", number))
    if {"prompt", "test", "entry_point"} <= texts.keys():
        prompt = texts["prompt"]
        after = f"{texts['test']}\n\ncheck({texts['entry_point']})\n"
        return Problem(id, "humaneval", prompt, prompt, after, texts.get("canonical_solution"))
    tests, asked = known.get("test_list"), texts.get("prompt") or texts.get("text")
    if asked and isinstance(tests, Sequence) and tests and all(isinstance(t, str) for t in tests):
        imports = known.get("test_imports") or known.get("test_setup_code") or ()
        lines = [imports] if isinstance(imports, str) else list(imports)
        after = "\n".join([*map(str, lines), *tests]) + "\n"
        prompt = f'"""\n{asked}\n{tests[0]}\n"""\n'  # the first test tells the function's name
        return Problem(id, "mbpp", prompt, "", after, texts.get("code"))
    raise DataError(
        f"problem {number + 1} has the keys {', '.join(map(str, known)) or 'none'} "
        f"({shortened(row)}); it must have prompt, test and entry_point as in HumanEval, or prompt and "
        "test_list as in MBPP.",
        path=path,
    )


def _prepare(argument: str, config: EvaluateConfig) -> Prepared:
    problems = read_problems(Path(argument).expanduser(), config.limit)
    refuse_programs_that_escape(True, config)
    facts: dict[str, Any] = {
        "problems": key_of([asdict(p) for p in problems]),
        "samples": config.samples,
        "program_seconds": config.program_seconds,
    }
    return Prepared(
        len(problems),
        facts,
        partial(_measure, problems),
        "answers",
        check=partial(_check_some, problems),
    )


def _check_some(problems: tuple[Problem, ...], subject: Subject) -> None:
    """See that there is a prompt that the model can read: no answer at all is not a score of zero.

    Raises:
        EvaluationError: there is none.
    """
    if not any(_room(subject, _prompt(subject, problem)) for problem in problems):
        raise EvaluationError(
            f"Not one of the {plural(len(problems), 'problem')} can be asked, so there is nothing to "
            f"measure: each prompt is empty, or longer than what {subject.name} reads. Give others."
        )


def _prompt(subject: Subject, problem: Problem) -> tuple[int, ...]:
    """Its tokens, without an end: the text goes on."""
    ids = tuple(subject.tokenizer(problem.prompt, verbose=False)["input_ids"])
    return ids[:-1] if ids[-1:] == (subject.tokenizer.eos_token_id,) else ids


def _room(subject: Subject, prompt: tuple[int, ...]) -> int:
    """Tokens that an answer may have; 0 where there is nothing to answer, or no place."""
    if not prompt:
        return 0
    positions = subject.positions
    return _LONGEST if positions is None else max(0, min(_LONGEST, positions - len(prompt)))


def _measure(problems: tuple[Problem, ...], desk: Desk, report: Progress) -> Measured:
    config, subject = desk.config, desk.subject
    n = config.samples
    sampling = Sampling(config.temperature, config.top_p, config.seed) if n > 1 else None
    positions = subject.positions
    prompts: dict[int, Prompt] = {}
    solved: dict[int, tuple[tuple[int, ...], tuple[int, ...]]] = {}  # prompt and its own solution
    for i, problem in enumerate(problems):
        ids = _prompt(subject, problem)
        if room := _room(subject, ids):
            if problem.solution is not None:
                solved[i] = (ids, _continuation(subject.tokenizer, problem.solution))
                if positions is not None and sum(map(len, solved[i])) > positions:
                    del solved[i]
            for sample in range(n):
                prompts[i * n + sample] = Prompt(ids, room, f"{problem.id}\0{sample}")
    found = Parts(desk.store, f"{desk.name}-answers", desk.key)
    nats = Parts(desk.store, f"{desk.name}-nats", desk.key)
    verdicts = Parts(desk.store, f"{desk.name}-verdicts", desk.key)

    def tell() -> None:
        report(len(found) + len(nats) + len(verdicts), 2 * len(prompts) + len(solved))

    tell()
    todo = [i for i in prompts if i not in found]
    for batch in answers(subject, [prompts[i] for i in todo], config.batch_tokens, sampling):
        found.add({todo[k]: asdict(answer) for k, answer in batch.items()})
        tell()
    found.write()
    todo = [i for i in solved if i not in nats]
    sequences = [solved[i][0] + solved[i][1] for i in todo]
    scored = [[False] * len(solved[i][0]) + [True] * len(solved[i][1]) for i in todo]
    for sums in negative_log_likelihoods(subject, sequences, scored, config.batch_tokens):
        nats.add({todo[k]: value for k, value in sums.items()})
        tell()
    nats.write()
    run = runner(config)

    def judge(number: int) -> Verdict:
        outcome = run(problems[number // n].program(found[number]["text"]))
        return Verdict(outcome.right, None if outcome.right else outcome.why)

    for some in judged(judge, [i for i in prompts if i not in verdicts]):
        verdicts.add({i: asdict(verdict) for i, verdict in some.items()})
        tell()
    verdicts.write()
    items = tuple(_item(p, i, n, prompts, (found, nats, verdicts)) for i, p in enumerate(problems))
    rows = tuple(
        {"id": problems[i // n].id, "sample": i % n, "answer": found[i]["text"], **verdicts[i]}
        for i in prompts
    )
    return Measured(items, _figure(items, n), answers=rows, notes=tuple(_notes(items, n)))


def _item(
    problem: Problem,
    number: int,
    n: int,
    prompts: Mapping[int, Prompt],
    parts: tuple[Parts, Parts, Parts],
) -> Item:
    found, nats, verdicts = parts
    first = number * n
    if first not in prompts:
        return Item(
            id=problem.id, question=problem.prompt, expected=problem.solution, score=0.0, samples=n,
            right=0, problem="its prompt is longer than what the model reads",
        )  # fmt: skip
    right = sum(verdicts[first + k]["right"] for k in range(n))
    known = nats.get(number)
    size = len((problem.solution or "").encode())
    return Item(
        id=problem.id,
        question=problem.prompt,
        expected=problem.solution,
        answer=found[first]["text"],
        score=right / n,
        why=verdicts[first]["why"],
        nats=known,
        bits_per_byte=None if known is None else bits_per_byte(known, size),
        prompt_tokens=len(prompts[first].ids),
        answer_tokens=found[first]["tokens"],
        cut=any(found[first + k]["cut"] for k in range(n)),
        samples=n,
        right=right,
    )


def _continuation(tokenizer: Any, text: str) -> tuple[int, ...]:
    """The tokens of a text that goes on after another."""
    return tuple(tokenizer(text, add_special_tokens=False, verbose=False)["input_ids"])


def _figure(items: Sequence[Item], n: int) -> Figure:
    # Every problem has n answers, those that could not be asked with none right among them.
    passed = {
        f"pass@{k}": sum(pass_at(k, n, item.right or 0) for item in items) / len(items)
        for k in _KS
        if k <= n
    }
    score = passed["pass@1"]
    low, high = wilson(score, len(items))
    bits = [item.bits_per_byte for item in items if item.bits_per_byte is not None]
    mean_bits = sum(bits) / len(bits) if bits else None
    return Figure(len(items), score, low, high, 0.0, mean_bits, {"samples": n, **passed})


def _notes(items: Sequence[Item], n: int) -> list[str]:
    told = []
    if unasked := sum(item.problem is not None for item in items):
        told.append(
            f"{plural(unasked, 'problem')} could not be asked and counted as wrong: "
            f"{either(unasked, 'its prompt is', 'their prompts are')} longer than what the model reads."
        )
    if n > 1 and (missing := [k for k in _KS if k > n]):
        told.append(
            f"{listed([f'pass@{k}' for k in missing])} {either(len(missing), 'needs', 'need')} as many "
            f"answers a problem; there are {n}."
        )
    return told


_USES = frozenset({"samples", "temperature", "top_p", "seed", "program_seconds"})
TASK = Task("Programs that pass their tests", _prepare, argument="FILE", uses=_USES)
