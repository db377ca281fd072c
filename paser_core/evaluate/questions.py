"""Questions with a right answer each: asked, answered, judged; and how probable the right one is.

What ``demo`` and ``jsonl`` have in common.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from typing import Any

from paser_core.errors import EvaluationError, SampleError
from paser_core.evaluate.answers import Prompt, answers
from paser_core.evaluate.check import Case, Verdict, check_of
from paser_core.evaluate.figures import bits_per_byte, by_capability, figure_of
from paser_core.evaluate.judging import judged, refuse_programs_that_escape, runner
from paser_core.evaluate.likelihood import negative_log_likelihoods
from paser_core.evaluate.parts import Parts
from paser_core.evaluate.settings import EvaluateConfig
from paser_core.evaluate.subject import Subject
from paser_core.evaluate.task import Desk, Item, Measured, Prepared
from paser_core.protocols import Progress
from paser_core.records.conversations import Conversation, user_text
from paser_core.text import either, plural
from paser_core.workspace.keys import key_of

_GREEDY = ("Every question got one greedy answer: samples is for programs (code:FILE).",)


@dataclass(frozen=True)
class Question:
    """What is asked, and what judges the answer."""

    id: str
    instruction: str
    answer: str
    check: str
    input: str = ""
    facts: tuple[str, ...] = ()
    capability: str | None = None

    @property
    def text(self) -> str:
        """The whole question."""
        return user_text(self.instruction, self.input)

    @property
    def conversation(self) -> Conversation:
        """The question and its right answer, as models are trained on it."""
        messages = (
            {"role": "user", "content": self.text},
            {"role": "assistant", "content": self.answer},
        )
        return Conversation(messages, 1, self.instruction, self.input)


@dataclass(frozen=True)
class _Written:
    """A question as the model reads it."""

    ids: tuple[int, ...]
    scored: tuple[bool, ...]  # the tokens of the right answer
    prompt: int  # tokens before it
    problem: str | None = None


def prepared(questions: Sequence[Question], answer_tokens: int, config: EvaluateConfig) -> Prepared:
    """Questions that can be asked.

    Args:
        questions: at least one.
        answer_tokens: the longest answer.
        config: the settings.

    Raises:
        EvaluationError: programs of the model would be run, and cannot be kept apart here.
    """
    refuse_programs_that_escape(any(check_of(q.check).programs for q in questions), config)
    facts = {
        "questions": key_of([asdict(q) for q in questions]),
        "answer_tokens": answer_tokens,
        "program_seconds": config.program_seconds,
    }
    return Prepared(
        len(questions),
        facts,
        partial(_measure, tuple(questions), answer_tokens),
        "questions",
        _GREEDY if config.samples > 1 else (),
        partial(_check_some, tuple(questions)),
    )


def _check_some(questions: tuple[Question, ...], subject: Subject) -> None:
    """See that there is a question that the model can read: no answer at all is not a score of zero.

    Raises:
        EvaluationError: there is none.
    """
    written = (_write(subject, question) for question in questions)
    problems = list(itertools.takewhile(bool, (one.problem for one in written)))
    if len(problems) == len(questions):
        raise EvaluationError(
            f"Not one of the {plural(len(questions), 'question')} can be asked, so there is nothing to "
            f"measure. The first: {str(problems[0]).removesuffix('.')}. Give other questions, or another "
            "--template."
        )


def _measure(questions: tuple[Question, ...], most: int, desk: Desk, report: Progress) -> Measured:
    written = [_write(desk.subject, question) for question in questions]
    able = [i for i, w in enumerate(written) if w.problem is None]
    total = 3 * len(able)
    found = Parts(desk.store, f"{desk.name}-answers", desk.key)
    nats = Parts(desk.store, f"{desk.name}-nats", desk.key)
    verdicts = Parts(desk.store, f"{desk.name}-verdicts", desk.key)

    def tell() -> None:
        report(len(found) + len(nats) + len(verdicts), total)

    positions = desk.subject.positions
    prompts = {}
    for i in able:
        room = most if positions is None else min(most, positions - written[i].prompt)
        prompts[i] = Prompt(written[i].ids[: written[i].prompt], room, questions[i].id)
    tell()
    todo = [i for i in able if i not in found]
    for batch in answers(desk.subject, [prompts[i] for i in todo], desk.config.batch_tokens):
        found.add({todo[n]: asdict(answer) for n, answer in batch.items()})
        tell()
    found.write()
    todo = [i for i in able if i not in nats]
    sequences, scored = [written[i].ids for i in todo], [written[i].scored for i in todo]
    tokens = desk.config.batch_tokens
    for sums in negative_log_likelihoods(desk.subject, sequences, scored, tokens):
        nats.add({todo[n]: value for n, value in sums.items()})
        tell()
    nats.write()
    run = runner(desk.config)

    def judge(i: int) -> Verdict:
        question = questions[i]
        case = Case(question.answer, question.facts, run)
        return check_of(question.check).verdict(found[i]["text"], case)

    for some in judged(judge, [i for i in able if i not in verdicts]):
        verdicts.add({i: asdict(verdict) for i, verdict in some.items()})
        tell()
    verdicts.write()
    items = []
    for i, (question, read) in enumerate(zip(questions, written, strict=True)):
        if read.problem is not None:
            items.append(_item(question, read, None, None, Verdict(False)))
        else:
            items.append(_item(question, read, found[i], nats[i], Verdict(**verdicts[i])))
    return Measured(
        tuple(items),
        _figure(questions, items),
        {
            name: _figure([q for q in questions if q.capability == name], group)
            for name, group in by_capability(items).items()
        },
        tuple(
            {
                "id": q.id,
                "sample": 0,
                "answer": item.answer,
                "right": item.score == 1.0,
                "why": item.why,
            }
            for q, item in zip(questions, items, strict=True)
        ),
        tuple(remarks(items, [found[i]["close"] for i in able])),
    )


def remarks(items: Sequence[Item], close: Sequence[bool]) -> list[str]:
    """What a reader of the figures has to know of single answers."""
    told = []
    if unasked := [item for item in items if item.problem is not None]:
        told.append(
            f"{plural(len(unasked), 'item')} could not be asked and counted as wrong: "
            f"{unasked[0].problem}"
        )
    if cut := sum(bool(item.cut) for item in items):
        told.append(
            f"{plural(cut, 'answer')} had no end within the tokens that an answer may have, and "
            f"{either(cut, 'was judged as it was', 'were judged as they were')}."
        )
    if n := sum(close):
        told.append(
            f"In {plural(n, 'answer')} the two best tokens were nearly equal at some place: another "
            "machine, or another number of tokens at once, may answer otherwise."
        )
    return told


def _figure(questions: Sequence[Question], items: Sequence[Item]) -> Any:
    return figure_of(items, exact=all(check_of(q.check).compares for q in questions))


def _write(subject: Subject, question: Question) -> _Written:
    """A question as tokens; what the model cannot read is a problem of that question alone."""
    try:
        encoded = subject.writer.encode(question.conversation)
    except SampleError as error:
        return _Written((), (), 0, str(error))
    ids, scored = tuple(encoded.ids), tuple(encoded.measured)
    prompt = scored.index(True) if any(scored) else len(ids)
    positions = subject.positions
    if positions is not None and len(ids) > positions:
        return _Written(
            ids, scored, prompt, f"with its answer it has {len(ids):,} tokens, the model reads "
            f"{positions:,}"
        )  # fmt: skip
    if not 0 < prompt < len(ids):
        return _Written(ids, scored, prompt, "the template leaves no prompt, or no answer")
    return _Written(ids, scored, prompt)


def _item(
    question: Question,
    read: _Written,
    answer: Mapping[str, Any] | None,
    nats: float | None,
    verdict: Verdict,
) -> Item:
    answer = answer or {}
    size = len(question.answer.encode())
    return Item(
        id=question.id,
        capability=question.capability,
        question=question.text,
        expected=question.answer,
        answer=answer.get("text"),
        score=float(verdict.right),
        why=verdict.why,
        nats=nats,
        bits_per_byte=None if nats is None else bits_per_byte(nats, size),
        expected_tokens=sum(read.scored),
        prompt_tokens=read.prompt,
        answer_tokens=answer.get("tokens"),
        cut=answer.get("cut"),
        samples=1,
        right=int(verdict.right),
        problem=read.problem,
    )
