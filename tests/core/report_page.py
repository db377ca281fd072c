"""A report read back: its elements, checked for nesting, and its tables as text."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from html.parser import HTMLParser

VOID = {"meta"}


@dataclass
class Element:
    """One element with what is in it: texts and elements, in order."""

    name: str
    attributes: dict[str, str | None]
    children: list[Element | str] = field(default_factory=list)

    def all(self, name: str) -> list[Element]:
        """Every element of that name inside, in document order."""
        inside = [c for c in self.children if isinstance(c, Element)]
        return [e for c in inside for e in ([c] if c.name == name else []) + c.all(name)]

    def having(self, attribute: str, value: str) -> list[Element]:
        """Every element inside with this attribute."""
        return [e for e in self.everything() if e.attributes.get(attribute) == value]

    def everything(self) -> list[Element]:
        inside = [c for c in self.children if isinstance(c, Element)]
        return [e for c in inside for e in [c, *c.everything()]]

    @property
    def text(self) -> str:
        return "".join(c if isinstance(c, str) else c.text for c in self.children)


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.root = Element("", {})
        self.open = [self.root]

    def handle_starttag(self, tag, attrs):
        assert len(attrs) == len(dict(attrs)), f"<{tag}> has an attribute twice"
        element = Element(tag, dict(attrs))
        self.open[-1].children.append(element)
        if tag not in VOID:
            self.open.append(element)

    def handle_endtag(self, tag):
        assert self.open[-1].name == tag, f"</{tag}> closes <{self.open[-1].name}>"
        self.open.pop()

    def handle_data(self, data):
        self.open[-1].children.append(data)

    def handle_comment(self, data):
        raise AssertionError(f"a comment: {data}")


def read(html: str) -> Element:
    """The document. AssertionError where elements do not nest."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    assert reader.open == [reader.root], "elements are left open"
    return reader.root


def section(page: Element, identifier: str) -> Element:
    (found,) = (s for s in page.all("section") if s.attributes["aria-labelledby"] == identifier)
    return found


def rows(table: Element) -> list[list[str]]:
    """The cells of the body, as text."""
    (body,) = table.all("tbody")
    return [
        [c.text.strip() for c in row.children if isinstance(c, Element)] for row in body.all("tr")
    ]


def number(text: str) -> float:
    """``1,234``, ``+5`` or ``20.0 %`` as a number."""
    return float(text.replace(",", "").replace("\N{NO-BREAK SPACE}%", ""))


def assert_self_contained(page: Element) -> None:
    """Nothing in it runs, and nothing is loaded from anywhere."""
    names = {e.name for e in page.everything()}
    found = names & {
        "script",
        "link",
        "img",
        "iframe",
        "object",
        "embed",
        "form",
        "input",
        "base",
    }
    assert not found, found
    for element in page.everything():
        for name, value in element.attributes.items():
            told = f"<{element.name} {name}={value!r}>"
            assert name != "src", told
            assert not name.startswith("on"), told
            assert name != "href" or value.startswith("#"), told
            if name == "style":
                allowed = r"(background:#[0-9A-F]{6}|width:[\d.]+%|--damage:\d+%)"
                assert re.fullmatch(allowed, value), told
    (sheet,) = page.all("style")
    assert "url(" not in sheet.text
    assert "@import" not in sheet.text
    policy = page.having("http-equiv", "Content-Security-Policy")[0].attributes["content"]
    assert policy.startswith("default-src 'none'; style-src 'unsafe-inline'; img-src data:")
