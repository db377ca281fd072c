"""What the report cannot say, how it was made, and its words."""

from __future__ import annotations

import shlex
from datetime import UTC, datetime

from paser_core import __version__
from paser_core.config import budget_text, dump_config
from paser_core.report.markup import Content, Markup, tag
from paser_core.report.parts import Section, bullets, facts, paragraph, section
from paser_core.report.subject import Subject
from paser_core.runs import read_events
from paser_core.selection import budget_told

_GLOSSARY = (
    ("sample", "One training record: an instruction, an input that may be empty, and a response."),
    (
        "capability, cluster",
        "A group of samples that ask for the same kind of skill, found from what they say.",
    ),
    (
        "damage",
        "How far the next-token predictions of the two models are apart: the Jensen–Shannon "
        "divergence to base 2, averaged over the tokens of the response. 0: the same, 1: nothing in "
        "common. For a capability: the mean over its samples, also called CDS (capability "
        "degradation score).",
    ),
    (
        "95 % interval",
        "The range within which the mean would probably lie if other samples of the same kind had "
        "been drawn (bootstrap percentiles, 1,000 resamples).",
    ),
    (
        "efficiency (IES)",
        "Damage of a sample divided by the logarithm of its training cost, where the cost is the "
        "square of its number of tokens. Within a capability the samples come in this order.",
    ),
    ("token", "The piece of text that a language model reads and predicts at one step."),
    (
        "temperature",
        "Both models’ predictions are softened by it before they are compared: above 1, unlikely "
        "continuations count more.",
    ),
    ("phrase, concept", "A key phrase of a sample, in lower case and singular."),
    (
        "rejected, conflict",
        "Two phrases of the sample are both known from accepted samples, but never occur together "
        "in one of them.",
    ),
    ("budget", "How many samples may be selected."),
    ("forced in, forced out", "Decided by a person, who said why."),
)  # fmt: skip


def limits() -> Section:
    """What must not be read into the numbers."""
    return section(
        "limits",
        "What this report does not say",
        bullets(
            (
                "Damage is measured on predictions, not on right and wrong answers. A damaged "
                "capability usually answers worse, but how much worse needs a test of its own.",
                "Whether training on the selection repairs the damage shows only after training.",
                "Capabilities are groups found from the texts. Their names are keywords unless a "
                "person has named them; look at a few samples before relying on a name.",
                "The conflict check compares phrases, not meaning: it can reject a good sample and "
                "accept a contradiction that is worded differently.",
            )
        ),
    )


def provenance(subject: Subject) -> Section:
    """Everything that determines the report, and the commands that make it again."""
    return section(
        "made",
        "How it was made",
        facts(_entries(subject), "provenance"),
        tag("h3", "Make it again"),
        paragraph(_where(subject)),
        tag("pre", tag("code", commands(subject)), tabindex=0),
        tag("h3", "Config of the run, as applied"),
        tag(
            "pre", tag("code", dump_config(subject.run.config).strip()), class_="config", tabindex=0
        ),
    )


def glossary() -> Section:
    """The words of the report."""
    return section("words", "Words", facts(_GLOSSARY, "glossary"))


def commands(subject: Subject) -> str:
    """The command lines that select and report the same again."""
    what = _again(subject)
    report = f"paser report {what} --out report.html"
    return report if subject.selection is None else f"paser select {what} --out export\n{report}"


def _where(subject: Subject) -> str:
    if _again(subject).startswith("--config"):
        return (
            "Options alone do not describe this selection; selection.yaml, a file of its export, "
            "does:"
        )
    text = "From the folder that holds the run"
    if subject.people.decisions or subject.people.renames:
        text += ", as long as people decide nothing else (the selection.yaml of an export stays)"
    return text + ":"


def _again(subject: Subject) -> str:
    """The run with its knobs, or the selection.yaml where options cannot say it all."""
    run, knobs = subject.run, subject.knobs
    parts = [shlex.quote(run.name)]
    if subject.selection is not None:
        ids = run.samples["id"]
        forced = subject.selection.ranking.overrides
        decided = tuple(
            tuple(str(ids[r]) for r in f) for f in (forced.forced_in, forced.forced_out)
        )
        if subject.concepts != run.config.concepts or decided != (
            subject.people.forced_in,
            subject.people.forced_out,
        ):
            return "--config selection.yaml"
        parts += [
            f"--budget {shlex.quote(budget_text(knobs.budget))}",
            f"--temperature {_plain(knobs.temperature)}",
            f"--allocation {knobs.allocation}",
            f"--order {knobs.order}",
        ]
    if subject.review is None:
        parts.append("--no-review")
    return " ".join(parts)


def _plain(value: float) -> str:
    """The number as an option takes it, every digit of it."""
    return str(int(value)) if float(value).is_integer() else repr(float(value))


def _entries(subject: Subject) -> list[tuple[Content, Content]]:
    run, manifest = subject.run, subject.run.manifest
    entries: list[tuple[Content, Content]] = [
        ("Run", tag("bdi", run.name)),
        ("Run fingerprint", _code(run.fingerprint)),
    ]
    finished = _finished(subject)
    if finished:
        entries.append(("Run finished", finished))
    entries += [
        ("Data", tag("bdi", manifest["data"]["source"])),
        ("Data sha256", _code(manifest["data"]["sha256"])),
    ]
    models = manifest.get("models") or {}
    for role in ("original", "compressed"):
        if models:
            known = subject.weights.get(role)
            entry = (
                tag("bdi", models[role]["name"]),
                f" ({known}) " if known else " ",
                _code(models[role]["fingerprint"]),
            )
            entries.append((f"{role.capitalize()} model", entry))
    encoder = manifest.get("encoder") or {}
    if encoder:
        entry = (tag("bdi", encoder["name"]), " ", _code(encoder["fingerprint"]))
        entries.append(("Text encoder", entry))
    entries.append(("Seed", str(run.config.seed)))
    if subject.selection is not None:
        knobs, concepts = subject.knobs, subject.concepts
        entries += [
            (
                "Budget",
                budget_told(knobs.budget, subject.run.n),
            ),
            ("Temperature", _plain(knobs.temperature)),
            ("Allocation, order", f"{knobs.allocation}, {knobs.order}"),
            (
                "Concepts",
                f"at most {concepts.per_sample} per sample, {concepts.max_words} words each, in at "
                f"most {100 * concepts.max_document_frequency:g} % of the samples",
            ),
        ]
    versions = {"paser": manifest["version"], **manifest.get("versions", {})}
    entries.append(("Versions", ", ".join(f"{name} {v}" for name, v in versions.items())))
    entries.append(("Report written by", f"paser {__version__}"))
    return entries


def _finished(subject: Subject) -> str | None:
    """When the run was made. The report itself has no date: equal inputs give equal bytes."""
    times = [e["time"] for e in read_events(subject.run.path) if e.get("event") == "finished"]
    return f"{datetime.fromtimestamp(times[-1], UTC):%Y-%m-%d %H:%M} UTC" if times else None


def _code(text: str) -> Markup:
    return tag("code", text)
