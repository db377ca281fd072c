"""Answers of the original model in the place of the data's: what is learned is what it would have said.

Greedy, so the same every time; read back token by token, never through text. A chunk of answers is
written as soon as it is there, and is not made again after a kill.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from paser_core.errors import enough_memory
from paser_core.models.writing import ends_of, written_by
from paser_core.notices import Notice
from paser_core.recover.batches import parts_of
from paser_core.recover.plan import TARGETS
from paser_core.recover.settings import Adapter
from paser_core.recover.students import load_student
from paser_core.stages.divergence.tokens import Tokenized
from paser_core.text import either, plural
from paser_core.workspace.keys import key_of
from paser_core.workspace.reading import reading
from paser_core.workspace.store import PARTS, Store

if TYPE_CHECKING:
    from paser_core.recover.request import Work

_WIDER = 4  # times what is trained on at once: nothing is kept for a gradient


@dataclass(frozen=True)
class Answered:
    """The original's answers to ``n`` rows; a row that was not asked has none."""

    tokens: tuple[NDArray[np.int32], ...]  # (n,) the end of sequence included
    ended: NDArray[np.bool_]  # (n,) it came to an end by itself


def write_targets(work: Work, report: Callable[..., None]) -> None:
    """``targets.parquet``: one row for each row of the data."""
    assert work.checkpoints is not None
    assert work.original is not None
    store, tokenized = work.checkpoints.store, work.material.tokenized
    model = load_student(work.original, work.config, Adapter.LORA)
    model = model.to(work.device).eval()
    rows = work.material.rows
    lengths = np.zeros(len(tokenized.lengths), np.int64)
    lengths[rows] = [_prompt(tokenized, int(row)).size for row in rows]
    # Room for answers counts: all of it is kept in memory while they are made.
    widths = np.full_like(lengths, work.material.most)
    chunks = parts_of(
        rows[np.argsort(-lengths[rows], kind="stable")], widths, work.config.batch_tokens
    )
    owner = key_of(tokenized.sha256, work.models["original"], [c.tolist() for c in chunks])
    done = 0
    for number, chunk in enumerate(chunks):
        name = f"{PARTS}/answers-{owner}-{number:05d}.npz"
        if store.part(name, partial(_fits, chunk=chunk)) is None:
            with enough_memory("Lower batch_tokens."):
                made = _answers(model, tokenized, chunk, work.material.most, work.tokenizer)
            store.write_arrays(name, _packed(chunk, made))
        done += len(chunk)
        report(done, len(rows))
    answered = _joined(store, owner, len(chunks), len(tokenized.lengths))
    frame = work.material.records.frame
    asked = np.isin(np.arange(len(frame)), rows)
    texts = [
        work.tokenizer.decode(tokens.tolist(), skip_special_tokens=True) if there else None
        for tokens, there in zip(answered.tokens, asked, strict=True)
    ]
    table = pa.table(
        {
            "id": pa.array([str(name) for name in frame["id"]]),
            "answer": pa.array(texts, pa.string()),
            "tokens": pa.array(answered.tokens, pa.list_(pa.int32())),
            "ended": pa.array(answered.ended),
        }
    )
    store.write_table(TARGETS, table)
    work.checkpoints.note("targets", _notices(answered, asked, work.material.most))


def read_targets(store: Store) -> Answered:
    """What :func:`write_targets` wrote.

    Raises:
        RunError: the file is damaged.
    """
    with reading(store.path(TARGETS)):
        table = pq.read_table(store.path(TARGETS))
        tokens = tuple(np.array(ids, np.int32) for ids in table["tokens"].to_pylist())
        return Answered(tokens, np.array(table["ended"].to_pylist(), bool))


def with_targets(tokenized: Tokenized, answered: Answered) -> Tokenized:
    """The samples with the original's answers; one that it did not answer is left out."""
    ids: list[NDArray[np.int32]] = []
    measured: list[NDArray[np.bool_]] = []
    problems: list[str | None] = []
    nothing = np.empty(0, np.int32)
    for row, problem in enumerate(tokenized.problems):
        answer = answered.tokens[row]
        known = tokenized.lengths[row] > 0 and len(answer) > 0
        prompt = _prompt(tokenized, row) if known else nothing
        ids += [prompt, answer if known else nothing]
        measured += [np.zeros(len(prompt), bool), np.ones(len(ids[-1]), bool)]
        empty = "The original model does not answer." if tokenized.lengths[row] > 0 else problem
        problems.append(problem if known else empty)
    offsets = np.zeros(len(problems) + 1, np.int64)
    np.cumsum([len(a) + len(b) for a, b in zip(ids[::2], ids[1::2], strict=True)], out=offsets[1:])
    lengths = np.diff(offsets)
    return replace(
        tokenized,
        ids=np.concatenate([nothing, *ids]),
        measured=np.concatenate([np.empty(0, bool), *measured]),
        offsets=offsets,
        truncated=(lengths > 0) & ~answered.ended,
        problems=tuple(problems),
    )


def _prompt(tokenized: Tokenized, row: int) -> NDArray[np.int32]:
    """What is read before the answer."""
    ids, measured = tokenized.row(row)
    return ids[: int(np.argmax(measured))]


def _answers(
    model: Any, tokenized: Tokenized, rows: NDArray[np.int64], most: int, tokenizer: Any
) -> Answered:
    """Greedy answers."""
    prompts = [_prompt(tokenized, int(row)).tolist() for row in rows]
    ends = ends_of(model, tokenizer)
    room = [most - len(prompt) for prompt in prompts]
    written = written_by(model, prompts, room, ends, ends[0] if ends else 0)
    ended = [tokens[-1] in ends for tokens in written]
    # An end and nothing before it is no answer.
    kept = [
        [] if stops and len(tokens) == 1 else tokens
        for tokens, stops in zip(written, ended, strict=True)
    ]
    return Answered(tuple(np.array(tokens, np.int32) for tokens in kept), np.array(ended, bool))


def _packed(rows: NDArray[np.int64], made: Answered) -> dict[str, NDArray[Any]]:
    return {
        "rows": rows,
        "lengths": np.array([len(t) for t in made.tokens], np.int64),
        "tokens": np.concatenate([np.empty(0, np.int32), *made.tokens]),
        "ended": made.ended,
    }


def _fits(part: Mapping[str, NDArray[Any]], chunk: NDArray[np.int64]) -> bool:
    return (
        np.array_equal(part["rows"], chunk)
        and part["lengths"].shape == part["ended"].shape == chunk.shape
        and part["tokens"].shape == (int(part["lengths"].sum()),)
    )


def _joined(store: Store, owner: str, n_chunks: int, n: int) -> Answered:
    tokens: list[NDArray[np.int32]] = [np.empty(0, np.int32)] * n
    ended = np.zeros(n, bool)
    for number in range(n_chunks):
        part = store.read_arrays(f"{PARTS}/answers-{owner}-{number:05d}.npz")
        ends = np.cumsum(part["lengths"])
        for row, stop, length in zip(part["rows"], ends, part["lengths"], strict=True):
            tokens[row] = part["tokens"][stop - length : stop]
        ended[part["rows"]] = part["ended"]
    return Answered(tuple(tokens), ended)


def _notices(answered: Answered, asked: NDArray[np.bool_], most: int) -> list[Notice]:
    n = int(asked.sum())
    empty = int(sum(len(answered.tokens[row]) == 0 for row in np.flatnonzero(asked)))
    cut = int((asked & ~answered.ended).sum())
    notices = []
    if empty:
        text = (
            f"The original model gives {empty:,} of {plural(n, 'row')} no answer; "
            f"{either(empty, 'it is', 'they are')} not trained on."
        )
        notices.append(Notice("no-answer", text, count=empty, total=n))
    if cut:
        text = (
            f"{cut:,} of {plural(n, 'answer')} of the original model {either(cut, 'does', 'do')} not end "
            f"within {most:,} tokens; {either(cut, 'it is', 'they are')} learned without an end."
        )
        notices.append(Notice("answers-cut", text, count=cut, total=n))
    return notices
