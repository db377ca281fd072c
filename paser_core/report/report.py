"""(run, selection, setting, review) → one HTML page. Pure, and equal inputs give equal bytes."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from functools import partial

from paser_core import __version__
from paser_core.config import dump_config
from paser_core.explain.gains import gains
from paser_core.explain.retention_tables import MEANING, Told
from paser_core.findings import findings
from paser_core.limits import LimitsConfig, judge
from paser_core.report.atlas import atlas
from paser_core.report.axes import Axes
from paser_core.report.instructive import instructive_rejections, near_misses
from paser_core.report.page import templates
from paser_core.report.people import people
from paser_core.report.provenance import provenance
from paser_core.report.samples import card, example
from paser_core.report.subject import Subject
from paser_core.review import ReviewState
from paser_core.runs import Run
from paser_core.selection import Selection, Setting, budget_told, selector_of

# In the order of the page; each is templates/sections/<identifier>.html. The second title is that
# of a run without models, which has no section where it is None.
_SECTIONS: tuple[tuple[str, str, str | None], ...] = (
    ("short", "In short", "In short"),
    ("how", "How the samples were selected", None),
    ("funnel", "From samples to selection", "From samples to clusters"),
    ("capabilities", "Damage by capability", "Capabilities"),
    ("budget", "What the budget buys", None),
    ("recovered", "What training gave back", None),
    ("checks", "What was checked", "What was checked"),
    ("map", "The map", "The map"),
    ("rejections", "The most instructive rejections", None),
    ("missed", "Just missed the budget", None),
    ("people", "Human decisions", "Human decisions"),
    ("limits", "What this report does not say", None),
    ("made", "How it was made", "How it was made"),
    ("words", "Words", "Words"),
)


def build_report(
    run: Run,
    selection: Selection | None,
    setting: Setting,
    review: ReviewState | None = None,
    names: Sequence[str] | None = None,
    weights: Mapping[str, str] | None = None,
    only: Collection[str] = (),
    recovered: Told | None = None,
) -> str:
    """The report on a selection, as the text of a file that opens anywhere.

    Args:
        run: the run that was selected from.
        selection: None for a run without models, whose report is shorter and says what is missing.
        setting: what the selection was made with.
        review: who decided what and why; None: people were not asked.
        names: ``(K,)`` those of the clusters; None: as in ``review``.
        weights: in words what is known of the "original" and the "compressed" model beyond their
            names.
        only: identifiers of the sections that are shown; none: all.
        recovered: what the models that were recovered with the run retain; None, or nothing in it: there
            is no section about them.
    """
    subject = Subject(
        run,
        selection,
        setting,
        review,
        tuple(names or (review or ReviewState()).names_with(run.names)),
        weights or {},
    )
    found = selection and gains(selection)
    missed = () if selection is None else near_misses(selection)
    empty = set() if missed else {"missed"}
    if recovered is None or not (recovered.tables or recovered.unread):
        empty.add("recovered")
    return templates().get_template("report.html").render(
        sections=[
            (identifier, title if selection else bare)
            for identifier, title, bare in _SECTIONS
            if (selection or bare)
            and identifier not in empty
            and (not only or identifier in only)
        ],
        run=run,
        selection=selection,
        subject=subject,
        rule=selector_of(setting.selector),
        gains=found,
        axes=found and Axes(max(found.usable, 1)),
        findings=findings(subject.looked_at),
        steps=_steps(subject),
        example=example(subject),
        map=atlas(subject),
        rejections=selection and instructive_rejections(selection),
        missed=missed,
        recovered=recovered,
        retention=MEANING,
        checked=judge(subject.looked_at, LimitsConfig.of()),
        card=partial(card, subject),
        people=people(subject),
        made=provenance(subject),
        budget=budget_told(setting.budget, run.n),
        config=dump_config(run.config).strip(),
        version=__version__,
    )  # fmt: skip


def _steps(subject: Subject) -> list[tuple[str, str, int]]:
    """From all samples to the selected ones: name, meaning and number of each step."""
    run, selection = subject.run, subject.selection
    steps = [
        ("Samples", "rows of the data set", run.n),
        ("Valid", "complete and readable", int(run.valid.sum())),
        ("In a cluster", "grouped by capability", int((run.valid & (run.labels >= 0)).sum())),
    ]
    if selection is None:
        return steps
    return [
        *steps,
        ("Considered", "their turn came within the budget", selection.n_considered),
        ("Rejected", "in conflict with samples accepted before", selection.n_rejected),
        ("Selected", "accepted", selection.n_selected),
    ]
