"""Overview: the models that were recovered with selections of this run, and what came back."""

from __future__ import annotations

import shlex

import streamlit as st

from dashboard import labels
from dashboard.runs import recovered
from dashboard.runs.pair import model_name
from dashboard.widgets.frame import View
from dashboard.widgets.small_table import Part, small_table
from dashboard.widgets.starting import short
from paser_core.explain.recoveries import EVALUATION, RECOVERED, Recovered
from paser_core.explain.retention import Line, Retentions, Share, Total

_COLUMNS = 4  # recovered models side by side; the newest
_NONE = (
    "No model has been recovered on a selection of this run yet. Start one on the page Export; it "
    "trains in the background. Or from a shell:"
)
_HELP = (
    "Retention: the share of the original model's score that a model has, above what the best fixed "
    "answer would score, at most 100 %. The mean can hide a capability that is lost, so the worst one "
    "stands beside it."
)


def recovered_models(view: View) -> None:
    """What the recovered models of this run retain, in all and by capability."""
    st.header("Recovered models", anchor=False, help=_HELP)
    table = recovered.retentions_of(view.run, view.setting.measure)
    for sentence in recovered.found_for(view.run).unread:
        st.warning(labels.plain(sentence), icon=":material/warning:")
    if not table.recoveries:
        _nothing(view)
        return
    for model in table.recoveries:
        if model.trouble is not None:
            st.error(labels.plain(f"{model.name}: {model.trouble}"), icon=":material/trending_up:")
    _totals(table)
    if table.lines:
        _capabilities(table)
    if table.perplexities:
        _perplexities(table)
    elif not table.lines:
        _unmeasured(view, table)
    for note in table.notes if table.lines or table.perplexities else ():
        st.caption(labels.plain(f"{note[0].upper()}{note[1:]}"))


def _nothing(view: View) -> None:
    st.text(_NONE)
    place = recovered.places_of(view.run)[0] / RECOVERED / "NAME"
    st.code(
        shlex.join(
            [
                "paser",
                "recover",
                short(model_name(view.run, "compressed")),
                "--data",
                "EXPORT",
                "--out",
                short(str(place)),
            ]
        ),
        language="bash",
        wrap_lines=True,
    )
    st.page_link("pages/export.py", label="Go to Export", icon=":material/download:")


def _unmeasured(view: View, table: Retentions) -> None:
    """Nothing was measured yet: how it is."""
    st.text(
        "What came back is not known: the original model and the recovered ones have to answer the "
        "same questions. From a shell:"
    )
    place = recovered.places_of(view.run)[0]
    model = next((m for m in table.recoveries if m.trouble is None), table.recoveries[0])
    template = ["--template", str(view.run.config.models.template)]
    lines = [
        [model_name(view.run, "original"), str(place / "evaluations" / "original")],
        [model_name(view.run, "compressed"), str(place / "evaluations" / "compressed")],
        [str(model.path), str(model.path / EVALUATION)],
    ]
    told = [
        shlex.join(
            ["paser", "evaluate", short(name), "--tasks", "TASKS", *template, "--out", short(out)]
        )
        for name, out in lines
    ]
    st.code("\n".join(told), language="bash", wrap_lines=True)


def _totals(table: Retentions) -> None:
    lines = [["Compressed, before", "–", "–", *_total(table.compressed)]] if table.lines else []
    for model, total in zip(table.recoveries, table.recovered, strict=True):
        lines.append([model.name, _selection(model), _recipe(model), *_total(total)])
    small_table(
        ["Model", "Selection", "Recipe", "Mean retention", "Worst capability"],
        lines,
        alt="Recovered models",
        texts=["Selection", "Recipe"],
    )


def _selection(model: Recovered) -> str:
    return f"{model.selector}, {labels.some_of(model.selected, model.of)}"


def _recipe(model: Recovered) -> str:
    return f"{model.recipe}, {model.trained}"


def _total(total: Total) -> list[str | Part]:
    if total.mean is None or total.worst is None:
        return ["–", "–"]
    worst = f"{labels.share(total.worst)} {total.worst_name}"
    return [Part(total.mean), Part(total.worst, worst)]


def _capabilities(table: Retentions) -> None:
    shown = [i for i, t in enumerate(table.recovered) if t.capabilities][:_COLUMNS]
    heads = ["Capability", "CDS", "Original", "Compressed"]
    small_table(
        [*heads, *(table.recoveries[i].name for i in shown)],
        [_line(line, shown, table) for line in table.lines],
        alt="Retention by capability",
    )
    st.caption(labels.plain(_explained(table, shown)))


def _line(line: Line, shown: list[int], table: Retentions) -> list[str | Part]:
    several = len({other.task for other in table.lines}) > 1 and line.capability is not None
    name = f"{line.task}: {line.name}" if several else line.name
    cds = "–" if line.cds is None else labels.damage(line.cds)
    return [
        name,
        cds,
        _score(line.original),
        _retention(line.compressed),
        *(_retention(line.recovered[i]) for i in shown),
    ]


def _score(share: Share) -> str:
    return f"{labels.share(share.score)} ({_percent(share.low)}–{_percent(share.high)})"


def _retention(share: Share | None) -> str | Part:
    if share is None or share.retention is None:
        return "–"
    assert share.retention_low is not None
    assert share.retention_high is not None
    between = f"{_percent(share.retention_low)}–{_percent(share.retention_high)}"
    return Part(share.retention, f"{labels.share(share.retention)} ({between})")


def _percent(value: float) -> str:
    return f"{100 * value:.0f}"


def _explained(table: Retentions, shown: list[int]) -> str:
    """What the columns are, and what is not in them."""
    told = [
        "Original: its score, with Wilson's 95 % interval. Compressed and recovered: retention, with "
        "the interval of the model's own score on the same scale; the original's is not in it."
    ]
    if table.column is not None:
        told.append(
            f"CDS: mean divergence of the samples with that value in the column {table.column}."
        )
    else:
        told.append(
            "CDS is empty because no column of the data has all of these capabilities as its values."
        )
    hidden = sum(1 for t in table.recovered if t.capabilities) - len(shown)
    if hidden:
        told.append(f"{labels.plural(hidden, 'older model')} only in the table above.")
    return " ".join(told)


def _perplexities(table: Retentions) -> None:
    shown = range(len(table.recoveries))[:_COLUMNS]
    small_table(
        ["Perplexity", "Context", "Original", "Compressed"]
        + [table.recoveries[i].name for i in shown],
        [
            [
                line.task,
                f"{labels.count(line.context)} tokens",
                *map(_perplexity, (line.original, line.compressed)),
                *(_perplexity(line.recovered[i]) for i in shown),
            ]
            for line in table.perplexities
        ],
        alt="Perplexity",
    )


def _perplexity(value: float | None) -> str:
    return "–" if value is None else f"{value:.2f}"
