"""Every check on right and wrong answers."""

from __future__ import annotations

import pytest

from paser_core.errors import ConfigError
from paser_core.evaluate.check import Case, check_of
from paser_core.evaluate.sandbox import run_code, unavailable
from paser_core.registry import CHECKS

F = ("add_3", "3", "-4", "10")
RHYMES = ("kite", "light night", "sea me")
# check, expected, facts, right answers, wrong answers
CASES = [
    ("same-text", "The end", (), ["the end.", " THE  END "], ["the end!", "", "end"]),
    ("exact", "The end", (), ["The end\n"], ["the end", "The end."]),
    ("contains", "4", (), ["It is 4.", "4"], ["It is 42", "four"]),
    ("number", "1,234.50", (), ["so 12 x 3 = 1234.5", "it is 1,234.50."], ["1234.5 or 7", "none"]),
    ("words", "", ("river", "lamp"), ["A lamp by the river, at night."], ["river lamp", "a b c d e f"]),
    ("couplet", "", RHYMES, ["my kite in the light\nat night"], ["my kite in the light at night",
     "my kite\nand me", "a light\nthe night"]),
    ("python-function", "def add_3(x):\n    return x + 3", F,
     ["def add_3(y):\n    z = y\n    return 3 + z"],
     ["def add_3(x):\n    return x", "def add(x): return x + 3", "import os\ndef add_3(x): return x + 3",
      "def add_3(x:", "def add_3(x): raise SystemExit", "def add_3(x): return range(x)", ""]),
    ("program", "", ("assert f(2) == 4",), ["def f(x): return x * 2"],
     ["def f(x): return x", "exit()", "import os; os._exit(0)", "assert"]),
]  # fmt: skip


def test_every_check_is_tried():
    assert {case[0] for case in CASES} == set(CHECKS)


@pytest.mark.parametrize(
    ("name", "expected", "facts", "right", "wrong"), CASES, ids=[c[0] for c in CASES]
)
def test_right_answers_are_right_and_wrong_ones_wrong(name, expected, facts, right, wrong):
    check = check_of(name)
    if check.programs and unavailable():
        pytest.skip(unavailable())
    case = Case(expected, facts, run_code)
    for answer in right:
        assert check.verdict(answer, case).right, answer
    for answer in wrong:
        assert not check.verdict(answer, case).right, answer
    assert (check.facts is not None) == bool(facts)


def test_an_unknown_check_names_the_nearest():
    with pytest.raises(ConfigError, match="Did you mean 'same-text'"):
        check_of("sametext")
