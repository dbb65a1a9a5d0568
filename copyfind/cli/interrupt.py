"""Ctrl-C: the first asks the run to stop after its batch, the second stops it at once."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from types import FrameType

from copyfind.cli.console import note
from copyfind.errors import Interrupted


@dataclass(slots=True)
class Stop:
    """Called, it tells whether the user, or the system, has asked to stop."""

    signal: int | None = None  # which asked

    def __call__(self) -> bool:
        return self.signal is not None


@contextmanager
def graceful_stop(
    *, terminate: bool = False, kept: str = "everything up to the last finished batch"
) -> Iterator[Stop]:
    """Yields what tells whether a stop was asked for; with `terminate`, by SIGTERM too."""
    stop = Stop()

    def on_signal(number: int, _frame: FrameType | None) -> None:
        if stop():
            raise Interrupted(f"stopped; {kept} is kept")
        stop.signal = number
        note("stopping after this batch (Ctrl-C again to stop at once)")

    numbers = (signal.SIGINT, signal.SIGTERM) if terminate else (signal.SIGINT,)
    before = {number: signal.signal(number, on_signal) for number in numbers}
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
