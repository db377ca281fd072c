"""What the stages give an engine can travel, and who does it in which order makes no difference."""

from __future__ import annotations

import dataclasses
import os
import pickle
from functools import partial

import pytest
from pipeline_runs import changed
from tiny_run import assert_same_run, loaders

from paser_core.engines.engine import Once
from paser_core.engines.local import LOCAL, LocalEngine
from paser_core.measure import run_pipeline
from paser_core.models.sentence_encoder import load_encoder
from paser_core.models.transformers_lm import load_pair


def elsewhere(_, task, shards, watch=None, *, gpu=False):
    """As two workers would that share no memory with whoever asks: the last shard is done first."""
    sent = pickle.dumps(task)
    workers = [pickle.loads(sent) for _ in range(2)]
    done = {}
    for number in reversed(range(len(shards))):
        shard = pickle.loads(pickle.dumps(shards[number]))
        done[number] = pickle.dumps(workers[number % 2](shard, lambda *_: None))
    return (pickle.loads(done[number]) for number in range(len(shards)))


@pytest.mark.parametrize("encoded", [False, True])
def test_workers_elsewhere_make_the_same_run(workspace, tmp_path, monkeypatch, encoded):
    """Encoding, concepts and scoring, cut so small that each has several shards."""
    monkeypatch.setattr("paser_core.measure.blocks._BLOCK", 2)
    monkeypatch.setattr("paser_core.stages.phrase_shards._SHARD", 4)
    monkeypatch.setattr("paser_core.measure.divergence._CHUNK_BATCHES", 1)
    _, config = workspace
    if encoded:
        config = changed(
            config, embedding={"precomputed": None}, models={"original": None, "compressed": None}
        )
    asked = dataclasses.replace(
        loaders(config),
        models=partial(load_pair, config.models),
        encoder=partial(load_encoder, config.embedding),
    )
    here = run_pipeline(config, tmp_path / "here", asked)
    told = []

    def counted(*arguments, **options):
        told.append(len(arguments[2]))
        return elsewhere(*arguments, **options)

    monkeypatch.setattr(LocalEngine, "map", counted)
    there = run_pipeline(config, tmp_path / "there", asked)
    # The models are asked once what they are, and two maps are laid out.
    big = [shards for shards in told if shards > 2]
    assert len(big) == 2  # concepts, and encoding or scoring
    assert_same_run(here.path, there.path)


def test_a_shard_is_done_when_it_is_asked_for_and_told_by_its_number():
    begun, heard = [], []

    def task(shard, report):
        begun.append(shard)
        report(1, 2)
        return shard * 2

    results = LOCAL.map(task, [3, 5], lambda *told: heard.append(told))
    assert begun == []  # what has been made is kept before the next is begun
    assert next(results) == 6
    assert (begun, heard) == ([3], [(0, 1, 2)])
    assert list(results) == [10]
    assert heard == [(0, 1, 2), (1, 1, 2)]


def test_what_is_made_once_is_made_anew_by_whoever_gets_it_and_does_not_travel():
    once = Once(partial(os.urandom, 1 << 20))
    assert once.value is once.value
    sent = pickle.dumps(once)
    assert len(sent) < 1000
    arrived = pickle.loads(sent)
    assert arrived.value != once.value
    with_another_task = pickle.loads(pickle.dumps(once))
    assert with_another_task is arrived
    before = arrived.value
    del arrived, with_another_task
    assert pickle.loads(sent).value != before  # nobody there had it any more
