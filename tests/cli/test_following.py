"""How a signal ends a command that is followed."""

from __future__ import annotations

import os
import signal

import pytest

from copyfind.cli.following import following
from copyfind.errors import Interrupted, Terminated
from copyfind.watch import Stage


def asked(*signals: int, terminate: bool = False) -> None:
    """A run of two batches, in the first of which these signals come."""
    with following(kept="the last page", terminate=terminate) as watch:
        for number in signals:
            os.kill(os.getpid(), number)
        watch.note("the first batch is finished")
        watch.check("after 1 of 2")


def test_what_a_run_tells_is_shown(capsys: pytest.CaptureFixture[str]) -> None:
    with following() as watch:
        watch.show(Stage.READ, 1, 2)
        watch.note("nothing new")

    assert capsys.readouterr().err == "nothing new\n"


def test_the_first_ctrl_c_lets_the_run_finish_its_batch(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with pytest.raises(Interrupted, match=r"^stopped after 1 of 2; "):
        asked(signal.SIGINT)

    assert capsys.readouterr().err.splitlines() == [
        "stopping after this batch (Ctrl-C again to stop at once)",
        "the first batch is finished",
    ]


def test_the_second_ends_it_at_once_and_says_what_is_kept() -> None:
    with pytest.raises(Interrupted, match=r"^stopped; the last page is kept$"):
        asked(signal.SIGINT, signal.SIGINT)


@pytest.mark.skipif(os.name == "nt", reason="there is no SIGTERM to send")
def test_a_run_that_the_system_ends_says_so() -> None:
    with pytest.raises(Terminated, match=r"^stopped after 1 of 2; "):
        asked(signal.SIGTERM, terminate=True)


def test_afterwards_signals_mean_what_they_did() -> None:
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}

    with pytest.raises(ZeroDivisionError), following(terminate=True):
        raise ZeroDivisionError

    assert {number: signal.getsignal(number) for number in before} == before
