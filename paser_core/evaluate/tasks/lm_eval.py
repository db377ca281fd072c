"""``lm-eval:NAME``: a task of EleutherAI's lm-evaluation-harness, in this process.

``NAME`` is one of its own tasks or groups, whose data come from a hub, or the YAML file of a task of
your own, whose data may lie here. The harness writes prompts and computes scores; items, intervals,
folders are as for every other task. Prompts are the harness's, without a chat template, as published
figures are measured; ``template: chat`` asks through the tokenizer's own.
"""

from __future__ import annotations

import contextlib
import functools
import importlib.util
import io
import json
import logging
import os
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from paser_core.config import Template
from paser_core.errors import EvaluationError, nearest, shortened
from paser_core.evaluate.figures import bits_per_byte, wilson
from paser_core.evaluate.settings import EvaluateConfig
from paser_core.evaluate.task import Desk, Figure, Item, Measured, Prepared, Task
from paser_core.models.loading import quiet
from paser_core.protocols import Progress
from paser_core.workspace import paths
from paser_core.workspace.keys import key_of

_FIRST = ("acc", "exact_match", "em", "f1")  # what a score is, where a task has several
# Below this size these order models no better than a coin (Heineman et al. 2025, signal and noise).
_COIN, _COIN_PARAMETERS = ("boolq", "winogrande", "gsm8k"), 300_000_000
_TOKENS = 512  # of an item, to make a number of rows of a number of tokens


def _prepare(argument: str, config: EvaluateConfig) -> Prepared:
    if importlib.util.find_spec("lm_eval") is None:
        raise EvaluationError(
            f"lm-eval:{argument} needs the package lm_eval, which is not installed. Install the extra: "
            "pip install -e '.[evaluate]' in the clone."
        )
    with _silent():
        tasks = _load(argument)
        unsafe = [name for name, task in tasks["tasks"].items() if _runs_programs(task)]
        if unsafe:
            raise EvaluationError(
                f"{unsafe[0]} runs programs that the model wrote, which the harness does without a "
                "sandbox. Take code:FILE with the problems in a file."
            )
        documents = {
            name: _documents(task)[: config.limit] for name, task in tasks["tasks"].items()
        }
    facts = {
        "documents": key_of(documents),
        "configs": key_of({name: _settings(task) for name, task in tasks["tasks"].items()}),
        "chat": config.template is Template.CHAT,
    }
    return Prepared(sum(map(len, documents.values())), facts, partial(_measure, tasks))


def _load(argument: str) -> Any:
    """The tasks that a name or a file means, with their data."""
    file = Path(argument).expanduser()
    own = file.suffix in (".yaml", ".yml")
    if own and not paths.is_file(file):
        siblings = [p.name for p in paths.entries(file.parent)]
        raise EvaluationError(
            f"{argument}: there is no such file.{nearest(file.name, siblings)} Check the path."
        )
    if own:
        from lm_eval.tasks import TaskManager

        manager, name = (
            TaskManager(include_path=str(file.parent), include_defaults=False),
            str(file),
        )
    else:
        manager, name = _stock(), argument
        if name not in manager.task_index:
            raise EvaluationError(
                f"The harness has no task {shortened(name)}.{nearest(name, manager.all_tasks)} Name "
                "one of `lm-eval ls tasks`, or the YAML file of your own."
            )
    try:
        return manager.load([name])
    except Exception as error:  # what it reads is other people's: anything can be wrong with it
        said = " ".join(str(error).split())[:300] or type(error).__name__
        where = (
            "see that its data_files are here"
            if own
            else "its data come from a hub, so a connection is needed; for data that lie here write a "
            "YAML file with data_files, and take lm-eval:FILE.yaml"
        )
        raise EvaluationError(
            f"lm-eval:{argument} cannot be loaded ({type(error).__name__}: {said}). Check the name; "
            f"{where}."
        ) from error


@functools.cache
def _stock() -> Any:
    """The harness's own tasks; it reads thousands of files to know them, which takes seconds."""
    from lm_eval.tasks import TaskManager

    return TaskManager()


def _measure(tasks: Any, desk: Desk, report: Progress) -> Measured:
    from lm_eval.evaluator import evaluate
    from lm_eval.models.huggingface import HFLM

    config, subject = desk.config, desk.subject
    for task in tasks["tasks"].values():  # as the harness's own command does
        if task.get_config("num_fewshot") is None:
            task.set_config(key="num_fewshot", value=0)
        task.set_fewshot_seed(seed=config.seed)
    report(0, 1)
    with _silent(), quiet():
        lm = HFLM(
            pretrained=subject.model,
            tokenizer=subject.tokenizer,
            batch_size=max(1, config.batch_tokens // _TOKENS),
        )
        found = evaluate(
            lm=lm,
            task_dict=tasks,
            limit=config.limit,
            bootstrap_iters=0,
            apply_chat_template=config.template is Template.CHAT,
        )
    report(1, 1)
    assert found is not None
    groups = {name: _items(name, found) for name in tasks["tasks"]}
    several = len(groups) > 1
    items = tuple(item for group in groups.values() for item in group)
    guessed = {name: _guessed(found["samples"][name], tasks["tasks"][name]) for name in groups}
    figures = {
        name: _figure(group, _plain(found["results"][name]), guessed[name])
        for name, group in groups.items()
    }
    everywhere = [chance for chances in guessed.values() for chance in chances]
    overall = _figure(items, {}, everywhere) if several else next(iter(figures.values()))
    return Measured(
        items, overall, figures if several else {}, notes=tuple(_notes(groups, subject))
    )


def _items(name: str, found: Any) -> list[Item]:
    """A row for each document, by its number in the data of its task."""
    samples = found["samples"][name]
    first = (
        samples[0]["filter"] if samples else None
    )  # a task may look at an answer in several ways
    metric = _metric(samples)
    rows = []
    for sample in sorted((s for s in samples if s["filter"] == first), key=lambda s: s["doc_id"]):
        value = sample.get(metric) if metric else None
        asked = _arguments(sample)
        chosen, nats, size = _choice(sample, asked)
        expected = sample["target"] if chosen is None else asked[int(sample["target"])][1]
        bits = None if nats is None else bits_per_byte(nats, size)
        rows.append(
            Item(
                id=f"{name}/{sample['doc_id']}",
                capability=name,
                question=asked[0][0] if asked else None,
                expected=str(expected),
                answer=_answer(sample) if chosen is None else asked[chosen][1],
                score=float(value) if isinstance(value, int | float) else None,
                nats=nats,
                bits_per_byte=bits,
                samples=1,
                right=int(value == 1) if isinstance(value, int | float) else None,
            )
        )
    return rows


def _metric(samples: Sequence[Mapping[str, Any]]) -> str | None:
    """The score of a task with several metrics; None where an item has none by itself."""
    names = list(samples[0]["metrics"]) if samples else []
    numbers = [n for n in names if isinstance(samples[0].get(n), int | float)]
    return next((n for n in _FIRST if n in numbers), numbers[0] if numbers else None)


def _arguments(sample: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Prompt and continuation of each request; the continuation is empty where one is written."""
    given = sample["arguments"]
    pairs = given.values() if isinstance(given, Mapping) else given
    found = []
    for pair in pairs:
        values = list(pair.values()) if isinstance(pair, Mapping) else list(pair)
        second = values[1] if len(values) > 1 and isinstance(values[1], str) else ""
        found.append((str(values[0]), second))
    return found


def _choice(
    sample: Mapping[str, Any], asked: Sequence[tuple[str, str]]
) -> tuple[int | None, float | None, int]:
    """Of a multiple choice: what was chosen, and nats and bytes of the right one."""
    likelihoods = [_likelihood(one) for one in sample["filtered_resps"]]
    target = sample["target"]
    is_number = isinstance(target, int) or (isinstance(target, str) and target.isdigit())
    if len(likelihoods) < 2 or any(v is None for v in likelihoods) or not is_number:
        return None, None, 0
    values = [v for v in likelihoods if v is not None]
    if not int(target) < len(values) == len(asked):
        return None, None, 0
    size = len(asked[int(target)][1].encode())
    return max(range(len(values)), key=values.__getitem__), -values[int(target)], size


def _likelihood(response: Any) -> float | None:
    """The log-probability in a response of the kind (log-probability, is greedy)."""
    pair = isinstance(response, Sequence) and not isinstance(response, str) and len(response) == 2
    with contextlib.suppress(TypeError, ValueError):
        return float(response[0]) if pair else None
    return None


def _answer(sample: Mapping[str, Any]) -> str:
    given = sample["filtered_resps"]
    return str(given[0]) if len(given) == 1 else json.dumps(given, default=str)


def _guessed(samples: Sequence[Mapping[str, Any]], task: Any) -> list[float]:
    """What guessing scores on each item: one of the choices, where there are any."""
    if task.OUTPUT_TYPE != "multiple_choice":
        return [0.0]
    return [1.0 / max(1, len(sample["filtered_resps"])) for sample in samples]


def _figure(items: Sequence[Item], metrics: Mapping[str, Any], guessed: Sequence[float]) -> Figure:
    scores = [item.score for item in items if item.score is not None]
    bits = [item.bits_per_byte for item in items if item.bits_per_byte is not None]
    mean_bits = sum(bits) / len(bits) if bits else None
    more = {"harness": dict(metrics)} if metrics else {}
    if len(scores) < len(items) or not all(0 <= score <= 1 for score in scores) or not scores:
        return Figure(len(items), bits_per_byte=mean_bits, more=more)
    share = sum(scores) / len(scores)
    low, high = wilson(share, len(scores))
    chance = sum(guessed) / len(guessed)
    return Figure(len(items), share, low, high, chance, mean_bits, more)


def _notes(groups: Mapping[str, Sequence[Item]], subject: Any) -> Iterator[str]:
    coins = [name for name in groups if name.startswith(_COIN)]
    parameters = sum(p.numel() for p in subject.model.parameters())
    if coins and parameters <= _COIN_PARAMETERS:
        yield (
            f"{', '.join(coins)}: models of this size ({parameters / 1e6:.0f} million parameters) are "
            "ordered by it no better than by a coin."
        )


def _plain(metrics: Mapping[str, Any]) -> dict[str, Any]:
    return {k: v for k, v in metrics.items() if isinstance(v, int | float) and k != "sample_len"}


def _runs_programs(task: Any) -> bool:
    return bool(getattr(task, "UNSAFE_CODE", False) or task.get_config("unsafe_code"))


def _documents(task: Any) -> list[Any]:
    return [dict(document) for document in task.eval_docs]


def _settings(task: Any) -> dict[str, Any]:
    config = task.dump_config()
    config.pop("metadata", None)
    return {
        k: v for k, v in config.items() if isinstance(v, str | int | float | bool | list | dict)
    }


@contextlib.contextmanager
def _silent() -> Iterator[None]:
    """Without the harness's own log and bars; it may not run code that comes with data, ever."""
    log = logging.getLogger("lm_eval")
    level, trust = log.level, os.environ.get("HF_DATASETS_TRUST_REMOTE_CODE")
    log.setLevel(logging.ERROR)
    os.environ["HF_DATASETS_TRUST_REMOTE_CODE"] = "0"
    try:
        with contextlib.redirect_stderr(io.StringIO()), contextlib.redirect_stdout(io.StringIO()):
            yield
    finally:
        log.setLevel(level)
        if trust is None:
            del os.environ["HF_DATASETS_TRUST_REMOTE_CODE"]
        else:
            os.environ["HF_DATASETS_TRUST_REMOTE_CODE"] = trust


TASK = Task("A task of lm-evaluation-harness", _prepare, argument="NAME", uses=frozenset({"seed"}))
