"""What a run says in short, against figures worked out by hand; the report says the same."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from report_page import read
from tiny_run import loaders, write_workspace

from paser_core.findings import Named, Topic, findings
from paser_core.limits import LimitsConfig, Subject
from paser_core.measure import run_pipeline
from paser_core.report import build_report
from paser_core.runs import Run
from paser_core.selection import Overrides, Setting, rank_samples
from paser_core.selection.of_run import candidates, select_from_run
from paser_core.text import percent

DEMO = Path(__file__).parents[2] / "data" / "demo" / "run"


@pytest.fixture(scope="module")
def demo():
    return Run.open(DEMO)


def subject_of(run, selection, setting, names=None):
    return Subject(run, selection, setting, names or run.names, LimitsConfig.of().values)


@pytest.fixture(scope="module")
def subject(demo):
    setting = Setting(0.2)
    return subject_of(demo, select_from_run(demo, setting), setting)


def with_damage(demo, damage):
    """The demo's selection with other damage, made by hand."""
    setting = Setting(0.2)
    pool = replace(candidates(demo, setting), divergence=damage)
    return subject_of(demo, rank_samples(pool, setting).at(836), setting)


def told(subject, topic):
    return [found for found in findings(subject) if found.topic is topic]


def test_topics_are_in_order_and_names_are_parts(subject):
    found = findings(subject)
    assert [f.topic for f in found] == sorted((f.topic for f in found), key=list(Topic).index)
    for finding in found:
        assert finding.text.endswith((".", "?"))
        for part in finding.parts:
            if isinstance(part, Named):
                assert part.name == subject.names[part.cluster]


def test_the_most_and_the_least_damaged_cluster(demo, subject):
    means = [np.nanmean(subject.damage[demo.labels == k]) for k in range(demo.n_clusters)]
    first = told(subject, Topic.DAMAGE)[0]
    assert first.clusters[:2] == (int(np.argmax(means)), int(np.argmin(means)))
    assert f"{max(means) / min(means):.1f} times" in first.text
    assert f"{max(means):.3f}, " in first.text
    others = [subject.scores.high[k] for k in range(demo.n_clusters) if k != np.argmax(means)]
    sure = max(others) < subject.scores.low[np.argmax(means)]
    assert ("lies above all others" in first.text) == sure


def test_a_lead_that_is_not_sure_names_who_is_near(demo, subject):
    rng = np.random.default_rng(0)
    damage = np.where(np.isfinite(subject.damage), rng.random(demo.n) * 0.1, np.nan)
    damage[demo.labels == 3] = rng.choice([0.0, 1.0], (demo.labels == 3).sum(), p=[0.7, 0.3])
    damage[demo.labels == 5] = rng.choice([0.0, 1.0], (demo.labels == 5).sum(), p=[0.7, 0.3])
    (first, *_) = told(with_damage(demo, damage), Topic.DAMAGE)
    assert {*first.clusters[:1], *first.clusters[2:]} == {3, 5}
    assert "lead is not sure" in first.text


def test_where_all_are_alike_nobody_leads(demo, subject):
    (first, *_) = told(
        with_damage(demo, np.where(np.isfinite(subject.damage), 0.2, np.nan)), Topic.DAMAGE
    )
    assert first.text == "All clusters are about equally damaged: 0.200 to 0.200."
    assert not first.clusters


def test_what_the_budget_buys(demo, subject):
    taken = subject.damage[subject.selection.rows].sum() / np.nansum(subject.damage)
    bought = told(subject, Topic.BUDGET)
    assert f"carry {percent(taken)} of all measured damage" in bought[0].text
    assert "Returns diminish" in bought[1].text
    people = Overrides(forced_in=(int(subject.selection.rows[-1]),))
    forced = rank_samples(candidates(demo, subject.setting), subject.setting, people).at(836)
    (last,) = told(subject_of(demo, forced, subject.setting), Topic.BUDGET)[-1:]
    assert last.text == "People forced 1 sample in and 0 out."


def test_doubts_have_every_warning_of_the_selection_and_every_notice(demo):
    setting = Setting(1.0)
    found = subject_of(demo, select_from_run(demo, setting), setting)
    doubts = told(found, Topic.DOUBT)
    warned = {f.text for f in doubts if f.warning}
    assert found.selection.warnings
    assert {*found.selection.warnings} <= warned
    assert {notice.text for notice in demo.notices} <= {f.text for f in doubts}
    assert any("T = 2 would still be selected" in f.text for f in doubts)


def test_a_cluster_with_few_measured_samples_is_doubtful(demo, subject):
    damage = subject.damage.copy()
    damage[np.flatnonzero(demo.labels == 2)[5:]] = np.nan
    (few,) = (f for f in told(with_damage(demo, damage), Topic.DOUBT) if "Too few" in f.text)
    assert few.clusters == (2,)
    assert few.warning


def test_next_steps_name_the_mixed_clusters_and_a_budget_beyond_the_turn(demo, subject):
    first, *_ = told(subject, Topic.NEXT)
    assert list(first.clusters) == subject.mixed
    setting = Setting(2500)
    beyond = subject_of(demo, select_from_run(demo, setting), setting)
    assert any("less damaged than a random" in f.text for f in told(beyond, Topic.NEXT))
    assert not any("less damaged than a random" in f.text for f in told(subject, Topic.NEXT))


def test_where_many_are_lost_their_cure_comes_first(demo, subject):
    read = demo.counts.read
    assert not any("no part in any of this" in f.text for f in told(subject, Topic.NEXT))
    lost = replace(subject, run=Losing(demo, read // 2))
    first, *_ = told(lost, Topic.NEXT)
    assert first.text.startswith(f"{read - read // 2:,} of {demo.n:,} samples have no part")
    assert first.text.endswith(demo.reasons[0].told())


class Losing:
    """The demo, with fewer samples that can be used."""

    def __init__(self, run, usable):
        invalid = run.counts.read - usable
        self._run, self.counts = (
            run,
            replace(run.counts, invalid=invalid, measured=usable, unmeasured=0),
        )

    def __getattr__(self, name):
        return getattr(self._run, name)


def test_without_models_the_next_step_is_to_name_them(tmp_path):
    config = write_workspace(tmp_path, 9, models=False)
    run = run_pipeline(config, tmp_path / "run", loaders(config))
    found = findings(subject_of(run, None, Setting.of(run)))
    assert {f.topic for f in found} <= {Topic.DOUBT, Topic.NEXT}
    assert "models.original" in found[-1].text


def test_the_report_begins_with_them(demo, subject):
    page = read(build_report(demo, subject.selection, subject.setting))
    (part,) = (s for s in page.all("section") if s.attributes["aria-labelledby"] == "short")
    shown = [item.text.replace("\N{NO-BREAK SPACE}", " ") for item in part.all("li")]
    assert shown == [found.text for found in findings(subject)]
