"""Plans and tokens: nothing lost, nothing twice, little padding."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from paser_core.divergence import plan_chunks, tokenise


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


class Letters:
    """One token a character; a prompt starts with token 1, a response ends with token 2."""

    def prompt_ids(self, instruction, input):
        return [1, *map(ord, instruction + input)]

    def response_ids(self, output):
        return [*map(ord, output), 2] if output else []

    def pieces(self, ids):
        return [chr(i) for i in ids]


def test_tokens_of_each_row_lie_where_the_offsets_say():
    tokens = tokenise(["ab", "c"], ["", "d"], ["xyz", "w"], Letters(), 100)
    assert tokens.prompt(0).tolist() == [1, *map(ord, "ab")]
    assert tokens.response(0).tolist() == [*map(ord, "xyz"), 2]
    assert tokens.prompt(1).tolist() == [1, *map(ord, "cd")]
    assert tokens.response(1).tolist() == [ord("w"), 2]
    assert tokens.lengths.tolist() == [7, 5]
    assert not tokens.truncated.any()
    assert tokens.problems == (None, None)


def test_a_long_sample_loses_the_end_of_its_response_only():
    tokens = tokenise(["abc"] * 3, [""] * 3, ["xyz", "xyzw", "xyzwv"], Letters(), 8)
    assert tokens.truncated.tolist() == [False, True, True]
    assert [tokens.prompt(i).tolist() for i in range(3)] == [[1, *map(ord, "abc")]] * 3
    assert tokens.response(1).tolist() == [*map(ord, "xyzw")]
    assert tokens.response(2).tolist() == [*map(ord, "xyzw")]


def test_rows_that_cannot_be_scored_say_why_and_the_rest_goes_on():
    tokens = tokenise(
        ["long prompt", "a", "a", "a", "skipped"],
        [""] * 5,
        ["x", "", "é\u4e00", "x", "x"],
        Letters(),
        12,
        vocab_size=256,
        skip=np.array([False, False, False, False, True]),
    )
    no_room, empty, outside, fine, skipped = tokens.problems
    assert "12 tokens" in no_room
    assert "max_length = 12" in no_room
    assert "no tokens" in empty
    assert "256" in outside
    assert fine is None
    assert skipped is None
    assert tokens.lengths.tolist() == [0, 0, 0, 4, 0]


def test_progress_ends_at_the_number_of_samples():
    seen = []
    tokenise(
        ["a"] * 600,
        [""] * 600,
        ["b"] * 600,
        Letters(),
        9,
        on_progress=lambda d, t: seen.append((d, t)),
    )
    assert seen == [(0, 600), (256, 600), (512, 600), (600, 600)]


def test_no_samples_are_no_error():
    tokens = tokenise([], [], [], Letters(), 9)
    assert tokens.ids.size == 0
    assert plan_chunks(tokens.lengths, 100) == []


def test_the_hash_of_tokens_tells_where_they_are_cut_and_where_a_response_starts():
    def digest(instruction, output, most=100):
        return tokenise([instruction], [""], [output], Letters(), most).sha256

    assert digest("ab", "cde") == digest("ab", "cde")
    others = [digest("abc", "de"), digest("ab", "cde", 5), digest("ab", "cdf"), digest("ab", "cd")]
    assert len({digest("ab", "cde"), *others}) == 5
