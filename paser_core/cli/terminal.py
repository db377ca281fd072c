"""What every command shares: exit codes, a line of output, a progress bar."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING, Any

from paser_core.workspace.events import made_again

if TYPE_CHECKING:
    Commands = argparse._SubParsersAction[argparse.ArgumentParser]

EXIT_DONE, EXIT_DEFECT, EXIT_MISTAKE, EXIT_INTERRUPTED = 0, 1, 2, 130


def say(text: str) -> None:
    """One line on standard output."""
    print(text, flush=True)  # noqa: T201 - at once, also into a pipe


def aligned(rows: list[list[str]], left: int = 1) -> list[str]:
    """Columns of equal width: the first ``left`` to the left, numbers to the right."""
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    return [
        "  ".join(
            cell.ljust(width) if i < left else cell.rjust(width)
            for i, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    ]


class Bar:
    """Progress on a terminal; a line per stage elsewhere."""

    def __init__(self) -> None:
        self._bar: Any = None

    def __call__(self, event: dict[str, Any]) -> None:
        kind, stage = event["event"], event.get("stage", "")
        if kind == "stage_reused":
            say(f"{stage}: already done")
        elif kind == "stage_finished":
            self.close()
            say(f"{stage}: {event['seconds']:.1f} s")
        elif kind == "stage_damaged":
            say(f"{stage}: {', '.join(event['files'])} is damaged; this stage is done again")
        elif (again := made_again(event)) is not None:
            say(again)
        elif kind == "notice":
            self.close()
            say(f"Note ({stage}): {event['text']}")
        elif kind == "progress" and sys.stderr.isatty():
            from tqdm import tqdm

            if self._bar is not None and self._bar.desc != stage:
                self.close()  # what comes before a stage has a bar of its own
            if self._bar is None:
                self._bar = tqdm(total=event["total"], desc=stage, leave=False)
            self._bar.total = event["total"]
            if event.get("loss") is not None:
                self._bar.set_postfix_str(f"loss {event['loss']:.3f}", refresh=False)
            self._bar.update(event["done"] - self._bar.n)

    def close(self) -> None:
        """Take the bar away."""
        if self._bar is not None:
            self._bar.close()
            self._bar = None
