from __future__ import annotations

from model_cases import paser, place, stages

TEMPLATE = (
    "{%- if messages[0].role!='system' %}{{ raise_exception('a system message is needed') }}"
    "{%- endif %}{%- for m in messages %}{{- m.role+':'+m.content }}{%- endfor %}"
)


def test_the_templates_own_message_before_the_first_stage(tmp_path, monkeypatch, capsys):
    folder = place("10-chat-template-that-raises", tmp_path, template=TEMPLATE)
    monkeypatch.chdir(folder)
    assert paser("--out", "run") == 2
    said = capsys.readouterr().err.strip()
    assert "a system message is needed" in said
    assert said.count("models.template") == 1  # the remedy stands once
    assert said.endswith("or choose another models.template (24 samples).")
    assert "\n" not in said
    assert stages(folder / "run") == []
