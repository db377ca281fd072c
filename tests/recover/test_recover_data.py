"""What is trained on: exports in every format, files as runs read them, and what is left out."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from recovery_pairs import QUICK, rows

import paser_core as paser
from paser_core.api.recovered import _source
from paser_core.errors import ExportError
from paser_core.export import ExportFormat
from paser_core.recover.request import Request, look
from paser_core.recover.settings import RecoverConfig

ROOT = Path(__file__).parents[2]
DEMO = ROOT / "data" / "demo"
MODEL = str(DEMO / "models" / "compressed")


@pytest.fixture(scope="module")
def selection():
    return paser.open(DEMO / "run").select(budget=60)


@pytest.fixture(scope="module")
def export(selection, tmp_path_factory):
    folder = tmp_path_factory.mktemp("export") / "alpaca"
    selection.export(folder)
    return folder


def looked(data, **settings):
    return look(Request(MODEL, _source(data), RecoverConfig(**settings)))


@pytest.mark.parametrize("form", list(ExportFormat))
def test_every_format_of_an_export_gives_the_same_tokens(form, selection, export, tmp_path):
    selection.export(tmp_path / "out", format=form)
    ours, theirs = looked(tmp_path / "out"), looked(export)
    assert ours.material.counts == {"rows": 60, "used": 60, "left_out": 0, "cut": 0}
    assert ours.material.tokenized.sha256 == theirs.material.tokenized.sha256
    assert ours.material.template == "chat"  # that of the run


def test_an_export_says_how_its_rows_were_chosen(export, selection):
    chosen = looked(export).request.source.chosen
    assert chosen["selector"] == "paser"
    assert (chosen["selected"], chosen["of"]) == (60, 4178)
    assert chosen["run"] == selection.run.fingerprint
    assert chosen["setting"]["selection"]["budget"] == 60


def test_a_selection_and_rows_in_memory_are_read_as_its_export_is(selection, export):
    theirs = looked(export)
    for ours in (looked(selection), looked(selection.selected, template="chat")):
        assert ours.material.tokenized.sha256 == theirs.material.tokenized.sha256
    chosen = looked(selection).request.source.chosen
    assert {name: theirs.request.source.chosen[name] for name in ("run", "selected", "of")} == {
        name: chosen[name] for name in ("run", "selected", "of")
    }


def changed_pool(export, folder, rows):
    """The export, said to be from a pool with these rows."""
    made = folder / "export"
    shutil.copytree(export, made)
    (folder / "pool.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    manifest = json.loads((made / "manifest.json").read_text())
    manifest["data"] |= {"source": str(folder / "pool.jsonl")}
    (made / "manifest.json").write_text(json.dumps(manifest))
    return made


def test_ids_that_are_not_in_the_pool_are_refused(export, tmp_path):
    pool = [json.loads(line) for line in (DEMO / "pool.jsonl").read_text().splitlines()]
    with pytest.raises(
        ExportError, match=r"\d+ of 60 selected ids are not in the pool .*pool.jsonl"
    ):
        looked(changed_pool(export, tmp_path, pool[:2000]))
    (tmp_path / "b").mkdir()
    work = looked(changed_pool(export, tmp_path / "b", [*pool, {**pool[0], "id": "one-more"}]))
    assert [n.code for n in work.notices if n.code == "pool-changed"]
    assert (
        looked(export / "train.jsonl", template="chat").material.counts["used"] == 60
    )  # the way out


def test_an_export_that_was_changed_is_refused(export, tmp_path):
    made = tmp_path / "export"
    shutil.copytree(export, made)
    lines = (made / "train.jsonl").read_text().splitlines(keepends=True)
    (made / "train.jsonl").write_text("".join(lines[:-1]))
    with pytest.raises(ExportError, match="not the file that was exported"):
        looked(made)


def test_what_is_not_trained_on_is_counted_and_told():
    given = [*rows(6), {"instruction": "Say.", "output": ""}, {"instruction": "", "output": "Yes."}]
    given.append({"instruction": "word " * 600, "output": "Long."})
    given.append({"instruction": "Count.", "output": "one two three " * 200})
    work = looked(given, template="chat", max_length=256)
    assert work.material.counts == {"rows": 10, "used": 7, "left_out": 3, "cut": 1}
    told = {n.code: n.text for n in work.notices}
    assert told["rows-left-out"].startswith("3 of 10 rows are not trained on.")
    assert told["responses-cut"].startswith("1 of 10 rows is longer than max_length = 256")
    assert len(work.steps) == 2  # two epochs of one batch


def test_a_model_that_reads_less_cuts_more():
    work = looked(rows(4), template="chat", max_length=4000)
    (notice,) = [n for n in work.notices if n.code == "positions"]
    assert "at most 512 tokens" in notice.text


def test_without_a_run_the_template_is_what_the_tokenizer_is_made_for(compressed):
    assert looked(rows(4)).material.template == "chat"
    plain = look(Request(str(compressed), _source(rows(4)), RecoverConfig()))
    assert plain.material.template == "alpaca"
    assert "no chat template" in next(n.text for n in plain.notices if n.code == "template")


def test_another_original_than_the_one_that_was_compressed_is_told(compressed, tmp_path):
    from tiny_models import byte_tokenizer, tiny_llama

    tiny_llama(9, 320).save_pretrained(tmp_path / "other")
    byte_tokenizer().save_pretrained(tmp_path / "other")
    codes = []
    for original in (None, str(tmp_path / "other")):
        request = Request(str(compressed), _source(rows(4)), RecoverConfig(method="kd"), original)
        codes.append([n.code for n in look(request).notices])
    assert "other-original" not in codes[0]
    assert "other-original" in codes[1]


def test_the_demo_gains_on_rows_that_were_held_out(export, tmp_path):
    """Real models, real rows: 300 of the pool bring down the loss of the held-out split."""
    import torch
    from transformers import AutoModelForCausalLM

    from paser_core.recover.batches import at_responses, followers, padded

    pool = [json.loads(line) for line in (DEMO / "pool.jsonl").read_text().splitlines()[:300]]
    held = [json.loads(line) for line in (DEMO / "heldout.jsonl").read_text().splitlines()[::8]]
    settings = {"template": "chat", "epochs": 1, "batch": 32, "lr": 1e-3}
    done = paser.recover(MODEL, pool, out=tmp_path / "out", **settings)
    tokenized = looked(held, template="chat").material.tokenized

    def loss(folder):
        model = AutoModelForCausalLM.from_pretrained(folder).eval()
        with torch.inference_mode():
            part = padded(tokenized, tokenized.lengths.nonzero()[0])
            logits = at_responses(model, part, True)
            return float(torch.nn.functional.cross_entropy(logits, followers(part)))

    before, after = loss(MODEL), loss(tmp_path / "out")
    assert after < 0.8 * before, (before, after)
    assert done.facts["sparsity"]["before"]["zeros"] == done.facts["sparsity"]["after"]["zeros"]


def test_settings_can_be_given_as_a_config(compressed, tmp_path):
    config = RecoverConfig(**QUICK)
    done = paser.recover(compressed, rows(16), out=tmp_path / "out", config=config, epochs=1)
    assert done.facts["steps"]["total"] == 2
    assert repr(done).startswith("Recovery done")


def test_the_docs_name_every_setting():
    import config_docs

    page = config_docs.RECOVER.read_text(encoding="utf-8")
    assert page == config_docs.recover_page(page), "run: python scripts/config_docs.py"
