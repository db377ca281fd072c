"""The bundled demo is what data/README.md says: correct, disjoint, reproducible, measured."""

from __future__ import annotations

import itertools
import json
import random
import re
import sys
from pathlib import Path

import pytest

import paser_core as paser

DATA = Path(__file__).parents[2] / "data"
DEMO = DATA / "demo"
sys.path.insert(0, str(DATA))  # the demo's scripts are run as files, not installed

import make_dataset  # noqa: E402
from families import FAMILIES, check  # noqa: E402
from families.sample import Sample  # noqa: E402
from make_dataset import generate, key, natural  # noqa: E402
from train_model import PHASES, prompt, question  # noqa: E402


def first(capability: str, n: int, seed: str = "test") -> list[Sample]:
    return list(itertools.islice(generate(capability, seed), n))


def rows(name: str) -> list[dict[str, str]]:
    lines = (DEMO / name).read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines]


@pytest.mark.parametrize("capability", FAMILIES)
def test_a_seed_determines_the_samples(capability: str) -> None:
    assert first(capability, 50) == first(capability, 50)
    assert first(capability, 50) != first(capability, 50, "another")


@pytest.mark.parametrize("capability", FAMILIES)
def test_every_sample_passes_its_checker_and_another_answer_does_not(capability: str) -> None:
    samples = first(capability, 300)
    assert all(check(capability, s, s.output) for s in samples)
    assert not any(check(capability, s, wrong) for s in samples[:20] for wrong in ("", "I see."))
    # The answer to another question is right only where it reads the same (or does the same).
    others = samples[1:20]
    for ours, other in itertools.pairwise(others):
        if ours.output.casefold() != other.output.casefold() and capability != "creative_writing":
            assert not check(capability, ours, other.output), (ours, other)


def test_code_is_judged_by_what_it_does() -> None:
    (sample,) = (
        s for s in first("code", 300) if s.facts[0] == "add_3" and "called" in s.instruction
    )
    assert check("code", sample, "def add_3(number):\n    total = 3 + number\n    return total")
    assert not check("code", sample, "def add_3(x):\n    return x + 4")
    assert not check("code", sample, "def add_4(x):\n    return x + 3")
    assert not check("code", sample, "def add_3(x):\n    while True: pass")
    assert not check("code", sample, "import os\ndef add_3(x):\n    return x + 3")
    assert not check("code", sample, "def add_3(x:\n    return")


def test_creative_writing_is_judged_by_its_constraints() -> None:
    pair = Sample("", "", "", ("river", "lamp"))
    assert check("creative_writing", pair, "A lamp was floating down the river at night.")
    assert not check("creative_writing", pair, "A lamp was floating down the stream at night.")
    assert not check("creative_writing", pair, "river lamp")
    poem = Sample("", "", "", ("couplet", "kite"))
    assert check("creative_writing", poem, "My kite was flying over the sea\nand smiled at me")
    assert not check("creative_writing", poem, "My kite was flying over the sea\nand sang all day")
    assert not check("creative_writing", poem, "My kite was flying over the sea and smiled at me")


def test_arithmetic_answers_against_the_words_of_the_question() -> None:
    for s in first("arithmetic", 500):
        a, b = map(int, re.findall(r"\d+", s.instruction))
        text = s.instruction.casefold()
        if re.search(r"\+|\badd\b|\bsum\b|\bplus\b|\btotal\b", text):
            assert int(s.output) == a + b, s
        elif re.search(r"\*|times|multipl|product", text):
            assert int(s.output) == a * b, s
        else:
            assert int(s.output) == abs(a - b), s


def test_orders_and_syllogisms_against_every_possible_world() -> None:
    lowest = ("shortest", "youngest", "slowest", "poorest")
    for s in first("logic", 400):
        facts = re.findall(r"(\w+) is \w+ than (\w+)\.", s.input)
        if not facts:  # a syllogism: the sample is of a kind, and all or none of that kind are more
            assert (s.output == "yes") == ("All " in s.input), s
            continue
        people = sorted({name for fact in facts for name in fact})
        worlds = [
            world
            for world in itertools.permutations(people)
            if all(world.index(more) < world.index(less) for more, less in facts)
        ]
        assert len(worlds) == 1, s
        assert s.output == worlds[0][-1 if any(w in s.instruction for w in lowest) else 0], s


def test_lists_sort_reverse_pick_and_count() -> None:
    for s in first("list_handling", 500):
        items = s.input.split(", ")
        place = re.search(r"\d+", s.instruction.replace("counting from 1", ""))
        if items[0].isdigit():
            assert s.output.split(", ") == sorted(items), s
        elif place:
            assert s.output == items[int(place[0]) - 1], s
        elif s.output.isdigit():
            assert int(s.output) == len(items), s
        else:
            assert s.output.split(", ") == items[::-1], s


def test_extraction_and_summaries_say_nothing_that_the_text_does_not() -> None:
    for s in first("extraction", 300):
        assert s.output in s.input, s
    for s in first("summarising", 300):
        assert set(s.output.casefold().rstrip(".").split()) <= set(
            re.findall(r"[\w]+", s.input.casefold())
        ), s


def test_the_stored_files_are_what_the_script_writes() -> None:
    assert rows("pool.jsonl") == make_dataset.pool()
    stored = [(r["capability"], r["question"], r["answer"]) for r in rows("heldout.jsonl")]
    made = make_dataset.heldout()
    assert stored == [(c, s.instruction, s.output) for c, samples in made.items() for s in samples]


def test_pool_is_large_varied_and_apart_from_the_heldout_split() -> None:
    pool = rows("pool.jsonl")
    assert len(pool) >= 4000
    assert len({row["id"] for row in pool}) == len(pool)
    assert len({row["capability"] for row in pool} - {"unusable"}) >= 10
    assert sum(row["source"] == "natural" for row in pool) >= 400
    hidden = {key(row) for row in rows("heldout.jsonl")}
    assert not hidden & {key(row) for row in pool}
    assert not hidden & {key(row) for row in natural()}
    for phase in PHASES:
        assert not hidden & {key(s) for _, s in make_dataset.training(phase.sizes)}
    unusable = [row for row in pool if row["capability"] == "unusable"]
    assert unusable
    for row in unusable:
        assert not (row["instruction"] or "").strip() or not (row["output"] or "").strip()


def test_chat_template_writes_the_prompt_that_the_model_was_trained_on() -> None:
    from transformers import AutoTokenizer

    from paser_core.records.conversations import user_text

    tokenizer = AutoTokenizer.from_pretrained(DEMO / "models" / "original")
    for instruction, text in (("Add 2 and 3.", ""), ("Reverse the list.", "fox, hen")):
        user = user_text(instruction, text)
        assert question(instruction, text) == user
        turn = [{"role": "user", "content": user}]
        chat = tokenizer.apply_chat_template(turn, tokenize=False, add_generation_prompt=True)
        assert chat == prompt(user)
    assert tokenizer.tokenize("1234") == list("1234")


@pytest.mark.parametrize("model", ["original", "compressed"])
def test_the_accuracy_file_can_be_measured_again(model: str, tmp_path: Path) -> None:
    folder = DEMO / "models" / model
    assert [p.suffix for p in folder.iterdir() if p.stat().st_size > 1_000_000] == [".safetensors"]
    told = json.loads((DEMO / "accuracy.json").read_text(encoding="utf-8"))
    names = random.Random(0).sample(sorted(told), 3)
    asked = tmp_path / "asked.jsonl"
    chosen = [json.dumps(row) for row in rows("heldout.jsonl") if row["capability"] in names]
    asked.write_text("\n".join(chosen), encoding="utf-8")
    found = paser.evaluate(folder, f"jsonl:{asked}", out=tmp_path / "out", answer_tokens=40)
    measured = found.scores.set_index("capability")["score"]
    for name in names:
        # Another processor may round a logit differently: two answers of 65 may change.
        assert measured[name] == pytest.approx(told[name][model], abs=2.5 / told[name]["n"])


def test_compression_is_what_its_file_says() -> None:
    from safetensors.torch import load_file

    told = json.loads((DEMO / "models/compressed/compression.json").read_text(encoding="utf-8"))
    before = load_file(DEMO / "models/original/model.safetensors")
    after = load_file(DEMO / "models/compressed/model.safetensors")
    assert told["counted"]["zeros"] == sum(
        int((weight == 0).sum()) for name, weight in after.items() if "_proj." in name
    )
    for name, weight in after.items():
        if "_proj." in name:
            assert int((weight == 0).sum()) == int(told["settings"]["sparsity"] * weight.numel())
            kept = weight != 0
            assert (weight[kept] == before[name][kept]).all()
            assert before[name][~kept].abs().max() <= weight[kept].abs().min()
        else:
            assert (weight == before[name]).all()


def test_the_compressed_model_is_what_the_command_makes(tmp_path: Path) -> None:
    """To the last bit: the run of the demo is known by these weights."""
    settings = {"sparsity": 0.65}
    made = paser.compress(DEMO / "models/original", "magnitude", tmp_path / "made", **settings)
    names = sorted(p.name for p in (DEMO / "models/compressed").iterdir())
    assert names == sorted(p.name for p in made.path.iterdir())
    for name in set(names) - {"compression.json"}:
        committed = (DEMO / "models/compressed" / name).read_bytes()
        assert (made.path / name).read_bytes() == committed, name


def test_the_demo_stays_small() -> None:
    size = sum(p.stat().st_size for p in DATA.rglob("*") if p.is_file())
    assert size < 80e6
