"""What Ctrl-C, and the system, say to a run."""

from __future__ import annotations

import os
import signal

import pytest

from copyfind.cli.interrupt import graceful_stop
from copyfind.errors import Interrupted


def send(number: int) -> None:
    os.kill(os.getpid(), number)


def test_nobody_has_asked_to_stop_until_somebody_does(capsys: pytest.CaptureFixture[str]) -> None:
    with graceful_stop() as should_stop:
        assert not should_stop()
        send(signal.SIGINT)
        assert should_stop()

    assert should_stop.signal == signal.SIGINT
    assert capsys.readouterr().err == "stopping after this batch (Ctrl-C again to stop at once)\n"


def asked_twice(kept: str) -> None:
    with graceful_stop(kept=kept):
        send(signal.SIGINT)
        send(signal.SIGINT)


def test_the_second_time_the_run_ends_and_says_what_is_kept() -> None:
    with pytest.raises(Interrupted, match=r"^stopped; the first page is kept$"):
        asked_twice("the first page")


@pytest.mark.skipif(os.name == "nt", reason="there is no SIGTERM to send")
def test_the_system_is_heard_where_that_is_wanted() -> None:
    with graceful_stop(terminate=True) as should_stop:
        send(signal.SIGTERM)
        assert should_stop.signal == signal.SIGTERM


def test_afterwards_signals_mean_what_they_did() -> None:
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}

    with pytest.raises(ZeroDivisionError), graceful_stop(terminate=True):
        raise ZeroDivisionError

    assert {number: signal.getsignal(number) for number in before} == before
