from __future__ import annotations

from model_cases import place
from transformers import AutoTokenizer

from paser_core.config import DataConfig, ModelsConfig
from paser_core.models.transformers_lm import agreed_tokenizer
from paser_core.records import read_records

TEMPLATE = (
    "{%- for m in messages %}{%- if m.role == 'assistant' %}{%- set c = m.content %}{%- set r = '' %}"
    "{%- if '</think>' in c %}{%- set r = c.split('</think>')[0].split('<think>')[-1].strip() %}"
    "{%- set c = c.split('</think>')[-1].strip() %}{%- endif %}"
    "{{- '[A]<think>' + r + '</think>' + c + '[end]' }}{%- else %}{{- '[U]' + m.content + '[end]' }}"
    "{%- endif %}{%- endfor %}{%- if add_generation_prompt %}{{- '[A]' }}{%- endif %}"
)


def test_the_models_read_what_the_template_writes(tmp_path, monkeypatch):
    folder = place("11-thinking-template", tmp_path, template=TEMPLATE)
    monkeypatch.chdir(folder)
    models = ModelsConfig(original="original", compressed="compressed", template="chat")
    ours, _ = agreed_tokenizer(models)
    theirs = AutoTokenizer.from_pretrained("original")
    conversations = read_records(DataConfig(path="pool.jsonl")).conversations
    assert len(conversations) == 24
    for conversation in conversations:
        written = theirs.apply_chat_template(list(conversation.messages))["input_ids"]
        assert ours.encode(conversation).ids == written
