"""The pieces that every section is made of."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from paser_core.report.markup import Content, Markup, tag
from paser_core.report.subject import Capability


@dataclass(frozen=True)
class Section:
    """A part of the report with its heading."""

    identifier: str
    title: str
    content: Content

    @property
    def html(self) -> Markup:
        """The part with its heading."""
        name = self.identifier
        heading = tag("h2", self.title, id=name)
        return tag("section", "\n", heading, "\n", self.content, "\n", aria_labelledby=name)


def section(identifier: str, title: str, *content: Content) -> Section:
    """A part of the report."""
    return Section(identifier, title, content)


def contents(sections: Iterable[Section]) -> Markup:
    """Links to the sections."""
    links = (tag("li", tag("a", s.title, href=f"#{s.identifier}")) for s in sections)
    return tag("nav", tag("ul", links), aria_label="Contents")


def paragraph(*children: Content, kind: str | None = None) -> Markup:
    """Running text."""
    return tag("p", children, class_=kind)


def bullets(items: Iterable[Content], kind: str | None = None) -> Markup:
    """A list; nothing where there are no items."""
    entries = [tag("li", item) for item in items]
    return tag("ul", entries, class_=kind) if entries else Markup("")


@dataclass(frozen=True)
class Column:
    """One column of a table."""

    title: str
    numeric: bool = False
    kind: str | None = None  # class of its cells, where it is neither text nor a number


def table(caption: str, columns: Sequence[Column], rows: Iterable[Sequence[Content]]) -> Markup:
    """A table whose first column names the rows. It scrolls sideways where it must."""

    def kind(column: Column) -> str | None:
        return "number" if column.numeric else column.kind

    head = tag("tr", (tag("th", c.title, scope="col", class_=kind(c)) for c in columns))
    body = (
        tag(
            "tr",
            tag("th", row[0], scope="row", class_=kind(columns[0])),
            (tag("td", cell, class_=kind(c)) for cell, c in zip(row[1:], columns[1:], strict=True)),
            "\n",
        )
        for row in rows
    )
    made = tag("table", tag("caption", caption), tag("thead", head), "\n", tag("tbody", body))
    # Reachable by keyboard, or what is cut off on a small screen could not be scrolled to.
    return tag("div", made, class_="scroll", tabindex=0, role="region", aria_label=caption)


def facts(entries: Iterable[tuple[Content, Content]], kind: str) -> Markup:
    """Terms and what they stand for."""
    pairs = (tag("div", tag("dt", term), tag("dd", value)) for term, value in entries)
    return tag("dl", pairs, class_=kind)


def swatch(capability: Capability) -> Markup:
    """The cluster's color and name."""
    dot = tag("span", style=f"background:{capability.color}", class_="dot", aria_hidden="true")
    return tag("span", dot, tag("bdi", capability.name), class_="swatch")
