"""Plans and tokens: nothing lost, nothing twice, little padding."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from paser_core.errors import ModelError, SampleError
from paser_core.protocols import Encoded
from paser_core.records.conversations import Conversation
from paser_core.stages.divergence import plan_chunks, tokenize
from paser_core.stages.divergence.prepared import histogram


@settings(deadline=None, max_examples=100)
@given(
    lengths=st.lists(st.integers(0, 600), max_size=400),
    batch_tokens=st.integers(64, 9000),
    chunk_tokens=st.integers(1, 20_000),
)
def test_every_row_once_within_the_limits(lengths, batch_tokens, chunk_tokens):
    lengths = np.array(lengths, np.int64)
    chunks = plan_chunks(lengths, batch_tokens, chunk_tokens)
    rows = np.concatenate([c.rows for c in chunks]) if chunks else np.empty(0, int)
    assert sorted(rows.tolist()) == np.flatnonzero(lengths).tolist()
    assert [c.number for c in chunks] == list(range(len(chunks)))
    for chunk in chunks:
        for batch in chunk.batches:
            longest = lengths[batch].max()
            assert batch.size == 1 or batch.size * longest <= batch_tokens
            assert lengths[batch].sum() >= 0.95 * batch.size * longest
        # Closed by the batch that filled it, and not before.
        *before, last = (lengths[batch].sum() for batch in chunk.batches)
        assert sum(before) < chunk_tokens
        assert chunk is chunks[-1] or sum(before) + last >= chunk_tokens


@pytest.mark.parametrize("seed", range(3))
def test_lengths_of_real_data_make_full_batches(seed):
    """Log-normal lengths, as instruction data has: little waste, not bought with tiny batches."""
    rng = np.random.default_rng(seed)
    lengths = np.clip(rng.lognormal(5, 0.6, 20_000), 20, 512).astype(int)
    chunks = plan_chunks(lengths, 8192)
    batches = [batch for chunk in chunks for batch in chunk.batches]
    padded = sum(int(lengths[b].max()) * b.size for b in batches)
    assert 1 - lengths.sum() / padded <= 0.05
    assert len(batches) <= 1.15 * lengths.sum() / 8192
    again = plan_chunks(lengths, 8192)
    assert all(np.array_equal(a.rows, b.rows) for a, b in zip(chunks, again, strict=True))


def talk(*turns):
    """Question, answer, question, answer, …"""
    roles = ("user", "assistant")
    messages = tuple({"role": roles[i % 2], "content": t} for i, t in enumerate(turns))
    return Conversation(messages, len(turns) - 1, turns[-2])


class Letters:
    """One token a character; a prompt starts with token 1, a response ends with token 2."""

    def encode(self, conversation, every_turn=False):
        ids, measured = [1], [False]
        for number, message in enumerate(conversation.messages[: conversation.answer + 1]):
            answers = message["role"] == "assistant"
            letters = [*map(ord, message["content"]), *([2] if answers else [])]
            if letters == [2]:
                continue
            ids += letters
            asked = answers and (every_turn or number == conversation.answer)
            measured += [asked] * len(letters)
        return Encoded(ids, measured)

    def pieces(self, ids):
        return [chr(i) for i in ids]


def test_tokens_of_each_row_lie_where_the_offsets_say():
    tokens = tokenize([talk("ab", "xyz"), talk("cd", "w")], Letters(), 100)
    assert tokens.prompt(0).tolist() == [1, *map(ord, "ab")]
    assert tokens.response(0).tolist() == [*map(ord, "xyz"), 2]
    assert tokens.prompt(1).tolist() == [1, *map(ord, "cd")]
    assert tokens.response(1).tolist() == [ord("w"), 2]
    assert tokens.lengths.tolist() == [7, 5]
    assert not tokens.truncated.any()
    assert tokens.problems == (None, None)


def test_a_long_sample_loses_the_end_of_its_response_only():
    tokens = tokenize([talk("abc", t) for t in ("xyz", "xyzw", "xyzwv")], Letters(), 8)
    assert tokens.truncated.tolist() == [False, True, True]
    assert [tokens.prompt(i).tolist() for i in range(3)] == [[1, *map(ord, "abc")]] * 3
    assert tokens.response(1).tolist() == [*map(ord, "xyzw")]
    assert tokens.response(2).tolist() == [*map(ord, "xyzw")]


def test_rows_that_cannot_be_scored_say_why_and_the_rest_goes_on():
    tokens = tokenize(
        [talk("long prompt", "x"), talk("a", ""), talk("a", "é\u4e00"), talk("a", "x"), None],
        Letters(),
        12,
        vocab_size=256,
    )
    no_room, empty, outside, fine, skipped = tokens.problems
    assert "12 tokens" in no_room
    assert "max_length = 12" in no_room
    assert "no tokens" in empty
    assert "256" in outside
    assert fine is None
    assert skipped is None
    assert tokens.lengths.tolist() == [0, 0, 0, 4, 0]


def test_every_answer_is_measured_where_that_is_asked_for():
    whole = talk("ab", "xy", "c", "z")
    last = tokenize([whole], Letters(), 100)
    every = tokenize([whole], Letters(), 100, every_turn=True)
    np.testing.assert_array_equal(last.ids, every.ids)
    assert last.response(0).tolist() == [ord("z"), 2]
    assert every.response(0).tolist() == [ord("x"), ord("y"), 2, ord("z"), 2]
    assert every.prompt(0).tolist() == [1, ord("a"), ord("b"), ord("c")]
    # Cut within the second question: the last answer is gone, the first is not.
    assert "no room" in tokenize([whole], Letters(), 7).problems[0]
    cut = tokenize([whole], Letters(), 7, every_turn=True)
    assert cut.response(0).tolist() == [ord("x"), ord("y"), 2]
    assert cut.truncated.tolist() == [True]


def test_a_vocabulary_that_turns_out_smaller_takes_the_same_rows_away():
    rows = [talk("a", "x"), talk("b", "é"), None, talk("c", "zz"), talk("d", "é")]
    whole = tokenize(rows, Letters(), 50)
    expected = tokenize(rows, Letters(), 50, vocab_size=200)
    got = whole.within(200)
    assert got.problems == expected.problems
    assert got.sha256 == expected.sha256
    np.testing.assert_array_equal(got.lengths, expected.lengths)
    assert whole.within(500) is whole


class Rejecting(Letters):
    """Rejects what starts with 'no'."""

    def encode(self, conversation, every_turn=False):
        if conversation.instruction.startswith("no"):
            raise SampleError("The chat template rejects the conversation: not this")
        return super().encode(conversation, every_turn)


def test_a_sample_that_is_rejected_is_a_problem_and_nearly_all_are_an_error():
    some = tokenize([talk("no", "x"), *[talk("a", "b")] * 4], Rejecting(), 9)
    assert "not this" in some.problems[0]
    assert some.problems[1:] == (None,) * 4
    with pytest.raises(ModelError, match=r"64 of 64 samples .*not this"):
        tokenize([talk("no", "x")] * 500, Rejecting(), 9)
    with pytest.raises(ModelError, match="19 of 20"):
        tokenize([talk("a", "b"), *[talk("no", "x")] * 19], Rejecting(), 9)


def test_a_bar_of_the_histogram_is_read_or_lost():
    lengths = np.array([-1, 5, 99, 100, 101, 730])
    edges, counts = histogram(lengths, 100)
    assert counts.sum() == 5
    at = int(np.flatnonzero(np.isclose(edges, 100))[0])
    assert counts[:at].sum() == 2
    edges, counts = histogram(np.array([3, 4]), 512)
    assert edges[-1] >= 512
    assert counts.sum() == 2


def test_progress_ends_at_the_number_of_samples():
    seen = []
    tokenize(
        [talk("a", "b")] * 600,
        Letters(),
        9,
        on_progress=lambda d, t: seen.append((d, t)),
    )
    assert seen == [(0, 600), (256, 600), (512, 600), (600, 600)]


def test_no_samples_are_no_error():
    tokens = tokenize([], Letters(), 9)
    assert tokens.ids.size == 0
    assert plan_chunks(tokens.lengths, 100) == []


def test_the_hash_of_tokens_tells_where_they_are_cut_and_where_a_response_starts():
    def digest(instruction, output, most=100):
        return tokenize([talk(instruction, output)], Letters(), most).sha256

    assert digest("ab", "cde") == digest("ab", "cde")
    others = [digest("abc", "de"), digest("ab", "cde", 5), digest("ab", "cdf"), digest("ab", "cd")]
    assert len({digest("ab", "cde"), *others}) == 5
