"""Control-C stops a run also when the exception it makes was swallowed."""

from __future__ import annotations

import contextlib
import os
import signal

import pytest

from paser_core.cli.interrupt import Interrupt


def test_a_swallowed_interrupt_is_raised_again_at_the_next_event():
    seen = []
    with Interrupt() as interrupt:
        watch = interrupt.watching(seen.append)
        watch({"event": "progress"})
        with contextlib.suppress(BaseException):  # as an import hook or a destructor does
            os.kill(os.getpid(), signal.SIGINT)
        with pytest.raises(KeyboardInterrupt):
            watch({"event": "progress"})
        watch({"event": "failed"})  # the end is told
    assert [event["event"] for event in seen] == ["progress", "failed"]


class Interrupted:
    """Control-C while it is being destroyed."""

    def __del__(self):
        os.kill(os.getpid(), signal.SIGINT)


def test_one_that_is_lost_in_a_destructor_prints_nothing_and_is_not_lost(capsys):
    with Interrupt() as interrupt:
        thing = Interrupted()
        del thing
        with pytest.raises(KeyboardInterrupt):
            interrupt.watching(lambda event: None)({"event": "progress"})
    assert capsys.readouterr().err == ""


def test_the_handler_before_is_put_back():
    before = signal.getsignal(signal.SIGINT)
    with Interrupt():
        assert signal.getsignal(signal.SIGINT) is not before
    assert signal.getsignal(signal.SIGINT) is before
