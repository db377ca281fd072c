"""(run, selection, knobs, review) → one HTML page. Pure, and equal inputs give equal bytes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from importlib import resources

from paser_core.config import ConceptsConfig, SelectionConfig
from paser_core.report import atlas, damage, decisions, method, opening, provenance, rejections
from paser_core.report.gains import Gains, gains
from paser_core.report.markup import Content, Markup, document, style_sheet, tag
from paser_core.report.parts import Section, contents
from paser_core.report.subject import Subject
from paser_core.review import ReviewState
from paser_core.runs import Run
from paser_core.selection import Selection

# Nothing is loaded and nothing runs, whatever a text contains.
_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; "
    "form-action 'none'"
)


def build_report(
    run: Run,
    selection: Selection | None,
    knobs: SelectionConfig,
    concepts: ConceptsConfig | None = None,
    review: ReviewState | None = None,
    names: Sequence[str] | None = None,
    weights: Mapping[str, str] | None = None,
) -> str:
    """The report on a selection, as the text of a file that opens anywhere.

    ``selection`` was made with ``knobs``, ``concepts`` (None: those of the run) and what people
    forced; None for a run without models, whose report is shorter and says what is missing.
    ``review`` tells who decided what and why; None: people were not asked. ``names`` ``(K,)`` are
    those of the clusters; None: as in ``review``. ``weights`` says in words what is known of the
    "original" and the "compressed" model beyond their names.
    """
    subject = Subject(
        run,
        selection,
        knobs,
        concepts or run.config.concepts,
        review,
        tuple(names or (review or ReviewState()).names_with(run.names)),
        weights or {},
    )
    curve = None if selection is None else gains(selection)
    sections = list(_sections(subject, curve))
    body = tag(
        "main",
        opening.headline(subject, curve),
        contents(sections),
        (section.html for section in sections),
    )
    return document(_head(subject), body)


def _sections(subject: Subject, curve: Gains | None) -> Iterator[Section]:
    selection = subject.selection
    yield opening.in_short(subject, curve)
    if selection is not None:
        yield method.how(subject)
    yield method.funnel(subject)
    yield damage.capabilities(subject)
    if selection is not None:
        yield damage.budget(subject, selection, curve)
    yield atlas.atlas(subject)
    if selection is not None:
        yield rejections.rejections(subject, selection)
        missed = rejections.missed(subject, selection)
        if missed is not None:
            yield missed
    yield decisions.decisions(subject)
    if selection is not None:
        yield provenance.limits()
    yield provenance.provenance(subject)
    yield provenance.glossary()


def _head(subject: Subject) -> Content:
    title = "PASER report"
    if subject.selection is not None:
        title += f": {subject.selection.n_selected:,} of {subject.run.n:,} samples"
    return (
        "\n",
        tag("meta", charset="utf-8"),
        tag("meta", http_equiv="Content-Security-Policy", content=_POLICY),
        tag("meta", name="viewport", content="width=device-width, initial-scale=1"),
        tag("meta", name="color-scheme", content="light dark"),
        tag("title", f"{title} · {subject.run.name}"),
        _style(),
        "\n",
    )


def _style() -> Markup:
    css = resources.files("paser_core.report").joinpath("style.css").read_text(encoding="utf-8")
    return style_sheet(css)
