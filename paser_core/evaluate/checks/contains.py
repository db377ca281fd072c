"""The expected answer stands somewhere in the answer, as whole words; case does not count."""

from __future__ import annotations

import re

from paser_core.evaluate.check import Case, Check
from paser_core.evaluate.figures import fold


def _judge(answer: str, case: Case) -> bool:
    wanted = re.escape(fold(case.expected))
    return re.search(rf"(?<!\w){wanted}(?!\w)", fold(answer)) is not None


CHECK = Check("The expected text occurs in the answer", _judge)
