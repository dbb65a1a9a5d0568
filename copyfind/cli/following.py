"""Who follows a command: its progress and notes are shown, and Ctrl-C asks it to stop.

The first Ctrl-C asks the run to stop after its batch, the second stops it at once.
"""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from types import FrameType

from copyfind.cli.console import note, progress
from copyfind.errors import Interrupted, Terminated
from copyfind.watch import NOBODY, Watch


@contextmanager
def following(
    *,
    kept: str = "everything up to the last finished batch",
    terminate: bool = False,
    quietly: bool = False,
) -> Iterator[Watch]:
    """Yields what a run is given to be followed by: on stderr, as all commands show it.

    kept: what is told to be kept where the run is stopped at once. terminate: SIGTERM asks to stop
    as Ctrl-C does, and a run that it ended is Terminated. quietly: without progress.
    """
    shown = nullcontext(NOBODY.on_progress) if quietly else progress()
    with shown as on_progress, _heeding(kept, terminate=terminate) as asked:
        try:
            yield Watch(on_progress=on_progress, on_note=note, should_stop=asked)
        except Interrupted as stopped:
            if asked.by == signal.SIGTERM:
                raise Terminated(str(stopped)) from None
            raise


@dataclass(slots=True)
class _Asked:
    """Called, it tells whether a signal has asked the run to stop."""

    by: int | None = None

    def __call__(self) -> bool:
        return self.by is not None


@contextmanager
def _heeding(kept: str, *, terminate: bool) -> Iterator[_Asked]:
    asked = _Asked()

    def on_signal(number: int, _frame: FrameType | None) -> None:
        if asked():
            raise Interrupted(f"stopped; {kept} is kept")
        asked.by = number
        note("stopping after this batch (Ctrl-C again to stop at once)")

    numbers = (signal.SIGINT, signal.SIGTERM) if terminate else (signal.SIGINT,)
    before = {number: signal.signal(number, on_signal) for number in numbers}
    try:
        yield asked
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
