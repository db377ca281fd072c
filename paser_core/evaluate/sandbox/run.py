"""Running one program in the sandbox, and saying what became of it."""

from __future__ import annotations

import functools
import json
import os
import subprocess
import sys
from dataclasses import asdict, dataclass
from pathlib import Path

from paser_core.errors import EvaluationError, shortened

_ROOT = str(Path(__file__).resolve().parents[3])
_KEEPER = (
    f"import sys; sys.path.insert(0, {_ROOT!r}); "
    "from paser_core.evaluate.sandbox.keeper import main; main()"
)
_PATIENCE = 20.0  # seconds beyond the limit, for a machine so busy that the keeper gets no turn
_LARGEST = 1 << 20  # bytes of a program


@dataclass(frozen=True)
class Limits:
    """What a program may take; bytes where nothing else is said.

    Args:
        seconds: of wall time; all of its processes end then. Each also has so much processor time.
        memory: address space of each of its processes, and what all of them together may fill; more
            is seen within some hundredths of a second, and ends them.
        processes: at once, threads included.
        disk: its folder, which lies in memory.
        file: the largest file.
        open_files: at once, in each process.
        output: what it may print; one that prints more is stopped.
    """

    seconds: float = 10.0
    memory: int = 512 * 2**20
    processes: int = 4
    disk: int = 32 * 2**20
    file: int = 16 * 2**20
    open_files: int = 32
    output: int = 2**20

    def __post_init__(self) -> None:
        for name, value in asdict(self).items():
            if (
                isinstance(value, bool)
                or not isinstance(value, int | float)
                or not 0 < value < 2**53
            ):
                raise EvaluationError(
                    f"limits.{name} is {shortened(value)}; it must be a number above 0."
                )


@dataclass(frozen=True)
class Outcome:
    """What became of a program."""

    right: bool  # it ran to its end: no error, no failed assertion, no early exit, no limit met
    why: str  # in a few words
    output: str  # the end of what it printed, errors included
    seconds: float


def check_code(program: str, limits: Limits | None = None, *, unsafe: bool = False) -> bool:
    """Whether a program runs to its end, in a process of its own and within limits.

    A program and its tests are one text: ``solution + tests``. It is right when its last line was
    reached; an early exit, whatever its code, is not that.

    What the sandbox does not contain: a program that looks in its own memory for the number by which
    its end is known can call itself right, and so can an object that equals everything; both are in
    the same process as their tests. Faults of the kernel and of the processor are not contained.

    Args:
        program: the text of a Python program; only the standard library can be imported.
        limits: None: 10 s, 512 MiB in all, 4 processes, 32 MiB of files.
        unsafe: run it also where the system gives no spaces of their own: with the limits, but with
            the rights of the user, who may read and remove his files by it.

    Raises:
        EvaluationError: the sandbox cannot be made here, and ``unsafe`` is not given.

    >>> check_code("assert sorted([2, 1]) == [1, 2]"), check_code("assert 1 == 2")
    (True, False)
    """
    return run_code(program, limits, unsafe=unsafe).right


def run_code(program: str, limits: Limits | None = None, *, unsafe: bool = False) -> Outcome:
    """As :func:`check_code`, with what became of it.

    Raises:
        EvaluationError: the sandbox cannot be made here, and ``unsafe`` is not given.
    """
    limits = limits or Limits()
    if os.name != "posix":
        raise EvaluationError(
            f"Programs that a model wrote are not run on {sys.platform}: it has none of the limits "
            "that are needed. Take another task, or a Linux machine."
        )
    content = program.encode("utf-8", errors="replace")
    if len(content) > _LARGEST:
        return Outcome(False, f"longer than {_LARGEST:,} bytes", "", 0.0)
    job = {"program": content.decode(), "limits": asdict(limits), "unsafe": unsafe}
    try:
        done = subprocess.run(
            [str(Path(sys.executable)), "-I", "-S", "-c", _KEEPER],
            input=json.dumps(job).encode(),
            capture_output=True,
            env={},
            cwd="/",
            timeout=limits.seconds + _PATIENCE,
            start_new_session=True,
            check=False,
        )
        told = json.loads(done.stdout)
    except (OSError, ValueError, subprocess.TimeoutExpired) as error:
        raise EvaluationError(
            f"The sandbox did not work ({type(error).__name__}: {str(error)[:200]}); nothing is known "
            "of the program. Start the same command again, on a machine that is less busy."
        ) from error
    if "failed" in told:
        raise EvaluationError(_REFUSED.format(reason=told["failed"]))
    right = told["reason"] == "right"
    return Outcome(right, _why(told, limits), told["output"], float(told["seconds"]))


@functools.cache
def unavailable() -> str | None:
    """Why programs cannot be run apart on this system; None where they can. Tried, not guessed."""
    try:
        run_code("pass")
    except EvaluationError as error:
        return str(error)
    return None


_REFUSED = (
    "Programs that a model wrote are not run here: the system does not give them a space of their "
    "own ({reason}). Allow unprivileged user namespaces, take another task, or give --unsafe to run "
    "them with your own rights to read and remove files."
)


def _why(told: dict[str, object], limits: Limits) -> str:
    last = ([line for line in str(told["output"]).splitlines() if line.strip()] or [""])[-1][:200]
    code = int(str(told["code"]))
    if told["reason"] == "right":
        return "ran to its end"
    if told["reason"] == "time":
        return f"not at its end after {limits.seconds:g} s"
    if told["reason"] == "memory":
        return f"took more than {limits.memory / 2**20:,.0f} MiB of memory"
    if told["reason"] == "output":
        return f"printed more than {limits.output:,} bytes"
    if code < 0:
        return f"ended by signal {-code}"
    if code == 1 and last:
        return last
    return f"ended before its last line, with exit code {code}"
