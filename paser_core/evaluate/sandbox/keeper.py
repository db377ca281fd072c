"""The process between the sandbox and us: it starts the program, watches it, and ends all of it.

Runs alone (``python -I -S``), with nothing but the standard library. Three processes: the keeper; the
first process of the new space, which reaps what is left behind, and with whose end the kernel ends
everything in the space, whatever it ignores; and the program's. The keeper dies with whoever started
it, the first process with the keeper.

A program counts as run to its end when it gave back a number that was drawn for it and that the
runner writes after the last line. An exit code says nothing: ``sys.exit(0)`` before the tests has 0.
"""

from __future__ import annotations

import contextlib
import ctypes
import json
import os
import resource
import secrets
import select
import signal
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from paser_core.evaluate.sandbox.calls import forbid_calls, is_known
from paser_core.evaluate.sandbox.memory import taken
from paser_core.evaluate.sandbox.spaces import separate_processes, separate_the_rest

_Ends = tuple[int, int, int]  # of pipes: what the program is given, what it gives back, its output
_DIES_WITH_PARENT = 1  # prctl(2)
_NOBODYS = 0x70000000  # users from here on are nobody's; each sandbox of root's has its own
_LOOK = 0.02  # seconds between two looks at what it takes
_KEPT = 4000  # bytes of what it printed that are told
# What the program's own Python runs first. It takes what it needs before the program can change it.
_RUNNER = """
import os, sys, types
def run():
    write, leave = os.write, os._exit
    with open(3, "rb") as given:
        number, _, text = given.read().partition(b"\\n")
    module = types.ModuleType("__main__")
    sys.modules["__main__"], sys.argv = module, ["program"]
    os.environ.clear()
    exec(compile(text.decode(), "program", "exec"), module.__dict__)
    sys.stdout.flush()
    write(4, number)
    leave(0)
run()
"""
# Hashes of texts are the same each time: a program that prints a set does the same again.
_ENVIRONMENT = {"PYTHONHASHSEED": "0", "PYTHONUTF8": "1"}


def main() -> None:
    """Read the job from standard input, answer on standard output; JSON both."""
    libc = ctypes.CDLL(None, use_errno=True)
    if sys.platform.startswith("linux"):
        libc.prctl(_DIES_WITH_PARENT, ctypes.c_ulong(signal.SIGKILL), 0, 0, 0)
    job = json.loads(sys.stdin.buffer.read())
    try:
        answer = _Sandbox(libc, job).run()
    except OSError as error:
        answer = {"failed": str(error.strerror or error)}
    sys.stdout.write(json.dumps(answer))


class _Sandbox:
    def __init__(self, libc: ctypes.CDLL, job: dict[str, Any]) -> None:
        self._libc, self._limits, self._apart = libc, job["limits"], not job["unsafe"]
        self._program: str = job["program"]
        self._number = secrets.token_hex(32).encode()
        self._python = str(Path(sys.executable).resolve())  # of a virtual environment, the real one
        self._linux = sys.platform.startswith("linux")
        self._root = os.geteuid() == 0
        self._user = _NOBODYS + os.getpid() if self._root else os.geteuid()

    def run(self) -> dict[str, Any]:
        given, give = os.pipe()
        got, get = os.pipe()
        printed, out = os.pipe()
        alive, held = os.pipe()  # the other end closes when the keeper dies
        with tempfile.TemporaryDirectory() as folder:
            if self._apart:
                if not (self._linux and is_known()):
                    raise OSError(0, "it has no name spaces that are known here")
                separate_processes(self._libc)
            began = time.monotonic()
            first = os.fork()
            if first == 0:
                _never_back(lambda: self._first(folder, (given, get, out), alive, (give, held)))
            for number in (given, get, out):
                os.close(number)
            with contextlib.suppress(BrokenPipeError):  # it ended before it had read all
                _write_all(give, self._number + b"\n" + self._program.encode())
            os.close(give)
            return self._watched(first, got, printed, began)

    # In the first process of the space, and in the program's.

    def _first(self, folder: str, ends: _Ends, alive: int, ours: Sequence[int]) -> None:
        for number in ours:
            os.close(number)
        if not self._apart:
            os.chdir(folder)
            self._become_program(ends)
        self._libc.prctl(_DIES_WITH_PARENT, ctypes.c_ulong(signal.SIGKILL), 0, 0, 0)
        if select.select([alive], [], [], 0)[0]:
            return  # the keeper was dead before that
        try:
            separate_the_rest(self._libc, self._limits["disk"])
            program = os.fork()
        except OSError as error:
            os.write(ends[1], b"!" + str(error).encode())
            return
        if program == 0:
            _never_back(lambda: self._become_program(ends))
        for number in ends:
            os.close(number)
        while True:
            ended, status = os.wait()
            if ended == program:
                code = os.waitstatus_to_exitcode(status)
                os._exit(code if code >= 0 else 128 - code)  # as a shell says it

    def _become_program(self, ends: _Ends) -> None:
        try:
            os.setsid()
            _place(ends)
            self._limit()
            if self._apart and self._root:
                os.setgroups([])
                os.setresgid(self._user, self._user, self._user)
                os.setresuid(self._user, self._user, self._user)
            if self._linux and is_known():
                forbid_calls(self._libc, alone=not self._apart)
            os.execve(self._python, [self._python, "-PsSB", "-c", _RUNNER], _ENVIRONMENT)
        except OSError as error:
            os.write(4, b"!" + str(error).encode())
            os._exit(127)

    def _limit(self) -> None:
        limits = self._limits
        # In a space of users the keeper and the first process count as well.
        more = 2 if self._apart and not self._root else 0
        seconds = int(limits["seconds"]) + 1
        wanted = {
            "RLIMIT_CPU": seconds,
            "RLIMIT_AS": limits["memory"],
            "RLIMIT_FSIZE": limits["file"],
            "RLIMIT_NOFILE": limits["open_files"],
            "RLIMIT_NPROC": limits["processes"] + more,
            "RLIMIT_CORE": 0,
            "RLIMIT_MEMLOCK": 0,
            "RLIMIT_MSGQUEUE": 0,
        }
        for name, value in wanted.items():
            which = getattr(resource, name, None)
            if which is None:
                continue
            hard = resource.getrlimit(which)[1]
            most = value if hard == resource.RLIM_INFINITY else min(value, hard)
            resource.setrlimit(which, (most, most))

    # In the keeper.

    def _watched(self, first: int, got: int, printed: int, began: float) -> dict[str, Any]:
        """Read what the program gives back and prints, until it ends or meets a limit."""
        deadline = began + self._limits["seconds"]
        told, output, size, reason = b"", b"", 0, None
        open_ends, ended, look = {got, printed}, False, began
        while open_ends:
            left = deadline - time.monotonic()
            if left <= 0:
                reason = "time"
                break
            wait = 0 if ended else min(left, _LOOK)
            ready, _, _ = select.select(list(open_ends), [], [], wait)
            # Without a space of their own, processes left behind may hold the pipes open.
            if ended and not ready:
                break
            if time.monotonic() >= look:
                if taken(first, self._limits["memory"]) > self._limits["memory"]:
                    reason = "memory"
                    break
                look = time.monotonic() + _LOOK
            for number in ready:
                piece = os.read(number, 1 << 16)
                if not piece:
                    open_ends.discard(number)
                elif number == got:
                    told = (told + piece)[: 2 * len(self._number)]
                else:
                    size += len(piece)
                    output = (output + piece)[-_KEPT:]
            if size > self._limits["output"]:
                reason = "output"
                break
            ended = not self._apart and _has_ended(first)
        code = self._end(first, at_once=reason is not None)
        if told[:1] == b"!":
            return {"failed": told[1:].decode(errors="replace")}
        if reason is None:
            reason = "right" if told == self._number else "code"
        return {
            "reason": reason,
            "code": code,
            "output": output.decode(errors="replace"),
            "seconds": round(time.monotonic() - began, 3),
        }

    def _end(self, first: int, *, at_once: bool) -> int:
        """End the program and everything that came from it; what it ended with."""
        until = time.monotonic() + (0.0 if at_once else 0.2)  # it may be on its last step
        while not _has_ended(first) and time.monotonic() < until:
            time.sleep(0.001)
        if not _has_ended(first):
            os.kill(first, signal.SIGKILL)
        if not self._apart:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(first, signal.SIGKILL)
        _, status = os.waitpid(first, 0)
        code = os.waitstatus_to_exitcode(status)
        return 128 - code if code > 128 else code


def _has_ended(process: int) -> bool:
    return os.waitid(os.P_PID, process, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None


def _place(ends: _Ends) -> None:
    """Files 0 to 4 of the program, and no others."""
    given, get, out = ends
    nothing = os.open("/dev/null", os.O_RDONLY)
    # First out of the way, so that none is overwritten before it is moved.
    far = [os.dup2(n, 100 + i) for i, n in enumerate((nothing, out, out, given, get))]
    for place, number in enumerate(far):
        os.dup2(number, place, inheritable=True)
    os.closerange(5, 1024)


def _write_all(number: int, content: bytes) -> None:
    view = memoryview(content)
    while view:
        view = view[os.write(number, view) :]


def _never_back(work: Any) -> None:
    """Do the work in a forked process, which then ends: it must not go on as its parent."""
    try:
        work()
    finally:
        os._exit(126)
