from __future__ import annotations

import time

from model_cases import FEW, notices, paser, place

from paser_core.runs import Run

TEMPLATE = (
    "{{ 'Today: ' + strftime_now('%d %b %Y') + '\\n' }}"
    "{%- for m in messages %}{{- '[' + m.role + ']' + m.content + '[end]' }}{%- endfor %}"
    "{%- if add_generation_prompt %}{{- '[assistant]' }}{%- endif %}"
)


def test_the_same_run_on_every_day_and_another_date_can_be_set(tmp_path, monkeypatch):
    folder = place("12-template-with-todays-date", tmp_path, template=TEMPLATE)
    monkeypatch.chdir(folder)
    for out, zone in (("run", "Pacific/Kiritimati"), ("run2", "America/Los_Angeles")):
        monkeypatch.setenv("TZ", zone)
        time.tzset()
        assert paser("--out", out, *FEW) == 0
    one, two = Run.open(folder / "run"), Run.open(folder / "run2")
    assert one.fingerprint == two.fingerprint
    assert one.config.models.date in notices(one.path)["template-date"]
    assert paser("--out", "run3", "--set", "models.date=1999-12-31", *FEW) == 0
    other = Run.open(folder / "run3")
    assert "1999-12-31" in notices(other.path)["template-date"]
    assert (other.samples["divergence"] != one.samples["divergence"]).any()
