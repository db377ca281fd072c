"""Every message of a ``PaserError`` names what was given and what to do next: every place that raises one
is read. Real ones are provoked in ``test_messages_met.py``."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

import pytest

from paser_core import errors

ROOT = Path(__file__).parents[2]
CLASSES = {
    name
    for name, value in vars(errors).items()
    if isinstance(value, type) and issubclass(value, errors.PaserError)
}
MAKERS = CLASSES | {"reject"}  # functions that raise one with the text they get
# What a sentence that says what to do begins with, or says: "…; it must be …".
STEPS = (
    "accept ask cancel change check choose close copy correct cut decide empty export fill free get give "
    "install keep leave look lower make measure mend move name open pack press put raise read release "
    "remove rename repair report restore run save say set shorten show sign split start stop take try turn "
    "unpack update use wait write"
)
STEP = re.compile(
    rf"(?:^|[.;:!?,)(|}}] ?|\band |\bor )(?:please )?(?:{STEPS.replace(' ', '|')})\b",
    re.IGNORECASE,
)
ACCEPTED = re.compile(
    r"must be|must not|must have|accepted|at most|Known|is needed|are needed|it has:|first\.$"
)
# Texts that are made elsewhere: a PaserError's own words, or sentences of functions that are walked too.
PASSED_ON = re.compile(r"^(\{[^{}]*\}[:.]? ?)+$")


def text_of(node: ast.expr) -> str:
    """The template: placeholders as ``{expression}``; both ways of a condition."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.JoinedStr):
        return "".join(text_of(part) for part in node.values)
    if isinstance(node, ast.FormattedValue):
        inner = node.value
        if isinstance(inner, ast.Name) and (known := constants().get(inner.id)):
            return known
        return "{" + re.sub(r"[{}]", "", ast.unparse(inner)) + "}"
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        return text_of(node.left) + text_of(node.right)
    if isinstance(node, ast.IfExp):
        return f"{text_of(node.body)}|{text_of(node.orelse)}"
    return "{" + re.sub(r"[{}]", "", ast.unparse(node)) + "}"


@cache
def trees() -> dict[str, ast.Module]:
    files = [*ROOT.glob("paser_core/**/*.py"), *ROOT.glob("dashboard/**/*.py")]
    return {str(f.relative_to(ROOT)): ast.parse(f.read_text(encoding="utf-8")) for f in files}


@cache
def constants() -> dict[str, str]:
    """Texts that modules keep in a constant, such as the end of several messages."""
    found: dict[str, str] = {}
    for tree in trees().values():
        for node in tree.body:
            if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
                value = node.value
                if isinstance(value, ast.Constant) and isinstance(value.value, str):
                    found[node.targets[0].id] = value.value
                elif isinstance(value, ast.JoinedStr):
                    found[node.targets[0].id] = "".join(
                        v.value if isinstance(v, ast.Constant) else "{…}" for v in value.values
                    )
    return found


def messages() -> list[tuple[str, str, bool]]:
    """Place, template, and whether the error itself begins with the place in the user's data."""
    found = []
    for file, tree in sorted(trees().items()):
        for node in ast.walk(tree):
            if not isinstance(node, ast.Call) or not node.args:
                continue
            name = getattr(node.func, "id", getattr(node.func, "attr", ""))
            if name.lstrip("_") in MAKERS:
                placed = name == "DataError" or name.endswith("reject")
                found.append((f"{file}:{node.lineno}", text_of(node.args[0]), placed))
    return found


MESSAGES = messages()


def test_the_walk_finds_them():
    assert len(MESSAGES) > 200
    assert {place.split("/")[1].split(".")[0] for place, _, _ in MESSAGES} >= {
        "records", "config", "models", "runs", "review", "export", "cli", "jobs",
    }  # fmt: skip
    passed_on = [text for _, text, _ in MESSAGES if PASSED_ON.match(text)]
    assert len(passed_on) < 0.12 * len(MESSAGES), passed_on


@pytest.mark.parametrize(("place", "text", "placed"), MESSAGES, ids=[m[0] for m in MESSAGES])
def test_a_message_names_what_was_given_and_what_to_do(place, text, placed):
    if PASSED_ON.match(text):
        return
    # What was given stands in a placeholder, or is a knob or option that was left out.
    names_it = placed or re.search(r"\{|--\w|\b\w+\.\w+\b|“|'|`", text)
    assert names_it or re.search(
        r"\b(nothing|nobody|no |is empty|this review)", text, re.IGNORECASE
    ), f"{place}: {text}"
    # The last words may come from whoever calls: a remedy, a hint, the error of a field.
    passed = re.search(r"\{(remedy|hint|error|_AGAIN[^}]*)\}\.?$|^\{error\} ", text)
    assert passed or STEP.search(text) or ACCEPTED.search(text), f"{place}: no next step in: {text}"
    assert "traceback" not in text.lower()
    assert text.rstrip().endswith((".", "}", "?", ")", "RUN", "DIR", '"', "mine`", "\n")), (
        f"{place}: {text}"
    )
