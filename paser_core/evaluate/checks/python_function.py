"""A function that does what the expected one does, tried on several arguments in the sandbox."""

from __future__ import annotations

import ast

from paser_core.evaluate.check import Case, Check, Verdict

_TRY = """
def results(source):
    space = {{"__builtins__": {{"len": len, "str": str, "sum": sum, "max": max, "min": min, "abs": abs}}}}
    exec(source, space)
    return repr([space[{name!r}](eval(a)) for a in {arguments!r}])
assert results({answer!r}) == results({expected!r})
"""


def _judge(answer: str, case: Case) -> Verdict:
    if answer.strip() == case.expected:
        return Verdict(True)
    try:
        tree = ast.parse(answer)
    except (SyntaxError, ValueError, MemoryError, RecursionError) as error:
        return Verdict(False, f"no Python: {type(error).__name__}")
    # Only plain functions: what needs more than the six functions above is another exercise.
    if any(
        isinstance(node, ast.Import | ast.ImportFrom | ast.Attribute) for node in ast.walk(tree)
    ):
        return Verdict(False, "imports or attributes, which are not asked for")
    name, *arguments = case.facts
    texts = {"name": name, "arguments": arguments, "answer": answer, "expected": case.expected}
    outcome = case.run(_TRY.format(**texts))
    return Verdict(outcome.right, None if outcome.right else outcome.why)


CHECK = Check(
    "A function that does the same",
    _judge,
    facts="its name, then the arguments to try, each as Python",
    programs=True,
    compares=False,
)
