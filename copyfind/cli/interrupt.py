"""Ctrl-C: the first asks the run to stop after its batch, the second stops it at once."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

from copyfind.cli.console import note
from copyfind.errors import Interrupted


@contextmanager
def graceful_stop() -> Iterator[Callable[[], bool]]:
    """Yields a function that tells whether the user has asked to stop."""
    asked = False

    def on_signal(_number: int, _frame: FrameType | None) -> None:
        nonlocal asked
        if asked:
            raise Interrupted("stopped; everything up to the last finished batch is kept")
        asked = True
        note("stopping after this batch (Ctrl-C again to stop at once)")

    before = signal.signal(signal.SIGINT, on_signal)
    try:
        yield lambda: asked
    finally:
        signal.signal(signal.SIGINT, before)
